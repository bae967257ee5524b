// Measures everything that has an aim, and prints it as one table. Started by .ci/bench.
// Words behind it choose among the parts: node test/bench/bench.mjs bridge memory
import { bridge } from "./bridge.mjs";
import { crypto } from "./crypto.mjs";
import { large } from "./large.mjs";
import { drain, load } from "./load.mjs";
import { loading } from "./size.mjs";
import { machine } from "./machine.mjs";
import { memory } from "./memory.mjs";
import { messages } from "./messages.mjs";
import { opening } from "./opening.mjs";
import { refusal, relay, restart } from "./relay.mjs";
import { print } from "./table.mjs";
import { widget } from "./widget.mjs";

/** What is measured, and how many seconds it may take. */
const parts = [
  { title: "Client", measure: loading, limit: 10 },
  { title: "Page open → usable, → agent ready", measure: opening, limit: 70 },
  { title: "Message between two browsers, post-quantum", measure: messages, limit: 120 },
  { title: "Cryptography, each on one core", measure: crypto, limit: 120 },
  { title: "A profile of 1,000 conversations and 100,000 messages", measure: large, limit: 600 },
  { title: "Contact widget on a site of another origin", measure: widget, limit: 100 },
  { title: "Relay, 64 senders, messages of full size", measure: relay, limit: 150 },
  { title: "Relay, programs of its own: 32 pairs of clients, full size", measure: load, limit: 60 },
  { title: "Server stopped and started again under 1,000 clients", measure: drain, limit: 100 },
  { title: "Refusal of a wrong key beside that of no queue", measure: refusal, limit: 90 },
  { title: "Restart of the relay's store", measure: restart, limit: 90 },
  { title: "Bridge beside direct TLS to the same relay, blocks there and back", measure: bridge, limit: 90 },
  { title: "Memory of the server per idle connection", measure: memory, limit: 90 },
];

/** A Holder ends what a part started, last first; also what is started after the part was given up. */
class Holder {
  #ends = [];
  #over = false;

  own = (end) => {
    if (this.#over) void quietly(end);
    else this.#ends.push(end);
  };

  async release() {
    this.#over = true;
    for (const end of this.#ends.reverse()) await quietly(end);
  }
}

async function quietly(end) {
  try {
    await end();
  } catch (error) {
    console.error(error);
  }
}

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort(new Error("stopped")));

/** within gives up when the time is over or the run is stopped. */
function within(seconds, work) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`took longer than ${seconds} s`)), seconds * 1000);
    const stopped = () => reject(stop.signal.reason);
    stop.signal.addEventListener("abort", stopped);
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer);
      stop.signal.removeEventListener("abort", stopped);
    });
  });
}

async function run({ title, measure, limit }) {
  if (stop.signal.aborted) return { title, problem: "stopped" };
  process.stderr.write(`measuring: ${title}\n`);
  const holder = new Holder();
  try {
    return { title, rows: await within(limit, measure(holder.own)) };
  } catch (error) {
    return { title, problem: error.message };
  } finally {
    await holder.release();
  }
}

const words = process.argv.slice(2).map((word) => word.toLowerCase());
const chosen = parts.filter(({ title }) => words.length === 0 || words.some((word) => title.toLowerCase().includes(word)));

const sections = [];
for (const part of chosen) sections.push(await run(part));
print(sections, machine());
process.exit(sections.some((s) => s.problem) ? 1 : 0);

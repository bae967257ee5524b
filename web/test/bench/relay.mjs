// How many messages the relay takes, next to what the disk can do.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { benchmarks } from "./programs.mjs";
import { quantile } from "./table.mjs";

const rounds = 3;

/** relay measures in rounds, so that log and relay see the same disk; the middle round counts. */
export async function relay(own) {
  const folder = await mkdtemp(join(tmpdir(), "sotto-bench-"));
  own(() => rm(folder, { recursive: true, force: true }));
  const list = [];
  for (let i = 0; i < rounds; i++) {
    list.push(await benchmarks(own, "relay", "server/relay", "^Benchmark(PlainLog|StoreAppend|RelaySendReady|RelaySend|RelayDeliver)$", 1, { TMPDIR: folder }));
  }
  const rate = (run, name) => run[name]["msg/s"];
  const middle = (of) => quantile(list.map(of), 0.5);
  const row = (what, name) => ({ what, value: middle((run) => rate(run, name)), unit: "msg/s" });
  return [
    row("plain log, write and fdatasync together", "PlainLog"),
    row("relay's store alone, append", "StoreAppend"),
    row("relay: SEND → OK, blocks made before", "RelaySendReady"),
    row("relay and its senders: SEND → OK", "RelaySend"),
    row("relay and its clients: SEND, MSG, ACK → OK", "RelayDeliver"),
    { what: "processor time of a message, blocks made before", value: middle((run) => run.RelaySendReady["cpu-µs/msg"]), unit: "µs" },
    { what: "plain log ÷ relay's store", value: middle((run) => rate(run, "PlainLog") / rate(run, "StoreAppend")), unit: "×" },
    { what: "plain log ÷ relay, blocks made before", value: middle((run) => rate(run, "PlainLog") / rate(run, "RelaySendReady")), unit: "×", aim: 2 },
    { what: "plain log ÷ relay and its senders", value: middle((run) => rate(run, "PlainLog") / rate(run, "RelaySend")), unit: "×" },
  ];
}

/** How often each refusal is asked for; a verdict takes 100000. */
const tries = process.env.TRIES ?? "3000";

/** refusal tells whether a wrong key and a queue that is not there can be told apart. */
export async function refusal(own) {
  const figures = await benchmarks(own, "relay", "server/relay", "^BenchmarkRefusal$", `${tries}x`);
  return Object.entries(figures).map(([name, f]) => ({
    what: `t, ${name.replace("Refusal/", "").replaceAll("_", " ")}, ${tries} of each`,
    value: Math.abs(f.t),
    unit: "",
    aim: 4.5,
  }));
}

/** How many queues there are at a restart. QUEUES=1000000 takes some minutes. */
const queues = process.env.QUEUES ?? "50000";

/** restart opens a store of many queues with a message of 1000 bytes each. */
export async function restart(own) {
  const { Restart } = await benchmarks(own, "pebble", "server/relay/pebble", "^BenchmarkRestart$", "1x", {}, ["-queues", queues]);
  return [
    { what: "until a queue is served", value: Restart["open-ms"], unit: "ms", aim: 5000 },
    { what: "memory of a queue", value: Restart["mem-B/queue"], unit: "bytes", aim: 300 },
    { what: "disk for queue and message", value: Restart["disk-B/queue"], unit: "bytes" },
  ];
}

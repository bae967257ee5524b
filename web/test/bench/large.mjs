// A profile of somebody who used Sotto for years: how soon it is there, and how fast it takes what waited meanwhile.
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort, Person, Site, waitFor } from "../e2e/harness.mjs";
import { Front } from "../worker/front.mjs";
import { start } from "./programs.mjs";
import { watchLarge } from "./probe.mjs";
import { quantile, times } from "./table.mjs";

const people = Number(process.env.PEOPLE ?? 1000);
const messages = Number(process.env.MESSAGES ?? 100_000);
const waiting = Number(process.env.WAITING ?? 5000);

/** How often the profile is opened. */
const starts = 5;

/** How long a browser that was just started has before the page is opened, in milliseconds. */
const rest = 1000;

/** Where the first conversation of the list is, in pixels, and how long a person presses on it, in milliseconds. */
const first = { x: 160, y: 144 };
const press = { delay: 80 };

/** Said by the worker: when its program began, and how much memory it has. */
const telling = `
  const run = Go.prototype.run;
  const bench = new BroadcastChannel("bench");
  Go.prototype.run = function (instance) {
    const ran = performance.timeOrigin + performance.now();
    const tell = () => bench.postMessage({ ran, memory: instance.exports.mem.buffer.byteLength });
    tell();
    setInterval(tell, 200);
    return run.call(this, instance);
  };`;

/** large measures with people at the other end who are really there. */
export async function large(own) {
  const metrics = await freePort();
  const port = await freePort();
  // The worker comes from the front, which is a program of Node; blocks go straight to the relay, as they do without it.
  const direct = ({ port: site }) => ["-origins", `localhost:${port}`, "-relay-url", `ws://localhost:${site}/smp`];
  const args = (site) => ["-quota", String(waiting + 100), "-metrics", `127.0.0.1:${metrics}`, "-create-rate", "none", ...direct(site)];
  const site = await Site.start({ args });
  own(() => site.stop());
  const front = await Front.start(site, port);
  own(() => front.stop());
  front.changes.set("/worker.js", (text) => text + telling);
  const folder = await mkdtemp(join(tmpdir(), "sotto-bench-"));
  own(() => rm(folder, { recursive: true, force: true }));
  const copy = join(folder, "copy");
  const crowd = await people_(own, site, copy);
  const ada = await Person.open("Ada", front.url, { init: watchLarge });
  own(() => ada.leave());
  await bring(ada, copy);
  const subscriptions = () => gauge(metrics, "sotto_relay_subscriptions");
  const opened = [];
  for (let i = 0; i < starts; i++) opened.push(await open(ada, subscriptions));
  const caught = await catchUp(ada, crowd);
  const column = (name) => opened.map((run) => run[name]);
  return [
    times("worker runs → list of conversations painted", column("painted"), 300),
    times("worker runs → all of the list is there", column("complete")),
    times("worker runs → subscribed to all queues", column("subscribed"), 3000),
    { what: "page asked for → worker runs", value: quantile(column("ran"), 0.5), unit: "ms" },
    { what: "longest time the page was blocked while it opened", value: quantile(column("blocked"), 0.5), unit: "ms", aim: 50 },
    { what: "memory of the worker's program", value: quantile(column("memory"), 0.5) / 1e6, unit: "MB" },
    { what: `${waiting} messages that waited: a second`, value: caught.rate, unit: "msg/s" },
    { what: "  300 a second ÷ that", value: 300 / caught.rate, unit: "×", aim: 1 },
    { what: "longest time the page was blocked meanwhile", value: caught.blocked, unit: "ms", aim: 50 },
    { what: "memory of the worker's program after it", value: caught.memory / 1e6, unit: "MB" },
  ];
}

/** people_ starts the people at the other end, and waits until they know Ada. */
async function people_(own, site, copy) {
  const { process: crowd, ended } = start(own, "crowd", ".", ["-site", site.url, "-people", String(people), "-messages", String(messages), "-out", copy]);
  const said = async (word) => {
    const [text] = await Promise.race([once(crowd.stdout, "data"), ended.then(() => [""])]);
    if (!String(text).startsWith(word)) throw new Error(`the people at the other end: ${text || "gone"}`);
  };
  await said("ready");
  return {
    async burst(n) {
      crowd.stdin.write(`burst ${n}\n`);
      await said("sent");
    },
  };
}

/** bring puts the copy into the browser, as Settings do. */
async function bring(person, copy) {
  await person.page.goto(person.url + "/bare");
  const file = await readFile(copy);
  const { id } = await person.page.evaluate(() => bare.agent.import({ passphrase: "bench" }));
  const size = 256 << 10;
  for (let at = 0; at < file.length; at += size) {
    const part = { id, data: file.subarray(at, at + size).toString("base64"), last: at + size >= file.length };
    await person.page.evaluate((part) => bare.agent.importPart(part), part);
  }
  await person.page.evaluate((id) => bare.agent.replace({ id }), id);
}

const large_ = (person) => person.page.evaluate(() => large);

/** restart starts the browser anew and opens the page. */
async function restart(person) {
  await person.close();
  await person.startBrowser();
  await pause(rest);
  const asked = Date.now();
  await person.page.goto(person.url + "/");
  return asked;
}

async function open(person, subscriptions) {
  await person.close();
  await waitFor("the relay to see her go", async () => (await subscriptions()) <= people + 10);
  const before = await subscriptions();
  const asked = await restart(person);
  let subscribed = 0;
  await waitFor("all subscriptions", async () => {
    subscribed = Date.now();
    return (await subscriptions()) >= before + people;
  }, 120);
  const seen = await waitFor("the list", async () => {
    const seen = await large_(person);
    return seen.painted && seen.ran && seen.rows === people && seen;
  });
  await pause(rest); // what is still to come
  const { memory, blocked } = await large_(person);
  return { ran: seen.ran - asked, painted: seen.painted - seen.ran, complete: seen.complete - seen.ran, subscribed: subscribed - seen.ran, memory, blocked };
}

/** catchUp lets messages wait while the browser is closed, and opens their conversation. */
async function catchUp(person, crowd) {
  await crowd.burst(1); // from now on it is the first of the list
  await person.page.locator(".slot:first-child", { hasText: "of those that waited" }).waitFor();
  await pause(rest);
  await person.close();
  await crowd.burst(waiting);
  await restart(person);
  // By its place: to find it by name, the driver would have the page work.
  await waitFor("the list", async () => (await large_(person)).painted);
  await person.page.mouse.click(first.x, first.y, press);
  const seen = await waitFor("all that waited", async () => {
    await pause(rest); // who asks more often slows it down
    const seen = await large_(person);
    return seen.received >= waiting && seen;
  }, 180);
  await pause(rest);
  if (!(await person.page.locator(".entry", { hasText: "of those that waited" }).count())) throw new Error("another conversation was opened");
  const { blocked, memory } = await large_(person);
  return { rate: (seen.received - 1) / ((seen.last - seen.first) / 1000), blocked, memory };
}

async function gauge(port, name) {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)[1]);
}

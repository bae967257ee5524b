// What idle connections take in the server's memory.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { Site } from "../e2e/harness.mjs";
import { benchmarks, start } from "./programs.mjs";

/** How many connections the test program opens (idleConns in server/idle_test.go); the relay takes no more from one address. */
const connections = 1000;

/** The server gives memory back when it has had little to do for five seconds (server/rest). */
const restAfter = 11_000;

/** memory measures the whole process from outside, and what Go says it uses. */
export async function memory(own) {
  const used = await benchmarks(own, "server", "server", "^BenchmarkIdle", "1x"); // its time does not grow with its count
  const row = (what, bytes) => ({ what, value: bytes / 1e3, unit: "kB" });
  return [
    { ...row("WebSocket: resident", await resident(own, "ws")), aim: 30 },
    row("WebSocket: heap and stacks in use", used.IdleWebSocket["B/conn"]),
    { ...row("TLS: resident", await resident(own, "tls")), aim: 45 },
    row("TLS: heap and stacks in use", used.IdleTLS["B/conn"]),
  ];
}

async function resident(own, kind) {
  const site = await Site.start();
  own(() => site.stop());
  const spec = `${kind} ${await site.address()} ${site.url}`;
  const before = await residentSet(site.server.process.pid);
  const { process: clients, ended } = start(own, "server", "server", [], { SOTTO_TEST_CLIENTS: spec });
  const said = await Promise.race([once(clients.stdout, "data"), ended.then(() => null)]);
  if (!said) throw new Error("the connections were not opened");
  await pause(restAfter);
  return ((await residentSet(site.server.process.pid)) - before) / connections;
}

/** residentSet returns the memory of a process, in bytes. */
async function residentSet(pid) {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]) * 1024;
}

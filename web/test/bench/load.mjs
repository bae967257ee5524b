// What the relay does for clients in a program of their own (server/load).
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Site } from "../e2e/harness.mjs";
import { test } from "./programs.mjs";

const program = join(import.meta.dirname, "../../../build/bench/load");
const unlimited = ["-conn-rate", "none", "-host-rate", "none", "-create-rate", "none", "-proxy-allow", "127.0.0.0/8"];

/** load lets clients talk over TLS, over WebSockets and through a second relay, and subscribe to many queues at once. */
export async function load(own) {
  const [near, far] = [await start(own), await start(own)];
  const tls = await run(near, ["-conns", "32", "-for", "4s", "cycles"]);
  const ws = await run(near, ["-url", near.url.replace("http", "ws") + "/smp", "-conns", "32", "-for", "4s", "cycles"]);
  const proxy = await run(near, ["-conns", "32", "-for", "4s", "-to", await far.address(), "proxy"]);
  const storm = await run(near, ["-conns", "20", "-queues", "10000", "storm"]);
  return [
    ...cycles("TLS", tls),
    ...cycles("WebSocket", ws),
    ...cycles("through another relay", proxy),
    { what: "10,000 subscriptions at once", value: perSecond(storm.subscriptions), unit: "/s" },
    { what: "  one connection's 500", ...quantiles(storm["one connection's"]), unit: "ms" },
  ];
}

async function start(own) {
  const site = await Site.start({ args: unlimited });
  own(() => site.stop());
  return site;
}

/** run returns the table that the program prints: name → text. */
async function run(site, args) {
  const { stdout } = await promisify(execFile)(program, ["-pid", String(site.server.process.pid), ...args, await site.address()]);
  return Object.fromEntries(stdout.trim().split("\n").map((line) => [line.slice(0, 22).trim(), line.slice(22).trim()]));
}

/** How many clients there are when the server is stopped. */
const drained = 1000;

/** drain stops a server with SIGTERM while clients send and receive, twice, and starts it again. The test fails if a message is lost. */
export async function drain(own) {
  const log = await test(own, "server", "server", "^TestDrain$", { SOTTO_DRAIN_CLIENTS: String(drained) });
  const rounds = [...log.matchAll(new RegExp(`${drained} clients: stopped after (\\S+) s, all back after (\\S+) s`, "g"))];
  if (rounds.length === 0) throw new Error("no figures");
  const worst = (i) => Math.max(...rounds.map((round) => Number(round[i])));
  return [
    { what: "signal → every command answered, server stopped", value: worst(1), unit: "s" },
    { what: "signal → server started again, all clients back", value: worst(2), unit: "s", aim: 10 },
  ];
}

function cycles(how, table) {
  return [
    { what: `${how}: cycles of SEND, MSG, ACK`, value: perSecond(table.cycles), unit: "/s" },
    { what: "  SEND → OK", ...quantiles(table["SEND to OK"]), unit: "ms" },
    { what: "  of one core of the relay", value: Number(/([\d.]+) cycles\/s of one core/.exec(table["cost of a cycle"])?.[1]), unit: "/s" },
  ];
}

const perSecond = (text) => Number(/([\d.]+)\/s/.exec(text)[1]);

function quantiles(text) {
  const [, p50, p99] = /p50 ([\d.]+) ms, p99 ([\d.]+) ms/.exec(text);
  return { value: Number(p50), p99: Number(p99) };
}

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
    list.push(await benchmarks(own, "relay", "server/relay", "^Benchmark(PlainLog|StoreAppend|RelaySend|RelayDeliver)$", 1, { TMPDIR: folder }));
  }
  const rate = (run, name) => run[name]["msg/s"];
  const middle = (of) => quantile(list.map(of), 0.5);
  const row = (what, name) => ({ what, value: middle((run) => rate(run, name)), unit: "msg/s" });
  return [
    row("plain log, write and fdatasync together", "PlainLog"),
    row("relay's store alone, append", "StoreAppend"),
    row("relay: SEND → OK", "RelaySend"),
    row("relay: SEND → OK, MSG, ACK → OK", "RelayDeliver"),
    { what: "plain log ÷ relay's store", value: middle((run) => rate(run, "PlainLog") / rate(run, "StoreAppend")), unit: "×" },
    { what: "plain log ÷ relay: SEND → OK", value: middle((run) => rate(run, "PlainLog") / rate(run, "RelaySend")), unit: "×", aim: 2 },
  ];
}

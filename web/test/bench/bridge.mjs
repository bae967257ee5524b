// What the bridge costs, next to a direct connection and to other programs of its kind.
import { benchmarks } from "./programs.mjs";

/**
 * Programs that are measured where they are installed, and what they do. The first, which is our own, moves bytes and does
 * nothing else: no program between client and relay on these processors can cost much less.
 */
const others = {
  copy: "a program that only copies bytes",
  nginx: "nginx, TCP to TLS",
  websockify: "websockify",
};

/** bridge measures all in turn, many times in one run; medians count. */
export async function bridge(own) {
  const { Throughput, Latency, Idle } = await benchmarks(own, "tunnel", "bridge/tunnel", "^Benchmark(Throughput|Latency|Idle)$", 5);
  const ratio = (name, what, aim) => ({ what: `throughput: direct ÷ ${what}`, value: 1 / Throughput[`${name}-of-direct`], unit: "×", aim });
  const added = (name, what, aim) => ({ what: `latency added by ${what}`, value: Latency[`${name}-added-p50-µs`], unit: "µs", aim });
  const installed = Object.entries(others).filter(([name]) => `${name}-MB/s` in Throughput);
  const absent = Object.entries(others).filter(([name]) => !(`${name}-MB/s` in Throughput));
  return [
    { what: "throughput: direct", value: Throughput["direct-MB/s"], unit: "MB/s" },
    { what: "throughput: bridge", value: Throughput["bridge-MB/s"], unit: "MB/s" },
    ratio("bridge", "bridge", 1.25),
    ...installed.map(([name, what]) => ratio(name, what)),
    { what: "processors busy per block: direct", value: Throughput["direct-busy-µs"], unit: "µs" },
    { what: "processors busy per block: bridge", value: Throughput["bridge-busy-µs"], unit: "µs" },
    ...installed.map(([name, what]) => ({ what: `processors busy per block: ${what}`, value: Throughput[`${name}-busy-µs`], unit: "µs" })),
    { what: "latency: direct, there and back", value: Latency["direct-p50-µs"], unit: "µs" },
    added("bridge", "bridge", 100),
    ...installed.map(([name, what]) => added(name, what)),
    ...absent.map(([, what]) => ({ what: `${what}: not installed`, unit: "" })),
    { what: "memory per idle tunnel, both ends", value: Idle["bytes/tunnel"] / 1e3, unit: "kB", aim: 60 },
  ];
}

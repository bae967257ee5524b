// What the cryptography costs: native, in WebAssembly, and in other people's JavaScript, in the same run.
import { once } from "node:events";
import { benchmarks, start } from "./programs.mjs";

/** Programs by name, with their folder and the benchmarks. */
const programs = {
  transport: ["smp/transport", "^BenchmarkBlock$"],
  ratchet: ["wasm/ratchet", "^Benchmark(Encrypt|Decrypt|DecryptStep)$"],
  sntrup761: ["wasm/sntrup761", "^Benchmark(GenerateKey|Encapsulate|Decapsulate)$"],
};

/** What is compared: our benchmark, and the name of the work in JavaScript, if there is any. */
const rows = [
  ["block of 16 KB, sealed and opened", "Block", "block"],
  ["message opened, in the present chain", "Decrypt/pq=false", "message"],
  ["message opened, first of a chain", "DecryptStep/pq=false", "step"],
  ["the same, post-quantum", "DecryptStep/pq=true"],
  ["message sealed, post-quantum", "Encrypt/pq=true"],
  ["sntrup761 key pair", "GenerateKey"],
  ["sntrup761 encapsulation", "Encapsulate"],
  ["sntrup761 decapsulation", "Decapsulate"],
];

/** crypto measures one after the other, so that they do not disturb each other. */
export async function crypto(own) {
  const native = await ours(own, (name) => name);
  const wasm = await ours(own, (name) => `${name}-wasm`);
  const theirs = await others(own);
  return rows.flatMap(([what, name, other]) => [
    { what: `${what}: native`, value: native[name]["ns/op"] / 1e6, unit: "ms" },
    { what: "  WebAssembly", value: wasm[name]["ns/op"] / 1e6, unit: "ms" },
    ...(other ? [{ what: "  JavaScript (libsodium, noble)", value: theirs[other] / 1e6, unit: "ms" }] : []),
  ]);
}

async function ours(own, nameOf) {
  const figures = {};
  for (const [name, [folder, pattern]] of Object.entries(programs)) {
    Object.assign(figures, await benchmarks(own, nameOf(name), folder, pattern, 0.5));
  }
  return figures;
}

async function others(own) {
  const { process: run, ended } = start(own, "peers", "web/test/bench/peers", []);
  const [line] = await Promise.race([once(run.stdout, "data"), ended.then(() => [""])]);
  if (!String(line)) throw new Error("the JavaScript libraries were not measured");
  return JSON.parse(String(line));
}

// The programs that are run to measure.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const root = join(import.meta.dirname, "../../..");

/** The browser. */
export const executable = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** start runs the tests of a package, which .ci/bench compiled; the process is ended with its owner. */
export function start(own, name, folder, args, env = {}) {
  const process_ = spawn(join(root, "build/bench", name), args, {
    cwd: join(root, folder),
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(process_, "exit");
  own(async () => {
    if (process_.exitCode === null && process_.signalCode === null) process_.kill();
    await ended;
  });
  return { process: process_, ended };
}

/** benchmarks runs Go benchmarks and returns their figures: name → unit → value. */
export async function benchmarks(own, name, folder, pattern, time, env, more = []) {
  const args = ["-test.run", "^$", "-test.bench", pattern, "-test.benchtime", typeof time === "number" ? `${time}s` : time, ...more];
  return parse(await said(own, name, folder, args, env));
}

/** test runs a Go test and returns what it logs. */
export async function test(own, name, folder, pattern, env) {
  return said(own, name, folder, ["-test.v", "-test.run", pattern], env);
}

async function said(own, name, folder, args, env) {
  const { process: run, ended } = start(own, name, folder, args, env);
  let output = "";
  run.stdout.on("data", (data) => (output += data));
  const [code] = await ended;
  if (code !== 0) throw new Error(`${folder} failed: ${output.slice(-500)}`);
  return output;
}

function parse(output) {
  const figures = {};
  for (const [, name, rest] of output.matchAll(/^Benchmark([\w/=]+?)(?:-\d+)?\s+\d+\s+(.*)$/gm)) {
    figures[name] = {};
    for (const [, value, unit] of rest.matchAll(/([-\d.e+]+) (\S+)/g)) figures[name][unit] = Number(value);
  }
  return figures;
}

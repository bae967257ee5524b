// What the figures were measured on.
import { execFileSync } from "node:child_process";
import { cpus, loadavg, totalmem } from "node:os";
import { executable } from "./programs.mjs";

function said(program, ...args) {
  try {
    return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return `${program}: unknown`;
  }
}

/** machine returns lines about this machine. */
export function machine() {
  const processors = cpus();
  const chromium = said(executable, "--version").replace(/ built on.*/, "");
  return [
    `${processors.length} × ${processors[0]?.model ?? "processor"}, ${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0].toFixed(1)}`,
    `${said("go", "env", "GOVERSION")}, ${chromium}, Node ${process.version}`,
  ];
}

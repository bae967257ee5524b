// How much is downloaded before the client runs.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

const dist = join(import.meta.dirname, "../../dist");

/** loading returns the size of the client, and of all that the first visit loads. */
export async function loading() {
  const files = Object.keys(JSON.parse(readFileSync(join(dist, "integrity.json"), "utf8")));
  const client = files.filter((name) => name.endsWith(".wasm"));
  const all = files.filter((name) => /\.(wasm|js|css|html)$/.test(name));
  if (client.length !== 1) throw new Error("the page is not built");
  return [
    ...rows("WebAssembly", client, 1.15),
    ...rows("with page, worker and styles", all),
  ];
}

function rows(what, names, aim) {
  const size = (suffix) => names.reduce((sum, name) => sum + statSync(join(dist, name + suffix)).size, 0) / 1e6;
  const row = (kind, suffix, limit) => ({ what: `${what}, ${kind}`, value: size(suffix), unit: "MB", aim: limit });
  return [row("raw", ""), row("gzip", ".gz"), row("brotli", ".br", aim)];
}

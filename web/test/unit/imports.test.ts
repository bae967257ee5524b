// What the page's parts may know of each other and of the browser.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";

declare const WEB: string;

const src = join(WEB, "src");
const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((name) => /\.tsx?$/.test(name));

// Without comments, so that they may name what the code must not use.
function code(name: string): string {
  return readFileSync(join(src, name), "utf8").replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

function imports(name: string): string[] {
  return [...code(name).matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)["']([^"'<>]+)["']/g)].map((m) => m[1] ?? "");
}

function forbid(where: RegExp, what: RegExp, because: string): void {
  test(because, () => {
    const found = files.filter((name) => where.test(name) && what.test(code(name)));
    assert.deepEqual(found, []);
  });
}

forbid(/^views\//, /\b(MessagePort|MessageChannel|BroadcastChannel|SharedWorker|Worker|postMessage)\b/, "views do not speak to the worker: only rpc.ts does");
forbid(/^views\//, /\b(indexedDB|IDB\w+|localStorage|sessionStorage|caches)\b/i, "views store nothing");
forbid(/^views\//, /\b(crypto|CryptoKey|WebAssembly)\b/, "views do no cryptography");
forbid(/^views\//, /\b(fetch|WebSocket|XMLHttpRequest|EventSource)\s*\(/, "views do not use the network");
forbid(/^(?!rpc\.ts|worker\/)/, /\b(SharedWorker|MessagePort|MessageChannel|BroadcastChannel|new Worker)\b/, "only rpc.ts and the worker's own files know of workers and ports");
forbid(/./, /\b(innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|eval\(|new Function)\b/, "nothing is ever read as HTML or code");
forbid(/^text\//, /\b(document|window|location)\b/, "texts are worked on without a page");

test("views know actions and state, not rpc; state does not know views", () => {
  for (const name of files) {
    for (const path of imports(name)) {
      const target = path.startsWith(".") ? relative(src, join(src, name, "..", path)) : path;
      if (/^views\//.test(name)) assert.doesNotMatch(target, /^(rpc|worker)/, name);
      if (/^(state|text|words)\//.test(name)) assert.doesNotMatch(target, /^(views|rpc|worker|preact|uqr)/, name);
      assert.doesNotMatch(target, /test\/|fixture/, `${name} imports a test`);
    }
  }
});

test("the only packages in the page are preact and uqr", () => {
  const packages = new Set(files.flatMap(imports).filter((path) => !path.startsWith(".") && path !== "wasm_exec.js").map((path) => path.split("/")[0]));
  assert.deepEqual([...packages].sort(), ["preact", "uqr"]);
});

// Runs a Go test binary, compiled for js/wasm, in headless Chromium:
//
//   GOOS=js GOARCH=wasm go test -exec "node $PWD/web/test/wasm_exec_browser.mjs" ./wasm/store/idb
//
// The page is served from localhost, as a secure context with storage, and from the same server come the WebSockets of
// sockets.mjs. Tests may call globalThis.setQuota(bytes), which returns a promise. CHROMIUM names another browser.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { serveSockets } from "./sockets.mjs";

const flags = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

// Go writes its test log into a file; a page has none.
const [binary, ...args] = process.argv.slice(2).filter((a) => !a.startsWith("-test.testlogfile"));

const goroot = execFileSync("go", ["env", "GOROOT"], { encoding: "utf8" }).trim();
const files = {
  "/": ["text/html", "<!doctype html><title>test</title>"],
  "/wasm_exec.js": ["text/javascript", readFileSync(join(goroot, "lib/wasm/wasm_exec.js"))],
  "/test.wasm": ["application/wasm", readFileSync(binary)],
};

const server = createServer((request, response) => {
  const file = files[request.url];
  response.writeHead(file ? 200 : 404, file && { "Content-Type": file[0] });
  response.end(file?.[1]);
});
serveSockets(server);
await new Promise((listening) => server.listen(0, "localhost", listening));

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
const page = await browser.newPage();
const origin = `http://localhost:${server.address().port}`;
const devtools = await page.context().newCDPSession(page);
await page.exposeFunction("setQuota", (bytes) =>
  devtools.send("Storage.overrideQuotaForOrigin", { origin, ...(bytes > 0 && { quotaSize: bytes }) }),
);
await page.exposeFunction("writeOut", (text) => process.stdout.write(text));
let running = true; // afterwards, events still reach callbacks of the program, which complain
page.on("pageerror", (error) => running && process.stderr.write(`${error}\n`));

await page.goto(origin);
await page.addScriptTag({ url: "/wasm_exec.js" });
const code = await page.evaluate(async (argv) => {
  const decoder = new TextDecoder();
  globalThis.fs.writeSync = (_fd, bytes) => {
    globalThis.writeOut(decoder.decode(bytes, { stream: true }));
    return bytes.length;
  };
  const go = new globalThis.Go();
  let code = 0;
  go.argv = argv;
  go.exit = (c) => void (code = c);
  const { instance } = await WebAssembly.instantiateStreaming(fetch("/test.wasm"), go.importObject);
  await go.run(instance);
  return code;
}, ["test", ...args]);
running = false;

await browser.close();
server.close();
process.exit(code);

// A server in front of a site, for what a site of ours never does: it changes files on their way, and serves a bare page
// that has nothing but the connection to the agent.
import { createServer, request as ask } from "node:http";
import { join } from "node:path";
import { connect } from "node:net";
import * as esbuild from "esbuild";

const hop = new Set(["content-length", "content-encoding", "transfer-encoding", "connection"]);

export class Front {
  /** Changes of the answers, by path: from text to text, or to null for 503. */
  changes = new Map();

  /** Paths under which the front serves what the site has under another. */
  aliases = new Map();

  static async start(site, port = 0) {
    const front = new this();
    front.site = new URL(site.url);
    const files = await (await fetch(site.url + "/integrity.json")).json();
    front.wasmURL = "/" + Object.keys(files).find((name) => name.endsWith(".wasm"));
    await front.bundle(front.wasmURL);
    front.server = createServer((request, response) => void front.answer(request, response));
    front.server.on("upgrade", (request, socket) => front.upgrade(request, socket));
    await new Promise((listening) => front.server.listen(port, "127.0.0.1", listening));
    front.url = `http://localhost:${front.server.address().port}`;
    return front;
  }

  /** Bundles the bare page as one of the build with the given client. */
  async bundle(wasmURL) {
    const result = await esbuild.build({
      entryPoints: [join(import.meta.dirname, "bare.ts")],
      bundle: true,
      write: false,
      format: "esm",
      target: "es2022",
      define: { WASM_URL: JSON.stringify(wasmURL), WORKER_URL: '"/worker.js"' },
    });
    this.script = result.outputFiles[0].contents;
  }

  async answer(request, response) {
    const { headers, status, text } = await this.fetch(request);
    const bare = {
      "/bare": ["text/html", '<!doctype html><title>bare</title><script type="module" src="/bare.js"></script>'],
      "/bare.js": ["text/javascript", this.script],
    }[request.url];
    const kept = Object.fromEntries([...headers].filter(([name]) => !hop.has(name)));
    if (bare) {
      response.writeHead(200, { ...kept, "content-type": bare[0] }).end(bare[1]);
      return;
    }
    const change = request.method === "HEAD" ? null : this.changes.get(request.url); // which has no content
    const changed = change ? change(text.toString()) : text;
    response.writeHead(changed === null ? 503 : status, kept).end(changed ?? "");
  }

  /** Asks the site; the Host is the front's, since the policy of the answer names it. */
  fetch({ url, method, headers: { host } }) {
    return new Promise((resolve, reject) => {
      const options = { host: this.site.hostname, port: this.site.port, path: this.aliases.get(url) ?? url, method, headers: { host } };
      const asked = ask(options, async (answer) => {
        const parts = [];
        for await (const part of answer) parts.push(part);
        resolve({ status: answer.statusCode, headers: new Map(Object.entries(answer.headers)), text: Buffer.concat(parts) });
      });
      asked.on("error", reject);
      asked.end();
    });
  }

  upgrade(request, socket) {
    const onward = connect(this.site.port, this.site.hostname, () => {
      const lines = [`GET ${request.url} HTTP/1.1`];
      for (let i = 0; i < request.rawHeaders.length; i += 2) lines.push(`${request.rawHeaders[i]}: ${request.rawHeaders[i + 1]}`);
      onward.write(lines.join("\r\n") + "\r\n\r\n");
      onward.pipe(socket);
      socket.pipe(onward);
    });
    for (const [one, other] of [[onward, socket], [socket, onward]]) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  }

  stop() {
    this.server.closeAllConnections();
    return new Promise((closed) => this.server.close(closed));
  }
}

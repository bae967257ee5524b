// Pages that come by TLS: from the port that the site shares with SMP clients, and from behind nginx and Caddy with the
// examples that operators are given. The domain is one that no name server knows; browsers are told where it is.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http2 from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { after, before, test } from "node:test";
import { arrived, freePort, Person, waitFor } from "./harness.mjs";

const root = join(import.meta.dirname, "../../..");
const domain = "chat.example.org";
const browser = { args: ["--ignore-certificate-errors", `--host-resolver-rules=MAP ${domain} 127.0.0.1`] };

const running = [];
let folder;

/** run starts a program that the end of the tests stops. */
function run(name, args, env = {}) {
  const child = spawn(name, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  const program = { child, output: "", ended: once(child, "exit") };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (program.output += data));
  running.push(program);
  return program;
}

/** hello does a TLS handshake and returns who answered: whether by the site's certificate, and the protocol. */
function hello(port, options) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options }, () => {
      resolve({ names: socket.getPeerCertificate().subjectaltname ?? "", alpn: socket.alpnProtocol });
      socket.destroy();
    });
    socket.on("error", reject);
  });
}

/** serves waits until the site answers at a port. */
const serves = (port) => waitFor(`the site at ${port}`, () => hello(port, { servername: domain }).then(() => true, () => false));

/** get fetches a path by HTTP/2. */
async function get(port, path) {
  const session = http2.connect(`https://${domain}:${port}`, { host: "127.0.0.1", servername: domain, rejectUnauthorized: false, createConnection: () => connect({ port, host: "127.0.0.1", servername: domain, rejectUnauthorized: false, ALPNProtocols: ["h2"] }) });
  try {
    const request = session.request({ ":path": path });
    const [headers] = await once(request, "response");
    let body = "";
    for await (const chunk of request) body += chunk;
    return { status: headers[":status"], headers, body };
  } finally {
    session.destroy();
  }
}

/** change replaces words that an example must have. */
function change(text, words) {
  for (const [from, to] of Object.entries(words)) {
    assert.ok(text.includes(from), `the example has no ${from}`);
    text = text.replaceAll(from, to);
  }
  return text;
}

const example = (name) => join(root, "server/deploy", name);
const file = (name) => join(folder, name);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "sotto-front-"));
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", `/CN=${domain}`,
    "-addext", `subjectAltName=DNS:${domain}`, "-keyout", file("key.pem"), "-out", file("cert.pem")], { stdio: "ignore" });
});

after(async () => {
  for (const program of running) {
    program.child.kill();
    await program.ended;
  }
  await rm(folder, { recursive: true, force: true });
});

/** talk lets two people at two addresses of one relay exchange messages. */
async function talk(urls) {
  const alice = await Person.open("Alice", urls[0], browser);
  const bob = await Person.open("Bob", urls[1], browser);
  try {
    await alice.enter();
    const link = await alice.invite();
    const { pathname, hash } = new URL(link);
    await bob.connect(urls[1] + pathname + hash);
    await alice.composer().waitFor();
    await bob.composer().waitFor();
    await alice.send("from Alice");
    await bob.send("from Bob");
    await arrived(alice, ["from Alice"], ["from Bob"]);
    await arrived(bob, ["from Bob"], ["from Alice"]);
    assert.deepEqual([...alice.faults, ...bob.faults], []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
}

test("one port is a site, and a relay to those who name no site", { timeout: 180_000 }, async () => {
  const port = await freePort();
  run(join(root, "build/server"), ["-config", "", "-data", file("one"), "-host", domain, "-http", "none", "-smp", "none", "-https", `127.0.0.1:${port}`, "-cert", file("cert.pem"), "-key", file("key.pem")]);
  await serves(port);
  const url = `https://${domain}:${port}`;
  await talk([url, url]);
  const page = await get(port, "/");
  assert.equal(page.status, 200);
  assert.match(page.headers["content-security-policy"], /require-trusted-types-for 'script'/);
  assert.match(page.headers["strict-transport-security"], /max-age=/);
  for (const [options, site] of [[{ servername: domain, ALPNProtocols: ["h2", "http/1.1"] }, true], [{ ALPNProtocols: ["smp/1"] }, false], [{ ALPNProtocols: ["http/1.1"] }, false], [{}, false]]) {
    const { names } = await hello(port, options);
    assert.equal(names === `DNS:${domain}`, site, `${JSON.stringify(options)}: ${names}`);
  }
});

test("pages talk through nginx and through Caddy", { timeout: 180_000 }, async () => {
  const [port, smp, plain, nginx, caddyPlain, caddy] = await Promise.all(Array.from({ length: 6 }, freePort));
  run(join(root, "build/server"), ["-config", "", "-data", file("behind"), "-host", domain, "-http", `127.0.0.1:${port}`, "-smp", `127.0.0.1:${smp}`, "-proxies", "127.0.0.1"]);
  await writeFile(file("sotto.conf"), change(await readFile(example("nginx.conf"), "utf8"), {
    "listen 80;": `listen 127.0.0.1:${plain};`, "listen 443 ssl": `listen 127.0.0.1:${nginx} ssl`, "server 127.0.0.1:8080;": `server 127.0.0.1:${port};`,
    [`/etc/letsencrypt/live/${domain}/fullchain.pem`]: file("cert.pem"), [`/etc/letsencrypt/live/${domain}/privkey.pem`]: file("key.pem"),
  }));
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${file(name)};`).join(" ");
  await writeFile(file("nginx.conf"), `daemon off; master_process off; pid ${file("nginx.pid")}; error_log stderr; events {} http { access_log off; ${paths} include ${file("sotto.conf")}; }`);
  run("nginx", ["-p", folder, "-c", file("nginx.conf")]);
  await writeFile(file("Caddyfile"), `{\n admin off\n http_port ${caddyPlain}\n https_port ${caddy}\n default_bind 127.0.0.1\n storage file_system ${folder}\n local_certs\n skip_install_trust\n}\nimport ${example("Caddyfile")}\n`);
  run("caddy", ["run", "--adapter", "caddyfile", "--config", file("Caddyfile")], { SOTTO: `127.0.0.1:${port}`, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder });
  for (const at of [nginx, caddy]) await serves(at);
  await talk([`https://${domain}:${nginx}`, `https://${domain}:${caddy}`]);
});

// Builds the page into dist: the client (Go, as WebAssembly), the worker and the app (TypeScript), the styles;
// each file also compressed with brotli and gzip, and a list of their SHA-256 hashes in integrity.json.
//
//   node build.mjs [--wasm FILE] [--dev]
//
// --wasm takes a client built elsewhere; --dev compresses lightly.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import zlib from "node:zlib";
import * as esbuild from "esbuild";
import { framePage } from "./src/widget/frame/html.mjs";
import { pack } from "./pack/pack.mjs";
import { unused } from "./pack/unused.mjs";

const web = dirname(fileURLToPath(import.meta.url));
const root = dirname(web);
const dist = join(web, "dist");
const cache = join(root, "build", "compressed");

const { values: options } = parseArgs({ options: { wasm: { type: "string" }, dev: { type: "boolean", default: false } } });

const files = new Map(); // name below dist -> bytes

const sha256 = (bytes) => createHash("sha256").update(bytes).digest();

/** Adds a file whose name carries its hash, and returns its URL. */
function addHashed(name, bytes) {
  const ext = extname(name);
  const hash = sha256(bytes).toString("hex").slice(0, 12);
  const path = `assets/${basename(name, ext)}-${hash}${ext}`;
  files.set(path, bytes);
  return "/" + path;
}

/**
 * The client is compiled without inlining, which makes it a tenth smaller to load and starts no slower; but for what
 * computes, and for Go's runtime: there, it is worth its size.
 */
const inlined = [
  ...["crypto/...", "golang.org/x/crypto/...", "github.com/cloudflare/circl/...", "sotto/wasm/sntrup761"],
  ...["math/bits", "encoding/binary", "internal/byteorder"],
  ...["runtime", "internal/runtime/...", "internal/goarch", "internal/abi"],
];

/** The collector that Go had up to 1.25: for a heap of a few megabytes it is as fast, and smaller. */
const collector = "nogreenteagc";
const goFlags = ["-trimpath", "-buildvcs=false", `-ldflags=-s -w -X main.version=${process.env.VERSION ?? "development"}`, "-gcflags=all=-l", ...inlined.map((packages) => `-gcflags=${packages}=`)];

/** Our own functions have names when the client fails. */
const ours = (name) => /^(main\.|sotto\/)/.test(name);

/** Compiles the client, unless one is given, and packs it. */
const client = () => pack(readFileSync(options.wasm ?? compiled()), ours, unused);

function compiled() {
  const out = join(root, "build", "client.wasm");
  mkdirSync(dirname(out), { recursive: true });
  execFileSync("go", ["build", ...goFlags, "-o", out, "./wasm"], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, GOOS: "js", GOARCH: "wasm", GOEXPERIMENT: collector },
  });
  return out;
}

/** Lets scripts import "wasm_exec.js", the support file of the Go release that compiled the client. */
const wasmExec = {
  name: "wasm_exec",
  setup(build) {
    build.onResolve({ filter: /^wasm_exec\.js$/ }, () => {
      const goroot = execFileSync("go", ["env", "GOROOT"], { encoding: "utf8", cwd: root }).trim();
      return { path: join(goroot, "lib", "wasm", "wasm_exec.js") };
    });
  },
};

/** Bundles one entry and returns its bytes. */
async function bundle(entry, format, define) {
  const result = await esbuild.build({
    absWorkingDir: web,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format,
    define,
    target: ["chrome111", "firefox115", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
    plugins: [wasmExec],
  });
  return Buffer.from(result.outputFiles[0].contents);
}

const compressors = {
  br: (bytes) =>
    promisify(zlib.brotliCompress)(bytes, {
      params: {
        [zlib.constants.BROTLI_PARAM_QUALITY]: options.dev ? 4 : 11,
        [zlib.constants.BROTLI_PARAM_LGWIN]: 24,
        [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  gz: (bytes) => promisify(zlib.gzip)(bytes, { level: options.dev ? 4 : 9 }),
};

/** Compresses bytes, or takes them from the cache of earlier builds: brotli 11 needs seconds for the client. */
async function compressed(bytes, suffix) {
  const path = join(cache, `${sha256(bytes).toString("hex")}${options.dev ? "-dev" : ""}.${suffix}`);
  if (existsSync(path)) return readFileSync(path);
  const out = await compressors[suffix](bytes);
  writeFileSync(path + ".part", out);
  renameSync(path + ".part", path);
  return out;
}

async function collect() {
  const wasmURL = addHashed("client.wasm", client());
  const script = await bundle("src/widget/script/main.ts", "iife", {});
  const widget = { url: addHashed("widget.js", script), integrity: "sha384-" + createHash("sha384").update(script).digest("base64") };
  const define = { WASM_URL: JSON.stringify(wasmURL), WORKER_URL: JSON.stringify("/worker.js"), WIDGET: JSON.stringify(widget) };
  const frameCSS = String(await bundle("src/widget/frame/frame.css", undefined, {})).trim();
  const [worker, app, css, frame, early] = await Promise.all([
    bundle("src/worker/worker.ts", "iife", define),
    bundle("src/main.tsx", "esm", define),
    bundle("src/styles/app.css", undefined, {}),
    bundle("src/widget/frame/main.tsx", "esm", define),
    bundle("src/widget/frame/early.ts", "iife", { FRAME_CSS: JSON.stringify(frameCSS) }),
  ]);
  files.set("worker.js", worker);
  for (const name of readdirSync(join(web, "static"))) files.set(name, readFileSync(join(web, "static", name)));
  const page = readFileSync(join(web, "index.html"), "utf8")
    .replaceAll("%APP_JS%", addHashed("app.js", app))
    .replaceAll("%APP_CSS%", addHashed("app.css", css));
  files.set("index.html", Buffer.from(page));
  files.set("widget.js", script);
  const [symbols] = /<svg class="symbols"[^]*?<\/svg>/.exec(page);
  const around = framePage(symbols)
    .replaceAll("%FRAME_JS%", addHashed("frame.js", frame))
    .replaceAll("%EARLY_JS%", addHashed("frame-early.js", early));
  files.set("widget/frame.html", Buffer.from(around));
  const released = join(web, "src/widget/released");
  for (const name of readdirSync(released)) if (name.endsWith(".js")) files.set(`assets/${name}`, readFileSync(join(released, name)));
  const demo = join(web, "src/widget/demo");
  for (const name of readdirSync(demo)) files.set(`demo/${name}`, readFileSync(join(demo, name)));
}

/** Lists the SHA-256 of every file as it is before compression, so that a copy can be checked against a release. */
function addIntegrity() {
  const hashes = {};
  for (const name of [...files.keys()].sort()) {
    hashes[name] = { sha256: sha256(files.get(name)).toString("base64"), bytes: files.get(name).length };
  }
  files.set("integrity.json", Buffer.from(JSON.stringify(hashes, null, 2) + "\n"));
}

async function write() {
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(dist)) if (name !== ".keep") rmSync(join(dist, name), { recursive: true });
  for (const [name, bytes] of files) {
    const path = join(dist, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
    const sizes = [bytes.length];
    for (const suffix of Object.keys(compressors)) {
      const out = await compressed(bytes, suffix);
      writeFileSync(`${path}.${suffix}`, out);
      sizes.push(out.length);
    }
    console.log(`${name.padEnd(34)} ${sizes.map((n) => String(n).padStart(9)).join("")}`);
  }
}

console.log(`${"file".padEnd(34)}    plain   brotli     gzip`);
await collect();
addIntegrity();
await write();

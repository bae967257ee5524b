// Runs the unit tests: bundles each test file (Node 20 does not read TypeScript) and hands them to node --test.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = mkdtempSync(join(tmpdir(), "sotto-web-"));
const tests = readdirSync(join(here, "unit")).filter((name) => /\.test\.(ts|mjs)$/.test(name));

await esbuild.build({
  entryPoints: tests.map((name) => join(here, "unit", name)),
  outdir: out, outExtension: { ".js": ".mjs" }, bundle: true, platform: "node", format: "esm", sourcemap: "inline",
  jsx: "automatic", jsxImportSource: "preact", define: { WEB: JSON.stringify(dirname(here)) }, logLevel: "warning",
});
const run = spawnSync(process.execPath, ["--test", "--test-reporter=dot", "--enable-source-maps", out], { stdio: "inherit", env: { ...process.env, TZ: "UTC", LANG: "en_GB.UTF-8" } });
rmSync(out, { recursive: true });
process.exit(run.status ?? 1);

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { forgetLines } from "../../pclntab.mjs";
import { joinSegments } from "../../segments.mjs";

const root = join(WEB, "..");
const folder = mkdtempSync(join(tmpdir(), "sotto-pclntab-"));
let program;

before(() => {
  const out = join(folder, "whole.wasm");
  execFileSync("go", ["build", "-trimpath", "-ldflags=-s -w", "-gcflags=all=-l", "-o", out, "./web/test/fixture/failing"], {
    cwd: root,
    env: { ...process.env, GOOS: "js", GOARCH: "wasm" },
  });
  program = readFileSync(out);
});
after(() => rmSync(folder, { recursive: true }));

function run(bytes) {
  const path = join(folder, "changed.wasm");
  writeFileSync(path, bytes);
  const goroot = execFileSync("go", ["env", "GOROOT"], { encoding: "utf8" }).trim();
  return spawnSync(process.execPath, [join(goroot, "lib/wasm/wasm_exec_node.js"), path], { encoding: "utf8" });
}

const ours = (name) => name.startsWith("main.");

test("a program without lines works, and names the function that failed", () => {
  const whole = run(program);
  const changed = run(joinSegments(program, (memory) => forgetLines(memory, ours)));
  assert.equal(changed.status, whole.status);
  const said = /sum 16008000[^]*deferred[^]*nil pointer dereference/; // 8 × the sum of 1 to 2000
  assert.match(whole.stderr + whole.stdout, said);
  assert.match(changed.stderr + changed.stdout, said);
  assert.match(changed.stderr, /main\.fail/);
  assert.match(whole.stderr, /failing\/main\.go:41/);
  assert.doesNotMatch(changed.stderr, /main\.go|runtime\.goexit/);
});

test("what is not a Go program of this version is refused", () => {
  const change = (edit) => () => joinSegments(program, (memory) => (edit(memory), forgetLines(memory, ours)));
  const table = Buffer.of(0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8);
  assert.throws(() => forgetLines(Buffer.alloc(1000), ours), /not one table/);
  assert.throws(change((memory) => memory.writeUInt8(0xf2, memory.indexOf(table))), /not one table/);
  assert.throws(change((memory) => table.copy(memory, 8)), /not one table/);
  assert.throws(change((memory) => memory.writeUInt32LE(0, memory.indexOf(table) + 48)), /another layout/);
});

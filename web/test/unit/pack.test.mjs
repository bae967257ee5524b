import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { bodiesOf, code as codeSection, data, Reader, sections, withBodies, withSections } from "../../pack/module.mjs";
import { pack } from "../../pack/pack.mjs";
import { memoryOf, segmentsOf } from "../../pack/segments.mjs";
import { shorter } from "../../pack/shorter.mjs";
import { unpackFunctions } from "../../src/worker/functions";
import { Returns } from "../../src/worker/returns";

const root = join(WEB, "..");
const folder = mkdtempSync(join(tmpdir(), "sotto-pack-"));
let program;
let packed;

before(() => {
  const out = join(folder, "whole.wasm");
  execFileSync("go", ["build", "-trimpath", "-ldflags=-s -w", "-gcflags=all=-l", "-o", out, "./web/test/fixture/failing"], {
    cwd: root,
    env: { ...process.env, GOOS: "js", GOARCH: "wasm" },
  });
  program = readFileSync(out);
  packed = pack(program, ours, none);
});
after(() => rmSync(folder, { recursive: true }));

function ours(name) {
  return name.startsWith("main.");
}

function none() {
  return false;
}

function run(bytes) {
  const path = join(folder, "changed.wasm");
  writeFileSync(path, bytes);
  const goroot = execFileSync("go", ["env", "GOROOT"], { encoding: "utf8" }).trim();
  return spawnSync(process.execPath, [join(goroot, "lib/wasm/wasm_exec_node.js"), path], { encoding: "utf8" });
}

/** What the worker makes of a packed module that comes in pieces of the given length. */
function unfolded(module, length) {
  const returns = new Returns();
  const parts = [];
  for (let at = 0; at < module.length; at += length) parts.push(Buffer.from(returns.next(module.subarray(at, at + length))));
  return Buffer.concat([...parts, returns.rest]);
}

/** The module whose memory is as the worker makes it before the program runs. */
function unpacked(module) {
  const parts = [...sections(unfolded(module, 1 << 16))];
  const { buffer, at } = named(module, "functions");
  const functions = Uint8Array.from(buffer.subarray(at)).buffer;
  const from = parts.find(({ id }) => id === data);
  const memory = new Uint8Array(16 << 20);
  memory.set(memoryOf(from.body));
  unpackFunctions(functions, memory.buffer);
  return withSections(module, parts.map((part) => (part === from ? { id: data, body: segmentsOf(Buffer.from(memory.buffer)) } : part)));
}

/** The custom section of a name, and where its content begins. */
function named(module, name) {
  for (const { id, body } of sections(module)) {
    const r = new Reader(body, 0);
    if (id === 0 && String(r.bytes(r.unsigned())) === name) return { buffer: body, at: r.at };
  }
  throw new Error(`no section ${name}`);
}

function code(module) {
  return [...sections(module)].find(({ id }) => id === codeSection).body;
}

/** The lengths of all functions. */
function lengths(module) {
  const r = new Reader(code(module), 0);
  return Array.from({ length: r.unsigned() }, () => r.bytes(r.unsigned()).length);
}

test("an unpacked program works, and names the function that failed", () => {
  const whole = run(program);
  const changed = run(unpacked(packed));
  assert.equal(changed.status, whole.status);
  const said = /sum 16008000\n\*\[3\]main\.node[^]*deferred[^]*nil pointer dereference/; // 8 × the sum of 1 to 2000
  assert.match(whole.stderr + whole.stdout, said);
  assert.match(changed.stderr + changed.stdout, said);
  assert.match(changed.stderr, /main\.fail/);
  assert.match(whole.stderr, /failing\/main\.go:65/);
  assert.doesNotMatch(changed.stderr, /main\.go|runtime\.goexit/);
});

test("the code is the same again, in whatever pieces it comes", () => {
  assert.notDeepEqual(code(packed), code(program));
  const first = unfolded(packed, packed.length);
  const linked = [...sections(program)];
  assert.ok(code(first).equals(code(withSections(program, withBodies(linked, bodiesOf(linked).map(shorter))))));
  for (const length of [1000, 4093, 1 << 16]) assert.ok(unfolded(packed, length).equals(first), `pieces of ${length}`);
  const few = packed.subarray(0, 300_000);
  for (const length of [1, 7, 17, 18, 19]) assert.ok(unfolded(few, length).equals(unfolded(few, few.length)), `pieces of ${length}`);
});

test("functions that nothing calls become a trap, those that something calls stay", () => {
  const emptied = (name) => pack(program, ours, (other) => name.test(other));
  const some = emptied(/^main\.(\(\*circle\)\.area|thrice|fail)$/);
  assert.match(run(unpacked(some)).stderr, /area 4\n/);
  const before = lengths(packed);
  const changed = lengths(some).filter((n, i) => n !== before[i]);
  assert.deepEqual(changed, [3, 3], "area of a circle, and what only that calls");
  const needed = run(unpacked(emptied(/^main\.\(\*square\)\.area$/)));
  assert.match(needed.stderr, /unreachable/);
  assert.doesNotMatch(needed.stderr, /area 4/);
});

test("nothing is changed before the tables of functions, or behind them", () => {
  const [before, after] = [program, unpacked(packed)].map((module) => memoryOf([...sections(module)].find(({ id }) => id === data).body));
  const table = before.indexOf(Buffer.of(0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8));
  assert.ok(after.subarray(0, table).equals(before.subarray(0, table)));
  const { at, buffer } = named(packed, "functions");
  const numbers = new Reader(buffer, at);
  const [, , finder, count] = Array.from({ length: 4 }, () => numbers.unsigned());
  const end = finder + 16 * 20 * count - 15 * 20;
  assert.ok(after.subarray(end).equals(before.subarray(end)));
  assert.ok(before.length > end);
});

test("what is not a Go program of this version is refused", () => {
  const change = (edit) => () => {
    const parts = [...sections(program)].map(({ id, body }) => {
      if (id !== data) return { id, body };
      const memory = memoryOf(body);
      edit(memory);
      return { id, body: segmentsOf(memory) };
    });
    pack(withSections(program, parts), ours, none);
  };
  const table = Buffer.of(0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8);
  assert.throws(change((memory) => memory.fill(0)), /not one table/);
  assert.throws(change((memory) => memory.writeUInt8(0xf2, memory.indexOf(table))), /not one table/);
  assert.throws(change((memory) => table.copy(memory, 8)), /not one table/);
  assert.throws(change((memory) => memory.writeUInt32LE(0, memory.indexOf(table) + 48)), /another layout/);
  const functab = (memory) => memory.indexOf(table) + Number(memory.readBigUInt64LE(memory.indexOf(table) + 64));
  const begin = (memory) => functab(memory) + memory.readUInt32LE(functab(memory) + 4);
  assert.throws(change((memory) => memory.writeUInt32LE(1, begin(memory))), /index of functions has another layout/);
});

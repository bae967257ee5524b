import assert from "node:assert/strict";
import { test } from "node:test";
import { op } from "../../pack/code.mjs";
import { fold } from "../../pack/fold.mjs";
import { code, elements, sections, signed, unsigned, withBodies, withSections } from "../../pack/module.mjs";
import { Unfolding } from "../../src/worker/unfold";

const empty = 0x40;
const nothing = Buffer.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const number = (n) => [...unsigned(n)];
const blocks = (n) => Array.from({ length: n }, () => [op.block, empty]).flat();
const ends = (n) => Array(n).fill(op.end);

/** A call: SP -= 8, get SP, the return address, i64.store, and the call itself. */
function call(address) {
  const bytes = [0, 7, 14, 21].map((shift) => 0x80 | ((address >> shift) & 0x7f));
  return [0x41, 8, 0x6b, 0x22, 1, 0x24, 0, 0x20, 1, 0x42, ...bytes, address >> 28, 0x37, 3, 0, 0x41, 0, op.call, 0];
}

/** A function of blocks with a table. */
const withTable = (places, ...body) => [op.loop, empty, ...blocks(places.at(-1) + 1), 0x20, 0, op.brTable, ...number(places.length - 1), ...places.flatMap(number), op.end, ...body.flat(), op.end];

/** A module of functions without local variables, and a table of functions. */
function linked(functions, table = [1, 3, 4, 2, 300, 70]) {
  const bodies = functions.map((body) => Buffer.from([0, ...body, op.end]));
  const parts = [
    { id: 3, body: Buffer.from([1, 0]) },
    { id: elements, body: Buffer.from([1, 0, op.i32const, 0x80, 0x20, op.end, ...number(table.length), ...table.flatMap(number)]) },
    { id: code, body: Buffer.alloc(0) },
    { id: 11, body: Buffer.from([0]) },
  ];
  return withBodies(parts, bodies);
}

function unfolded(module, length) {
  const unfolding = new Unfolding();
  const parts = [];
  for (let at = 0; at < module.length; at += length) parts.push(Buffer.from(unfolding.next(module.subarray(at, at + length))));
  assert.equal(unfolding.rest.length, 0);
  return Buffer.concat(parts);
}

/** Folds functions, unfolds them again, and returns how they are in between. */
function there(functions) {
  const parts = linked(functions);
  const whole = withSections(nothing, parts);
  const folded = withSections(nothing, fold(parts));
  for (const length of [1, 2, 50, folded.length]) assert.deepEqual(unfolded(folded, length), whole, `pieces of ${length}`);
  assert.deepEqual(withSections(nothing, parts), whole, "what was folded stays as it was");
  return [...sections(folded)];
}

const called = call(0x1000 << 16); // something has to be

test("branches out of any number of blocks", () => {
  for (const depth of [0, 1, 2, 3, 124, 125, 126, 127, 128, 129, 130, 131, 200, 300]) {
    const branches = Array.from({ length: depth + 1 }, (_, label) => [op.br, ...number(label), op.brIf, ...number(label)]).flat();
    there([called, [...blocks(depth), ...branches, ...ends(depth)]]);
  }
});

test("what is expected becomes zero", () => {
  const places = [0, 0, 1, 2, 2, 2, 3];
  const back = [op.i32const, 2, op.localSet, 0, op.br, 2];
  const body = withTable(places, call((0x1001 << 16) | 2), op.end, back, op.end, op.nop, op.end, call((0x1001 << 16) | 9), op.nop);
  const parts = there([called, body, called]);
  const folded = parts.find(({ id }) => id === code).body;
  assert.ok(folded.includes(Buffer.of(op.brTable, 6, 0, 0, 1, 1, 0, 0, 1, op.end)));
  assert.ok(folded.includes(Buffer.of(0x42, 0x80, 0x80, 0x80, 0x80, 0x00, 0x37)), "a return address");
  assert.ok(folded.includes(Buffer.of(op.i32const, 0, op.localSet, 0, op.br)), "a jump to the same block");
  const table = parts.find(({ id }) => id === elements).body;
  assert.deepEqual([...table.subarray(-7)], [1, 2, 1, 0x7e, 0xaa, 2, 0x1a], "differences, of as many bytes");
});

test("large functions", () => {
  const places = Array.from({ length: 900 }, (_, i) => Math.ceil(i / 3));
  const first = (place) => places.indexOf(place);
  const last = places.at(-1);
  const body = (place) => {
    const jump = [op.i32const, ...signed(first(place >> 1)), op.localSet, 0, op.br, ...number(last - place)];
    return [...call((0x1001 << 16) | first(place)), ...(place % 3 ? [] : jump), ...(place < last ? [op.end] : [])];
  };
  there([called, withTable(places, ...Array.from({ length: last + 1 }, (_, place) => body(place)))]);
});

test("what is of another form stops the build", () => {
  const refused = (functions, why) => assert.throws(() => fold(linked(functions)), why);
  refused([[op.nop]], /calls have another form/);
  refused([called, withTable([0, 1, 0, 1], op.end)], /not in order/);
  refused([called, withTable([0, 2], op.end, op.end)], /not in order/);
  refused([called, withTable([0, 0, 1], [op.i32const, 1, op.localSet, 0, op.br, 1], op.end)], /middle of a block/);
  refused([called, [op.block, 0x80, 0x01, op.end]], /a block of another type/);
  const parts = linked([called]);
  parts[1] = { id: elements, body: Buffer.from([1, 1, 0, 0]) };
  assert.throws(() => fold(parts), /another kind/);
});

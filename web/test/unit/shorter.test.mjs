import assert from "node:assert/strict";
import { test } from "node:test";
import { op, parsed } from "../../pack/code.mjs";
import { signed, unsigned } from "../../pack/module.mjs";
import { shorter } from "../../pack/shorter.mjs";

const locals = [2, 1, 0x7f, 1, 0x7e]; // beside the parameter: the stack pointer, i64
const prologue = [op.globalGet, 0, op.localSet, 1];
const empty = 0x40;

const i32 = (n) => [op.i32const, ...signed(n)];
const i64 = (n) => [op.i64const, ...signed(n)];
const sum = (n) => [op.localGet, 1, op.i64extend, ...i64(n), op.i64add, op.i32wrap]; // of the stack pointer
const load = (offset) => [0x29, 3, ...unsigned(offset)];
const store = (offset) => [0x37, 3, ...unsigned(offset)];
const leave = [op.localGet, 1, ...i32(40), op.i32add, op.localTee, 1, op.globalSet, 0, op.localGet, 1, ...i32(8), op.i32add, op.localTee, 1, op.globalSet, 0, ...i32(0), op.return];

/** What a function is without its local variables. */
const short = (...body) => [...Buffer.concat(parsed(shorter(Buffer.from([...locals, ...body.flat()]))).list)];

test("instructions become fewer", () => {
  assert.deepEqual(short(op.nop, i64(-2), op.i32wrap, op.end), [...i32(-2), op.end]);
  assert.deepEqual(short(op.localGet, 1, op.i64extend, op.i32wrap, op.end), [op.localGet, 1, op.end]);
  assert.deepEqual(short(op.localGet, 2, op.i64eqz, op.i64extend, op.i64eqz, op.i32eqz, op.brIf, 0, op.end), [op.localGet, 2, op.i64eqz, op.brIf, 0, op.end]);
  assert.deepEqual(short(op.localGet, 0, op.if, empty, op.br, 1, op.end, op.end), [op.localGet, 0, op.brIf, 0, op.end]);
  assert.deepEqual(short(leave, op.end), [op.localGet, 1, ...i32(48), op.i32add, op.globalSet, 0, ...i32(0), op.return, op.end]);
  assert.deepEqual(short([0x42, 0x80, 0x80, 0x80, 0x80, 0x78], op.i32wrap, op.end), [...i32(-0x80000000), op.end]);
});

test("what is added to the stack pointer becomes an offset", () => {
  const copied = short(prologue, sum(8), sum(300), load(4), store(16), op.end);
  assert.deepEqual(copied, [...prologue, op.localGet, 1, op.localGet, 1, ...load(304), ...store(24), op.end]);
});

test("only what is added to the stack pointer does", () => {
  const added = (n) => [op.localGet, 1, ...i32(n), op.i32add];
  assert.deepEqual(short(sum(8), load(0), op.end), [...added(8), ...load(0), op.end], "another variable");
  assert.deepEqual(short(prologue, sum(-8), load(0), op.end), [...prologue, ...added(-8), ...load(0), op.end], "below it");
  assert.deepEqual(short(prologue, sum(8), i32(0), i32(16), [0xfc, 11, 0], op.end), [...prologue, ...added(8), ...i32(0), ...i32(16), 0xfc, 11, 0, op.end], "no offset");
  const behind = [...prologue, ...added(8), op.call, 0, ...load(0), op.end];
  assert.deepEqual(short(behind), behind, "a value that a call returned");
});

/** Numbers that look random, the same each time. */
function* randoms(seed) {
  for (let x = seed; ; ) yield (x = (Math.imul(x, 1103515245) + 12345) >>> 0) >>> 8;
}

/**
 * A function as Go makes them, of blocks that jump to each other: each adds its number to what is at 16 above the stack
 * pointer, and counts down at 24, where zero ends the function.
 */
function jumping(random, blocks) {
  const next = (n) => random.next().value % n;
  const places = [];
  for (let place = 0; place <= blocks; place++) for (let times = 1 + next(3); times > 0; times--) places.push(place);
  const update = (at, ...change) => [...sum(at), op.localGet, 1, ...load(at), ...change, ...store(0)];
  const condition = () => [op.localGet, 1, ...load(16), ...i64(next(30)), 0x88, ...i64(1), 0x83, op.i64eqz, ...(next(2) ? [op.i32eqz] : [])];
  const jump = (depth) => [...i32(next(places.length)), op.localSet, 0, op.br, ...unsigned(depth)];
  const body = [...locals, ...prologue, op.block, empty, op.loop, empty];
  for (let i = 0; i <= blocks; i++) body.push(op.block, empty);
  body.push(op.localGet, 0, op.brTable, ...unsigned(places.length - 1), ...places.flatMap((place) => [...unsigned(place)]), op.end);
  for (let i = 0; i <= blocks; i++) {
    const depth = blocks - i; // to the loop
    body.push(...update(16, ...i64(31), 0x7e, ...i64(i + 1), op.i64add), ...update(24, ...i64(-1), op.i64add));
    body.push(op.localGet, 1, ...load(24), op.i64eqz, op.if, empty, ...leave, op.end);
    if (next(4)) body.push(...condition(), op.if, empty, ...jump(depth + 1), op.end);
    if (next(9) === 0) body.push(...condition(), op.brIf, ...unsigned(depth + 1));
    if (next(4) === 0 || i === blocks) body.push(...jump(depth));
    body.push(op.end);
  }
  return { body: Buffer.from([...body, 0x00, op.end, ...i32(1), op.end]), numbers: places.length };
}

/** A module with that function, the stack pointer and a memory. */
async function compiled(body) {
  const section = (id, ...content) => [id, ...unsigned(content.length), ...content];
  const name = (text) => [text.length, ...Buffer.from(text)];
  const parts = [
    ...section(1, 1, 0x60, 1, 0x7f, 1, 0x7f),
    ...section(3, 1, 0),
    ...section(5, 1, 0, 1),
    ...section(6, 1, 0x7f, 1, ...i32(1024), op.end),
    ...section(7, 3, ...name("run"), 0, 0, ...name("sp"), 3, 0, ...name("mem"), 2, 0),
    ...section(10, 1, ...unsigned(body.length), ...body),
  ];
  const { instance } = await WebAssembly.instantiate(Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...parts]));
  return instance.exports;
}

/** What comes out of a function that is entered at a place. */
function outcome({ run, sp, mem }, number) {
  const memory = new BigInt64Array(mem.buffer);
  sp.value = 1024;
  memory[(1024 + 16) / 8] = BigInt(number);
  memory[(1024 + 24) / 8] = 60n;
  return { result: run(number), sp: sp.value, memory: memory.slice(1024 / 8, 1024 / 8 + 8) };
}

test("functions with other jumps go the same way", async () => {
  const count = (body, code) => parsed(body).list.filter((instruction) => instruction[0] === code).length;
  for (let seed = 1; seed <= 60; seed++) {
    const { body, numbers } = jumping(randoms(seed), 1 + seed);
    const now = shorter(body);
    const [before, after] = [await compiled(body), await compiled(now)];
    for (let number = 0; number < numbers; number++) assert.deepEqual(outcome(after, number), outcome(before, number), `seed ${seed}, entered at ${number}`);
    if (seed > 10) assert.ok(count(now, op.localSet) < count(body, op.localSet), "some jumps go forward");
  }
});

test("jumps stay as they are where something else reads the number", () => {
  const { body } = jumping(randoms(5), 12);
  const { locals: before, list } = parsed(body);
  const reading = Buffer.concat([before, ...list.slice(0, -2), Buffer.of(op.localGet, 0), list.at(-1)]);
  const jumps = (bytes) => parsed(bytes).list.filter(([code, n]) => code === op.localSet && n === 0).length;
  assert.ok(jumps(shorter(body)) < jumps(body));
  assert.equal(jumps(shorter(reading)), jumps(body));
});

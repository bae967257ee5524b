import assert from "node:assert/strict";
import { test } from "node:test";
import { data as dataSection, sections, withSections } from "../../pack/module.mjs";
import { memoryOf, segmentsOf } from "../../pack/segments.mjs";

const leb = (n, last) => {
  const out = [];
  for (; n > last; n >>>= 7) out.push((n & 0x7f) | 0x80);
  return [...out, n];
};
const unsigned = (n) => leb(n, 0x7f);
const signed = (n) => leb(n, 0x3f);
const section = (id, body) => [id, ...unsigned(body.length), ...body];

/** A module that exports a memory with these segments in it. */
function module(...segments) {
  const data = segments.flatMap(([address, ...bytes]) => [0, 0x41, ...signed(address), 0x0b, ...unsigned(bytes.length), ...bytes]);
  return Buffer.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(5, [1, 0, 2]),
    ...section(7, [1, 1, 0x6d, 2, 0]),
    ...section(11, [...unsigned(segments.length), ...data]),
  ]);
}

const joinSegments = (bytes) => withSections(bytes, [...sections(bytes)].map(({ id, body }) => ({ id, body: id === dataSection ? segmentsOf(memoryOf(body)) : body })));

const count = (joined, start) => joined[joined.indexOf(Buffer.from(section(7, [1, 1, 0x6d, 2, 0]))) + start];

async function memory(bytes) {
  const { instance } = await WebAssembly.instantiate(bytes);
  return Buffer.from(instance.exports.m.buffer);
}

test("joined segments put the same into memory", async () => {
  const long = Array.from({ length: 300 }, (_, i) => i & 0xff);
  const cases = [
    [],
    [[0, 1, 2, 3]],
    [[63, 1], [64, 2], [8191, 3], [8192, 4]],
    [[70000, 9], [100, ...long], [500, ...long]],
    [[0, 1], [65, 2], [131, 3]],
  ];
  for (const segments of cases) {
    const before = module(...segments);
    assert.deepEqual(await memory(joinSegments(before)), await memory(before));
  }
});

test("short runs of zeros are written out, long ones are not", () => {
  const segments = (...list) => count(joinSegments(module(...list)), 9);
  assert.equal(segments([0, 1], [65, 2]), 1);
  assert.equal(segments([0, 1], [66, 2]), 2);
});

test("what Go's linker does not make is refused", () => {
  const good = module([10, 1, 2, 3], [20, 4]);
  for (let n = good.length - 1; n > 8; n--) {
    const cut = good.subarray(0, n);
    const whole = n === 13 || n === 20; // between two sections
    if (!whole) assert.throws(() => joinSegments(cut), /cut off/, `${n} bytes`);
  }
  assert.throws(() => joinSegments(module([10, 1, 2, 3], [12, 4])), /overlap/);
  const passive = Buffer.from(good);
  passive[passive.lastIndexOf(0x41) - 1] = 1;
  assert.throws(() => joinSegments(passive), /another kind/);
  const negative = Buffer.from(good);
  negative[negative.lastIndexOf(0x41) + 1] = 0x7f;
  assert.throws(() => joinSegments(negative), /negative/);
});

// Reads the instructions of functions.
// WebAssembly core specification, "Binary Format", "Instructions".
import { Reader } from "./module.mjs";

/** The instruction that calls a function by its number. */
export const call = 0x10;

/** Operands by instruction: numbers, or how to skip what is none. What is not here, and no plain instruction, is not Go's. */
const operands = new Map([
  [0x02, 1], // block
  [0x03, 1], // loop
  [0x04, 1], // if
  [0x0c, 1], // br
  [0x0d, 1], // br_if
  [0x0e, skipTable], // br_table
  [call, 1],
  [0x11, 2], // call_indirect
  ...range(0x20, 0x24, 1), // local.get to global.set
  ...range(0x28, 0x3e, 2), // loads and stores
  [0x3f, 1], // memory.size
  [0x40, 1], // memory.grow
  [0x41, 1], // i32.const
  [0x42, 1], // i64.const
  [0x43, (r) => void r.bytes(4)], // f32.const
  [0x44, (r) => void r.bytes(8)], // f64.const
  [0xfc, skipPrefixed],
]);

/** Instructions without operands: unreachable, nop, else, end, return, drop, select; comparisons, arithmetic, conversions. */
const plain = new Set([0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b, ...range(0x45, 0xc4, 0).map(([op]) => op)]);

/** Returns the numbers of the functions that a function calls by number. */
export function calls(body) {
  const r = new Reader(body, 0);
  const called = [];
  for (let groups = r.unsigned(); groups > 0; groups--) skipNumbers(r, 2); // of local variables: how many, of which type
  while (r.at < body.length) {
    const op = r.byte();
    if (op === call) called.push(r.unsigned());
    else skipOperands(r, op);
  }
  return called;
}

function skipOperands(r, op) {
  if (plain.has(op)) return;
  const what = operands.get(op);
  if (what === undefined) throw new Error(`instruction 0x${op.toString(16)} is not known: another version of Go?`);
  if (typeof what === "number") skipNumbers(r, what);
  else what(r);
}

/** Skips LEB128 numbers, of any length. */
function skipNumbers(r, n) {
  for (; n > 0; n--) while (r.byte() & 0x80);
}

function skipTable(r) {
  skipNumbers(r, r.unsigned() + 1);
}

/** Conversions that saturate have no operands; memory.copy has two, memory.fill one. */
function skipPrefixed(r) {
  const op = r.unsigned();
  if (op > 11 || op === 8 || op === 9) throw new Error(`instruction 0xfc ${op} is not known: another version of Go?`);
  skipNumbers(r, { 10: 2, 11: 1 }[op] ?? 0);
}

function range(first, last, value) {
  return Array.from({ length: last - first + 1 }, (_, i) => [first + i, value]);
}

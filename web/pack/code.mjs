// Reads the instructions of functions.
// WebAssembly core specification, "Binary Format", "Instructions".
import { Reader } from "./module.mjs";

/** Instructions that the packer knows more of than how long they are. */
export const op = {
  nop: 0x01, block: 0x02, loop: 0x03, if: 0x04, end: 0x0b, br: 0x0c, brIf: 0x0d, brTable: 0x0e, return: 0x0f, call: 0x10, callIndirect: 0x11,
  localGet: 0x20, localSet: 0x21, localTee: 0x22, globalGet: 0x23, globalSet: 0x24,
  i32const: 0x41, i64const: 0x42, i32eqz: 0x45, i64eqz: 0x50, i32add: 0x6a, i64add: 0x7c, i32wrap: 0xa7, i64extend: 0xad, prefix: 0xfc,
};

/** Operands by instruction: numbers, or how to skip what is none. What is not here, and no plain instruction, is not Go's. */
const operands = new Map([
  [op.block, 1],
  [op.loop, 1],
  [op.if, 1],
  [op.br, 1],
  [op.brIf, 1],
  [op.brTable, skipTable],
  [op.call, 1],
  [op.callIndirect, 2],
  ...range(op.localGet, op.globalSet, 1),
  ...range(0x28, 0x3e, 2), // loads and stores
  [0x3f, 1], // memory.size
  [0x40, 1], // memory.grow
  [op.i32const, 1],
  [op.i64const, 1],
  [0x43, (r) => void r.bytes(4)], // f32.const
  [0x44, (r) => void r.bytes(8)], // f64.const
  [op.prefix, skipPrefixed],
]);

/** Instructions without operands: unreachable, nop, else, end, return, drop, select; comparisons, arithmetic, conversions. */
const plain = new Set([0x00, op.nop, 0x05, op.end, op.return, 0x1a, 0x1b, ...range(op.i32eqz, 0xc4, 0).map(([code]) => code)]);

/** Returns the local variables of a function, as they are written, and its instructions, each as its bytes. */
export function parsed(body) {
  const r = new Reader(body, 0);
  for (let groups = r.unsigned(); groups > 0; groups--) skipNumbers(r, 2); // how many, of which type
  const locals = body.subarray(0, r.at);
  const list = [];
  while (r.at < body.length) {
    const begin = r.at;
    skipOperands(r, r.byte());
    list.push(body.subarray(begin, r.at));
  }
  return { locals, list };
}

/** Returns the numbers of the functions that a function calls by number. */
export function calls(body) {
  return parsed(body)
    .list.filter((instruction) => instruction[0] === op.call)
    .map((instruction) => new Reader(instruction, 1).unsigned());
}

function skipOperands(r, code) {
  if (plain.has(code)) return;
  const what = operands.get(code);
  if (what === undefined) throw new Error(`instruction 0x${code.toString(16)} is not known: another version of Go?`);
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
  const code = r.unsigned();
  if (code > 11 || code === 8 || code === 9) throw new Error(`instruction 0xfc ${code} is not known: another version of Go?`);
  skipNumbers(r, { 10: 2, 11: 1 }[code] ?? 0);
}

function range(first, last, value) {
  return Array.from({ length: last - first + 1 }, (_, i) => [first + i, value]);
}

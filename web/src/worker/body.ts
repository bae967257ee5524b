// Makes of a folded function what it was: see web/pack/fold.mjs, which says what is folded, and has read every
// instruction here before. It is on the way of every start, so it makes no objects.
import { after, byte, read, values, write } from "./numbers";

/** What Go adds to the number of a function where it puts it into addresses. */
const firstFunction = 0x1000;

/** SP -= 8, get SP, i64.const, behind the instruction itself: bytes that come before a return address. */
const before = 9;

/** Bytes of a return address. */
const length = 5;

/** How many numbers follow an instruction that is skipped; more than two for one that is looked at. */
const enum Look { opens = 3, ends, branches, table, constant, floating, double, prefix }
const operands = new Uint8Array(256);
operands.fill(Look.opens, 0x02, 0x05); // block, loop, if
operands[0x0b] = Look.ends;
operands.fill(Look.branches, 0x0c, 0x0e); // br, br_if
operands[0x0e] = Look.table;
operands[0x10] = 1; // call
operands[0x11] = 2; // call_indirect
operands.fill(1, 0x20, 0x25); // variables
operands.fill(2, 0x28, 0x3f); // loads and stores
operands.fill(1, 0x3f, 0x43); // memory.size, memory.grow, i64.const
operands[0x41] = Look.constant; // i32.const
operands[0x43] = Look.floating;
operands[0x44] = Look.double;
operands[0xfc] = Look.prefix;

/** The number by which each place of the function was first in its table. */
const first = new Int32Array(1 << 16);

/** Unfolds the body of a function, the one of this number in the module. */
export function unfoldBody(bytes: Uint8Array, at: number, end: number, number: number): void {
  const address = (firstFunction + number) << 16;
  let open = 1; // labels, also that of the function
  let table = 0; // how many they were at the table
  first[0] = 0;
  for (at = special(bytes, afterLocals(bytes, at), end); at < end; at = special(bytes, at, end)) {
    switch (operands[byte(bytes, at++)]) {
      case Look.opens:
        open++;
        at++;
        break;
      case Look.ends:
        open--;
        break;
      case Look.branches:
        at = branch(bytes, at, open);
        break;
      case Look.table:
        table = open;
        at = places(bytes, at);
        break;
      case Look.constant:
        at = constant(bytes, at, address, table, open);
        break;
      case Look.floating:
        at += 4;
        break;
      case Look.double:
        at += 8;
        break;
      case Look.prefix:
        at = afterPrefixed(bytes, at);
    }
  }
}

/** Returns where the next instruction is that is not just skipped. This loop takes most of the time. */
function special(bytes: Uint8Array, at: number, end: number): number {
  while (at < end) {
    let numbers = operands[bytes[at] ?? 0] ?? 0;
    if (numbers > 2) return at;
    for (at++; numbers > 0; at++) if ((bytes[at] ?? 0) < 0x80) numbers--;
  }
  return at;
}

const byPlace = (place: number): number => first[place] ?? 0;

function afterLocals(bytes: Uint8Array, at: number): number {
  let groups = read(bytes, at);
  for (at = after(bytes, at); groups > 0; groups--) at = after(bytes, after(bytes, at));
  return at;
}

/** Conversions have no operands; memory.copy has two, memory.fill one. */
function afterPrefixed(bytes: Uint8Array, at: number): number {
  const code = read(bytes, at);
  at = after(bytes, at);
  if (code >= 10) at = after(bytes, at);
  return code === 10 ? after(bytes, at) : at;
}

/** Labels are numbered from the inside; the three outermost were made the first. */
function branch(bytes: Uint8Array, at: number, open: number): number {
  const label = bytes[at] ?? 0;
  if (label >= 0x80 || open < 3 || open > 0x80) return write(bytes, at, inside(read(bytes, at), Math.min(open, values(after(bytes, at) - at))));
  bytes[at] = label < 3 ? label + open - 3 : label - 3; // the same for most, and quicker
  return at + 1;
}

const inside = (label: number, labels: number): number => (label + 3 * labels - 3) % labels;

/** The table was made one of differences. Behind the last place there is none to go on. */
function places(bytes: Uint8Array, at: number): number {
  const count = read(bytes, at) + 1;
  at = after(bytes, at);
  let place = 0;
  for (let i = 0; i < count; i++) {
    const step = read(bytes, at);
    place += step;
    if (step > 0) first[place] = i;
    at = write(bytes, at, place);
  }
  first[place + 1] = 0;
  return at;
}

/** Constants begin what comes before return addresses, and jumps to the table. */
function constant(bytes: Uint8Array, at: number, address: number, table: number, open: number): number {
  const next = after(bytes, at);
  if (bytes[next] === 0x6b && isReturn(bytes, at)) {
    const expected = address | (table ? byPlace(table - open) : 0);
    return write(bytes, at + before, read(bytes, at + before) + expected);
  }
  if (bytes[next] === 0x21 && table && isJump(bytes, next)) jump(bytes, at, table - 1 - open);
  return next;
}

/** Whether i32.const is the first instruction of: SP -= 8, get SP, i64.const, a return address, i64.store. */
function isReturn(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 0x08 || bytes[at + 1] !== 0x6b || bytes[at + 2] !== 0x22 || bytes[at + 3] !== 0x01 || bytes[at + 4] !== 0x24 || bytes[at + 5] !== 0x00) return false;
  if (bytes[at + 6] !== 0x20 || bytes[at + 7] !== 0x01 || bytes[at + 8] !== 0x42) return false;
  at += before;
  return after(bytes, at) === at + length && bytes[at + 5] === 0x37 && bytes[at + 6] === 0x03 && bytes[at + 7] === 0x00;
}

/** Setting the number of the place, and leaving for the table. */
function isJump(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x21 && bytes[at + 1] === 0x00 && bytes[at + 2] === 0x0c;
}

/** A jump said how many blocks back its place is. */
function jump(bytes: Uint8Array, at: number, place: number): void {
  const back = read(bytes, at);
  write(bytes, at, byPlace((place - back) & (values(after(bytes, at) - at) - 1)));
}

// Folds what can be told from what came before.
//
// Function by function, a number that a reader of the code expects becomes zero or nearly so, in the same number of
// bytes, and the same ones from function to function: compressors like that, as linkers know (xz's filters, relative
// relocations). The worker computes them again while the client comes (src/worker/unfold.ts).
//
//   - Return addresses: before a call, Go puts onto its own stack where to go on, the number of the function and that of
//     a place in it. What is expected is this function, and the place behind the next end of a block.
//   - The table at the beginning of a function, which says which block each place is in: one after the other.
//   - Jumps back, which go to the table with the number of a place: said is how many blocks back.
//   - Branches: they leave a few of the blocks around, or go to one of the three outermost, which are numbered first.
//   - The table of all functions: one after the other.
//
// Go's cmd/internal/obj/wasm/wasmobj.go, ACALL and ARESUMEPOINT; cmd/link/internal/wasm/asm.go, assignAddress.
import { op, parsed } from "./code.mjs";
import { bodiesOf, code, elements, Reader } from "./module.mjs";

/** What Go adds to the number of a function where it puts it into addresses. */
const firstFunction = 0x1000;

/** SP -= 8, get SP: what comes before a return address. */
const before = Buffer.of(0x41, 0x08, 0x6b, 0x22, 0x01, 0x24, 0x00, 0x20, 0x01);

/** i64.store: what comes behind it. */
const behind = Buffer.of(0x37, 0x03, 0x00);

/** Bytes of a return address. */
const length = 5;

/** Returns the sections folded. */
export function fold(sections) {
  const folded = sections.map(({ id, body }) => ({ id, body: id === code || id === elements ? Buffer.from(body) : body }));
  const returns = bodiesOf(folded).map((body, number) => foldBody(body, number));
  if (!returns.some((count) => count > 0)) throw new Error("calls have another form: another version of Go?");
  foldElements(folded.find(({ id }) => id === elements).body);
  return folded;
}

/** Folds a function, in place, and returns how many return addresses it has. */
function foldBody(body, number) {
  const { list } = parsed(body);
  const at = { open: 1, table: 0, places: [], first: [] }; // open counts labels, also that of the function, table those at the table
  let returns = 0;
  list.forEach((instruction, i) => {
    const [what] = instruction;
    if (what === op.block || what === op.loop || what === op.if) openBlock(instruction, at);
    else if (what === op.end) at.open--;
    else if (what === op.br || what === op.brIf) foldBranch(instruction, at.open);
    else if (what === op.brTable) foldTable(instruction, at);
    else if (what === op.i32const && isReturn(list, i)) returns += foldReturn(list[i + 5], number, at);
    else if (what === op.i32const && isJump(list, i)) foldJump(instruction, at);
  });
  return returns;
}

function openBlock(instruction, at) {
  if (instruction.length !== 2) throw new Error("a block of another type: another version of Go?");
  at.open++;
}

/** Labels are numbered from the inside; the three outermost become the first. */
function foldBranch(instruction, open) {
  const { value, size } = read(instruction, 1);
  const labels = Math.min(open, 2 ** (7 * size));
  write(instruction, 1, (value + 3) % labels);
}

function foldTable(instruction, at) {
  const r = new Reader(instruction, 1);
  const count = r.unsigned() + 1;
  let last = 0;
  at.table = at.open;
  at.places = [];
  at.first = [];
  for (let i = 0; i < count; i++) {
    const begin = r.at;
    const place = r.unsigned();
    if (place < last || place > last + 1 || (i === 0 && place !== 0)) throw new Error("a table that is not in order: another version of Go?");
    write(instruction, begin, place - last);
    at.places.push(place);
    at.first[place] ??= i;
    last = place;
  }
}

function isReturn(list, i) {
  const [address, store] = [list[i + 5], list[i + 6]];
  if (address?.[0] !== op.i64const || address.length !== 1 + length || !store?.equals(behind)) return false;
  return Buffer.concat(list.slice(i, i + 5)).equals(before);
}

function foldReturn(instruction, number, { open, table, first }) {
  if (table - open > first.length) throw new Error("a call behind all blocks: another version of Go?");
  const expected = ((firstFunction + number) << 16) | (table ? (first[table - open] ?? 0) : 0);
  write(instruction, 1, read(instruction, 1).value - expected);
  return 1;
}

function isJump(list, i) {
  return list[i + 1]?.[0] === op.localSet && list[i + 1][1] === 0 && list[i + 2]?.[0] === op.br;
}

function foldJump(instruction, { open, table, places, first }) {
  if (table === 0) return;
  const { value } = read(instruction, 1);
  const place = places[value];
  if (first[place] !== value) throw new Error("a jump into the middle of a block: another version of Go?");
  write(instruction, 1, table - 1 - open - place);
}

/** Functions are called by numbers from the table, of which most are ascending. */
function foldElements(body) {
  const r = new Reader(body, 0);
  if (r.unsigned() !== 1 || r.unsigned() !== 0 || r.byte() !== op.i32const) throw new Error("a table of functions of another kind: another version of Go?");
  r.unsigned();
  if (r.byte() !== op.end) throw new Error("a table of functions without a constant place: another version of Go?");
  let last = 0;
  for (let n = r.unsigned(); n > 0; n--) {
    const begin = r.at;
    const callee = r.unsigned();
    write(body, begin, callee - last);
    last = callee;
  }
}

/** Reads a number as it is without a sign, of at most 32 bits, and how many bytes it has. */
function read(bytes, at) {
  let value = 0;
  let size = 0;
  do value |= (bytes[at + size] & 0x7f) << (7 * size);
  while (bytes[at + size++] & 0x80);
  return { value, size };
}

/** Writes a number over another one, in as many bytes. */
function write(bytes, at, value) {
  for (let more = 0x80; more; at++, value >>= 7) {
    more = bytes[at] & 0x80;
    bytes[at] = more | (value & 0x7f);
  }
}

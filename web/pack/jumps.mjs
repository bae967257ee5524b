// Lets jumps within a function go straight to where they go.
//
// A function of Go can be entered anew behind each call, so all of it is in blocks, one in the other, and a table at the
// beginning, in a loop, leaves as many of them as the number says that is in local variable 0. Go also uses this to jump
// from one place of a function to another: it sets the variable and goes back to the table. A jump forward is the same as
// leaving the blocks at once, since the block is still open whose end is where the table would go; that takes fewer
// instructions, and the engine sees where it goes. Of a jump back only the number is changed to the first of those that
// lead to the same place.
// Go's cmd/internal/obj/wasm/wasmobj.go, ARESUMEPOINT and AJMP.
import { op } from "./code.mjs";
import { Reader, signed, unsigned } from "./module.mjs";

const operand = (instruction) => new Reader(instruction, 1).unsigned();

/** Returns the instructions with other jumps. */
export function withJumps(list) {
  const at = list.findIndex(([code]) => code === op.brTable);
  const table = at < 0 ? undefined : tableAt(list, at);
  return table ? straight(list, table) : list;
}

/** Returns what a table does, if it is one that leaves blocks in a loop by the variable that nothing else reads. */
function tableAt(list, at) {
  const places = labels(list[at]);
  const blocks = Math.max(...places) + 1;
  const loop = at - 2 - blocks; // before the blocks, local.get and the table
  if (list[loop]?.[0] !== op.loop || !list.slice(loop + 1, at - 1).every(([code]) => code === op.block)) return undefined;
  if (list.slice(0, loop).some(([code]) => code === op.end || code === op.if)) return undefined;
  const others = list.some(([code], i) => (code === op.brTable && i !== at) || (readsNumber(list[i]) && i !== at - 1 && !isScratch(list, i)));
  if (others || !readsNumber(list[at - 1])) return undefined;
  const outside = list.slice(0, loop).filter(([code]) => code === op.block || code === op.loop).length + 1; // and the function itself
  return { at, places, first: firsts(places), loop: outside, depth: outside + 1 + blocks };
}

const readsNumber = ([code, n]) => code === op.localGet && n === 0;

/** A call by a number that was computed puts it into the variable for a moment. */
function isScratch(list, i) {
  return list[i - 2]?.[0] === op.localSet && list[i - 2][1] === 0 && list[i - 1][0] === op.i32const;
}

/** Returns how many blocks the table leaves for each number. */
function labels(instruction) {
  const r = new Reader(instruction, 1);
  return Array.from({ length: r.unsigned() + 1 }, () => r.unsigned());
}

/** Returns the first number that leads to each place. */
function firsts(places) {
  const first = [];
  places.forEach((place, number) => (first[place] ??= number));
  return first;
}

function straight(list, { at, places, first, loop, depth }) {
  const out = list.slice(0, at + 1);
  let open = depth; // labels, also that of the function
  let whole = depth; // of which never closed since the table
  for (let i = at + 1; i < list.length; i++) {
    const [code] = list[i];
    if (code === op.block || code === op.loop || code === op.if) open++;
    if (code === op.end) whole = Math.min(whole, --open);
    const number = jump(list, i, open - 1 - loop);
    if (number === undefined || number >= places.length) {
      out.push(list[i]);
      continue;
    }
    const level = depth - 1 - places[number]; // of the block whose end is the place
    if (level < whole) out.push(Buffer.concat([Buffer.of(op.br), unsigned(open - 1 - level)]));
    else out.push(Buffer.concat([Buffer.of(op.i32const), signed(first[places[number]])]), list[i + 1], list[i + 2]);
    i += 2;
  }
  return out;
}

/** Returns the number that is set before a jump to the table, which takes leaving so many blocks. */
function jump(list, i, label) {
  const [set, br] = [list[i + 1], list[i + 2]];
  if (list[i][0] !== op.i32const || set?.[0] !== op.localSet || set[1] !== 0) return undefined;
  return br?.[0] === op.br && operand(br) === label ? operand(list[i]) : undefined;
}

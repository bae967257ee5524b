// Says the same in fewer instructions.
//
// Go's compiler takes few turns for WebAssembly: it computes addresses on the stack in 64 bits, and makes them 32 bits
// long for each use; it adds to the stack pointer twice when a function returns. Each rule here puts other instructions
// in the place of some that follow each other, which do the same whatever comes before and behind; why is said with each.
import { op, parsed } from "./code.mjs";
import { withJumps } from "./jumps.mjs";
import { Reader, signed, unsigned } from "./module.mjs";

/** Returns the body of a function, shorter. */
export function shorter(body) {
  const { locals, list } = parsed(body);
  return Buffer.concat([locals, ...withOffsets(reduced(withJumps(list)))]);
}

/** Local variable 1 is the stack pointer, of which global variable 0 is what other functions see. */
const sp = 1;

/** The type of a block that leaves no value. */
const empty = 0x40;

const number = (instruction) => new Reader(instruction, 1).unsigned();
const value = (instruction) => new Reader(instruction, 1).integer();
const is = (code, n) => Object.assign((instruction) => instruction[0] === code && (n === undefined || number(instruction) === n), { code });
const i32 = (n) => Buffer.concat([Buffer.of(op.i32const), signed(Number(BigInt.asIntN(32, n)))]);

/** What follows each other, and what is instead. */
const rules = [
  [[is(op.nop)], () => []],
  // What is made longer and short again is as before, and a constant is one of 32 bits at once.
  [[is(op.i64extend), is(op.i32wrap)], () => []],
  [[is(op.i64const), is(op.i32wrap)], ([n]) => [i32(value(n))]],
  // The lower 32 bits of a sum are the sum of the lower 32 bits.
  [[is(op.i64extend), is(op.i64const), is(op.i64add), is(op.i32wrap)], ([, n]) => [i32(value(n)), Buffer.of(op.i32add)]],
  // Without a sign, a number is zero if its lower 32 bits are, and what is made of them.
  [[is(op.i64extend), is(op.i64eqz)], () => [Buffer.of(op.i32eqz)]],
  // A condition is whether a number is not zero; negated twice that is the same.
  ...[op.if, op.brIf].map((code) => [[is(op.i32eqz), is(op.i32eqz), is(code)], ([, , then]) => [then]]),
  // To leave a block under a condition; if is a block itself.
  [[is(op.if, empty), (i) => is(op.br)(i) && number(i) > 0, is(op.end)], ([, br]) => [Buffer.concat([Buffer.of(op.brIf), unsigned(number(br) - 1)])]],
  // Local variables end with the function; what a global variable is in between nobody sees.
  [[is(op.localTee), is(op.globalSet), is(op.i32const), is(op.return)], (all) => all.slice(1)],
  [
    [is(op.i32const), is(op.i32add), is(op.localTee, sp), is(op.globalSet, 0), is(op.localGet, sp), is(op.i32const), is(op.i32add), is(op.globalSet, 0), is(op.i32const), is(op.return)],
    ([a, add, , , , b, , ...end]) => [i32(value(a) + value(b)), add, ...end],
  ],
];

/** Rules by the instruction that they end with. */
const byLast = new Map(rules.map(([pattern]) => [pattern.at(-1).code, rules.filter(([other]) => other.at(-1).code === pattern.at(-1).code)]));

/** Applies the rules, also to what they made. */
function reduced(list) {
  const out = [];
  for (const instruction of list) {
    out.push(instruction);
    for (let rule = matching(out); rule; rule = matching(out)) {
      const [pattern, make] = rule;
      out.push(...make(out.splice(out.length - pattern.length)));
    }
  }
  return out;
}

function matching(out) {
  if (!out.length) return undefined;
  return byLast.get(out.at(-1)[0])?.find(([pattern]) => out.length >= pattern.length && pattern.every((fits, i) => fits(out[out.length - pattern.length + i])));
}

/**
 * Adds what is added to the stack pointer to the offset of the load or store that it is the address of. Sums of 32 bits
 * begin anew at zero, offsets do not; but what is loaded and stored is in the stack, above the stack pointer.
 */
function withOffsets(list) {
  if (!is(op.globalGet, 0)(list[0]) || !is(op.localSet, sp)(list[1])) return list;
  const out = [...list];
  const stack = []; // where each of the values was made, as far as it is known
  list.forEach((instruction, i) => {
    const effect = effects(instruction);
    if (!effect) return void (stack.length = 0);
    const [pops, pushes] = effect;
    let address;
    for (let n = 0; n < pops; n++) address = stack.pop();
    if (instruction[0] >= 0x28 && instruction[0] <= 0x3e && address !== undefined) addOffset(out, address, i);
    if (pushes) stack.push(isSum(list, i) ? i : undefined);
  });
  return out.filter(Boolean);
}

/** Whether an instruction adds a positive number to the stack pointer. */
function isSum(list, i) {
  return is(op.i32add)(list[i]) && is(op.i32const)(list[i - 1]) && value(list[i - 1]) >= 0n && is(op.localGet, sp)(list[i - 2]);
}

function addOffset(out, address, i) {
  const [code, align] = out[i];
  const offset = new Reader(out[i], 2).unsigned() + Number(value(out[address - 1]));
  out[i] = Buffer.concat([Buffer.of(code, align), unsigned(offset)]);
  out[address - 1] = out[address] = undefined;
}

/** Returns how many values an instruction takes from the stack and puts there, undefined where that is not followed. */
function effects(instruction) {
  const [code, second] = instruction;
  if (code === op.localGet || code === op.globalGet || (code >= 0x41 && code <= 0x44) || code === 0x3f) return [0, 1];
  if (code === op.localSet || code === op.globalSet || code === 0x1a) return [1, 0];
  if (code === op.localTee || (code >= 0x28 && code <= 0x35)) return [1, 1];
  if (code >= 0x36 && code <= 0x3e) return [2, 0];
  if (code === 0x1b) return [3, 1];
  if (code === op.prefix) return second < 8 ? [1, 1] : [3, 0];
  if (code < 0x45) return undefined; // of control, and calls
  return unary(code) ? [1, 1] : [2, 1];
}

/** Tests for zero, bits that are counted, floating point of one operand, conversions. */
function unary(code) {
  const within = ([first, last]) => code >= first && code <= last;
  return code === op.i32eqz || code === op.i64eqz || [[0x67, 0x69], [0x79, 0x7b], [0x8b, 0x91], [0x99, 0x9f], [0xa7, 0xc4]].some(within);
}

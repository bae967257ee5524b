// Makes return addresses relative.
//
// Before a Go program calls a function it puts onto its own stack where to go on: the number of the calling function and
// the number of the block in it, a constant that occurs once. There are 50,000 of them, and they are a tenth of what the
// client takes to load. As a difference to the one before, most are the same small numbers; the worker adds them up
// again (src/worker/returns.ts). Linkers and compressors do so for other machines: xz's filters, relative relocations.
// Go's cmd/internal/obj/wasm/wasmobj.go, ACALL; cmd/link/internal/wasm/asm.go, assignAddress: PC_F << 16 | PC_B.

/** SP -= 8, get SP, i64.const: what comes before a return address. It takes five bytes, all of which but the last have bit 7. */
const before = Buffer.of(0x41, 0x08, 0x6b, 0x22, 0x01, 0x24, 0x00, 0x20, 0x01, 0x42);
const length = 5;

/** i64.store: what comes behind it. */
const behind = Buffer.of(0x37, 0x03, 0x00);

/** Changes return addresses in a module, in place, and returns how many there were. */
export function foldReturns(code) {
  let last = 0;
  let count = 0;
  for (let at = code.indexOf(before); at >= 0; at = code.indexOf(before, at)) {
    at += before.length;
    if (!isReturn(code, at)) continue;
    const address = read(code, at);
    write(code, at, difference(last, address));
    last = address;
    count++;
  }
  return count;
}

function isReturn(code, at) {
  const lead = code.subarray(at, at + length - 1).every((b) => b > 0x7f);
  return lead && code[at + length - 1] < 0x80 && code.subarray(at + length).indexOf(behind) === 0;
}

/** Within a function the difference of blocks; from function to function their difference, and the block as it is. */
function difference(last, address) {
  const functions = (address >> 16) - (last >> 16);
  const d = functions > 0 ? (functions << 16) | (address & 0xffff) : address - last;
  if (address < 0 || functions < 0 || (functions === 0 && d > 0xffff)) throw new Error("return addresses are not in order");
  return d;
}

function read(code, at) {
  return (code[at] & 0x7f) | ((code[at + 1] & 0x7f) << 7) | ((code[at + 2] & 0x7f) << 14) | ((code[at + 3] & 0x7f) << 21) | (code[at + 4] << 28);
}

function write(code, at, value) {
  for (let i = 0; i < length - 1; i++) code[at + i] = 0x80 | ((value >> (7 * i)) & 0x7f);
  code[at + length - 1] = (value >> 28) & 0x7f;
}

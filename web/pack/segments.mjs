// Joins the data segments of a WebAssembly module, and lets what they say be changed.
//
// Go's linker leaves out every run of more than eight zeros, and its tables are mostly zeros: the client comes in
// 100,000 segments, each with a header that hardly compresses. Written out, the zeros cost next to nothing.
// WebAssembly core specification, "Binary Format", "Modules", "Data Section".
import { Reader, signed, unsigned } from "./module.mjs";

const i32const = 0x41;
const end = 0x0b;

/** Up to this many zeros are written out; more of them end a segment. */
const gap = 64;

/** Returns what the body of a data section puts into memory, from address 0. */
export const memoryOf = (body) => filled(parsed(body));

/** Returns the body of a data section that puts the same into memory, with as few segments as that allows. */
export const segmentsOf = (memory) => written(split(memory));

/** Reads active segments of memory 0 with a constant address, the only ones that Go's linker makes. */
function parsed(body) {
  const r = new Reader(body, 0);
  return Array.from({ length: r.unsigned() }, () => {
    if (r.byte() !== 0 || r.byte() !== i32const) throw new Error("a data segment of another kind than Go's linker makes");
    const address = r.address();
    if (r.byte() !== end) throw new Error("a data segment without a constant address");
    return { address, bytes: r.bytes(r.unsigned()) };
  });
}

/** Returns the memory with the segments in it. */
function filled(segments) {
  segments.sort((a, b) => a.address - b.address);
  const last = segments.at(-1);
  const memory = Buffer.alloc(last ? last.address + last.bytes.length : 0);
  let next = 0;
  for (const { address, bytes } of segments) {
    if (address < next) throw new Error("data segments overlap");
    bytes.copy(memory, address);
    next = address + bytes.length;
  }
  return memory;
}

/** Splits memory where there are more zeros than gap. */
function split(memory) {
  const segments = [];
  let begin = -1; // of the segment
  let after = 0; // its last byte that is not zero
  for (let i = 0; i < memory.length; i++) {
    if (memory[i] === 0) continue;
    if (begin >= 0 && i - after > gap) segments.push({ address: begin, bytes: memory.subarray(begin, after) });
    if (begin < 0 || i - after > gap) begin = i;
    after = i + 1;
  }
  if (begin >= 0) segments.push({ address: begin, bytes: memory.subarray(begin, after) });
  return segments;
}

function written(segments) {
  const parts = [unsigned(segments.length)];
  for (const { address, bytes } of segments) {
    parts.push(Buffer.of(0, i32const), signed(address), Buffer.of(end), unsigned(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

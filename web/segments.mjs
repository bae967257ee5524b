// Joins the data segments of a WebAssembly module, and lets what they say be changed.
//
// Go's linker leaves out every run of more than eight zeros, and its table of functions is mostly zeros: the client
// comes in 100,000 segments, each with a header that hardly compresses. Written out, the zeros cost next to nothing.
// WebAssembly core specification, "Binary Format", "Modules".

const dataSection = 11;
const i32const = 0x41;
const end = 0x0b;

/** Up to this many zeros are written out; more of them end a segment. */
const gap = 64;

/**
 * Returns the module with as few data segments as that allows; what it puts into memory is the same, but for what edit
 * changes in it: edit is given all of it, from address 0.
 */
export function joinSegments(module, edit = () => {}) {
  const parts = [module.subarray(0, 8)];
  for (const { id, body } of sections(module)) {
    const now = id === dataSection ? rewritten(body, edit) : body;
    parts.push(Buffer.of(id), unsigned(now.length), now);
  }
  return Buffer.concat(parts);
}

function rewritten(body, edit) {
  const memory = filled(parsed(body));
  edit(memory);
  return written(split(memory));
}

function* sections(module) {
  const r = new Reader(module, 8);
  while (r.at < module.length) yield { id: r.byte(), body: r.bytes(r.unsigned()) };
}

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

/** Reads bytes and LEB128 numbers of at most 32 bits. */
class Reader {
  constructor(buffer, at) {
    this.buffer = buffer;
    this.at = at;
  }
  byte() {
    if (this.at >= this.buffer.length) throw new Error("the module is cut off");
    return this.buffer[this.at++];
  }
  bytes(n) {
    if (this.at + n > this.buffer.length) throw new Error("the module is cut off");
    return this.buffer.subarray(this.at, (this.at += n));
  }
  unsigned() {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const b = this.byte();
      value |= (b & 0x7f) << shift;
      if (b < 0x80) return value >>> 0;
    }
    throw new Error("a number of more than 32 bits");
  }
  /** Reads a number with a sign, which is bit 6 of its last byte; below zero there are no addresses. */
  address() {
    const value = this.unsigned();
    if (this.buffer[this.at - 1] & 0x40) throw new Error("a data segment at a negative address");
    return value;
  }
}

function unsigned(n) {
  const out = [];
  for (; n > 0x7f; n >>>= 7) out.push((n & 0x7f) | 0x80);
  return Buffer.of(...out, n);
}

/** As unsigned, with a zero in the bit of the sign. */
function signed(n) {
  const out = [];
  for (; n > 0x3f; n >>>= 7) out.push((n & 0x7f) | 0x80);
  return Buffer.of(...out, n);
}

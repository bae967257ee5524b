// Joins the data segments of a WebAssembly module.
//
// Go's linker leaves out every run of more than eight zeros, and its table of functions is mostly zeros: the client
// comes in 100,000 segments, each with a header that hardly compresses. Written out, the zeros cost next to nothing.
// WebAssembly core specification, "Binary Format", "Modules".

const dataSection = 11;
const i32const = 0x41;
const end = 0x0b;

/** Up to this many zeros are written out; more of them begin a new segment. */
const gap = 64;

/** Returns the module with as few data segments as that allows; what it puts into memory is the same. */
export function joinSegments(module) {
  const parts = [module.subarray(0, 8)];
  for (const { id, body } of sections(module)) {
    const now = id === dataSection ? written(joined(parsed(body))) : body;
    parts.push(Buffer.of(id), unsigned(now.length), now);
  }
  return Buffer.concat(parts);
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

function joined(segments) {
  const groups = [];
  let next = 0;
  for (const s of segments.toSorted((a, b) => a.address - b.address)) {
    if (s.address < next) throw new Error("data segments overlap");
    const zeros = s.address - next;
    next = s.address + s.bytes.length;
    if (groups.length > 0 && zeros <= gap) groups.at(-1).parts.push(Buffer.alloc(zeros), s.bytes);
    else groups.push({ address: s.address, parts: [s.bytes] });
  }
  return groups.map(({ address, parts }) => ({ address, bytes: Buffer.concat(parts) }));
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

// Reads and writes the binary format of WebAssembly: sections and numbers.
// WebAssembly core specification, "Binary Format", "Modules" and "Values".

/** Ids of sections. */
export const custom = 0;
export const imports = 2;
export const code = 10;
export const data = 11;

/** How long the magic number and the version are, with which a module begins. */
const beginning = 8;

/** Yields the sections of a module. */
export function* sections(module) {
  const r = new Reader(module, beginning);
  while (r.at < module.length) yield { id: r.byte(), body: r.bytes(r.unsigned()) };
}

/** Returns a module that has other sections. */
export function withSections(module, sections) {
  const parts = sections.flatMap(({ id, body }) => [Buffer.of(id), unsigned(body.length), body]);
  return Buffer.concat([module.subarray(0, beginning), ...parts]);
}

/** Returns the bodies of the functions. */
export function bodiesOf(sections) {
  const r = new Reader(sections.find(({ id }) => id === code).body, 0);
  return Array.from({ length: r.unsigned() }, () => r.bytes(r.unsigned()));
}

/** Returns the sections with other bodies of functions. */
export function withBodies(sections, bodies) {
  const body = Buffer.concat([unsigned(bodies.length), ...bodies.flatMap((body) => [unsigned(body.length), body])]);
  return sections.map((section) => (section.id === code ? { id: code, body } : section));
}

/** A section that the engine ignores, under a name of ours. */
export function customSection(name, content) {
  return { id: custom, body: Buffer.concat([unsigned(name.length), Buffer.from(name), content]) };
}

/** Reads bytes and LEB128 numbers of at most 32 bits. */
export class Reader {
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
  /** Reads a number with a sign, of at most 64 bits. */
  integer() {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const b = this.byte();
      value |= BigInt(b & 0x7f) << shift;
      if (b < 0x80) return BigInt.asIntN(Number(shift) + 7, value);
    }
    throw new Error("a number of more than 64 bits");
  }
  /** Reads a number with a sign, which is bit 6 of its last byte; below zero there are no addresses. */
  address() {
    const value = this.unsigned();
    if (this.buffer[this.at - 1] & 0x40) throw new Error("a data segment at a negative address");
    return value;
  }
}

export function unsigned(n) {
  const out = [];
  for (; n > 0x7f; n >>>= 7) out.push((n & 0x7f) | 0x80);
  return Buffer.of(...out, n);
}

/** Writes a number of 32 bits with a sign. */
export function signed(n) {
  const out = [];
  for (; n > 0x3f || n < -0x40; n >>= 7) out.push((n & 0x7f) | 0x80);
  return Buffer.of(...out, n & 0x7f);
}

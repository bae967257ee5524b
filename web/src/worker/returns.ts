// Makes the return addresses of the client absolute again, while it comes: see web/pack/returns.mjs, which made them
// differences.

/** What comes before a return address, the address, and what comes behind it. */
const before = [0x41, 0x08, 0x6b, 0x22, 0x01, 0x24, 0x00, 0x20, 0x01, 0x42];
const length = 5;
const behind = [0x37, 0x03, 0x00];
const whole = before.length + length + behind.length;

/** A stream of the module as the engine needs it. */
export function unfoldReturns(): TransformStream<Uint8Array, Uint8Array> {
  const returns = new Returns();
  return new TransformStream({
    transform: (bytes, out) => out.enqueue(returns.next(bytes)),
    flush: (out) => out.enqueue(returns.rest),
  });
}

/** Changes return addresses in bytes that come in pieces. */
export class Returns {
  /** What may be the beginning of more, and goes with the next piece. */
  rest = new Uint8Array(0);
  #last = 0;

  /** Returns what is certain so far. */
  next(piece: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(this.rest.length + piece.length);
    bytes.set(this.rest);
    bytes.set(piece, this.rest.length);
    const done = this.#change(bytes);
    this.rest = bytes.slice(done);
    return bytes.subarray(0, done);
  }

  /** Changes what is whole in bytes, and returns how many of them are done with. */
  #change(bytes: Uint8Array): number {
    let at = 0;
    while (at + whole <= bytes.length) at += isReturn(bytes, at) ? this.#add(bytes, at + before.length) : 1;
    return at;
  }

  /** Adds up the difference at a place, and returns how many bytes are done with: the next address may begin behind it. */
  #add(bytes: Uint8Array, at: number): number {
    const d = read(bytes, at);
    const functions = d >> 16;
    this.#last = functions > 0 ? (((this.#last >> 16) + functions) << 16) | (d & 0xffff) : this.#last + d;
    write(bytes, at, this.#last);
    return before.length + length;
  }
}

function isReturn(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== before[0] || !has(bytes, at, before)) return false;
  for (let i = 0; i < length - 1; i++) if (byte(bytes, at + before.length + i) < 0x80) return false;
  return byte(bytes, at + before.length + length - 1) < 0x80 && has(bytes, at + before.length + length, behind);
}

function has(bytes: Uint8Array, at: number, what: readonly number[]): boolean {
  for (let i = 0; i < what.length; i++) if (bytes[at + i] !== what[i]) return false;
  return true;
}

/** Reads a LEB128 number with a sign, of five bytes. */
function read(bytes: Uint8Array, at: number): number {
  const part = (i: number): number => (byte(bytes, at + i) & 0x7f) << (7 * i);
  return part(0) | part(1) | part(2) | part(3) | (byte(bytes, at + 4) << 28);
}

function write(bytes: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < length; i++) bytes[at + i] = ((value >> (7 * i)) & 0x7f) | (i < length - 1 ? 0x80 : 0);
}

const byte = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

// Unfolds the client while it comes, section by section and function by function: see web/pack/fold.mjs.
import { unfoldBody } from "./body";
import { after, read, values, write } from "./numbers";

/** What a module begins with: its magic number and the version. */
const beginning = 8;

/** Ids of the sections that are folded. */
const section = { elements: 9, code: 10 };

/** A stream of the module as the engine needs it. */
export function unfolding(): TransformStream<Uint8Array, Uint8Array> {
  const module = new Unfolding();
  return new TransformStream({
    transform: (bytes, out) => out.enqueue(module.next(bytes)),
    flush: (out) => out.enqueue(module.rest),
  });
}

/** Unfolds a module that comes in pieces. */
export class Unfolding {
  /** What is not whole yet, and goes with the next piece. */
  rest = new Uint8Array(0);
  /** Bytes that are next and stay as they are. */
  #same = beginning;
  /** How many functions there are, and which of them is next. */
  #functions = 0;
  #next = 0;

  /** Returns what is certain so far. */
  next(piece: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(this.rest.length + piece.length);
    bytes.set(this.rest);
    bytes.set(piece, this.rest.length);
    let done = 0;
    for (let end = -1; done !== end && done < bytes.length; ) {
      end = done;
      done = this.#unfold(bytes, end);
    }
    this.rest = bytes.slice(done);
    return bytes.subarray(0, done);
  }

  /** Unfolds what begins here, if it is whole, and returns where it ends. */
  #unfold(bytes: Uint8Array, at: number): number {
    if (this.#same > 0) return this.#leave(bytes, at);
    return this.#next < this.#functions ? this.#function(bytes, at) : this.#section(bytes, at);
  }

  #leave(bytes: Uint8Array, at: number): number {
    const length = Math.min(this.#same, bytes.length - at);
    this.#same -= length;
    return at + length;
  }

  #function(bytes: Uint8Array, at: number): number {
    const begin = after(bytes, at);
    const end = begin + read(bytes, at);
    if (begin > bytes.length || end > bytes.length) return at;
    unfoldBody(bytes, begin, end, this.#next++);
    return end;
  }

  #section(bytes: Uint8Array, at: number): number {
    const id = bytes[at];
    const begin = after(bytes, at + 1);
    const length = read(bytes, at + 1);
    if (begin > bytes.length) return at;
    if (id === section.code) return this.#code(bytes, at, begin);
    if (id === section.elements) {
      if (begin + length > bytes.length) return at;
      unfoldElements(bytes, begin);
    }
    this.#same = length;
    return begin;
  }

  #code(bytes: Uint8Array, at: number, begin: number): number {
    const end = after(bytes, begin);
    if (end > bytes.length) return at;
    this.#functions = read(bytes, begin);
    return end;
  }
}

/** The table of all functions was made one of differences. It begins at a constant place, and is one of one. */
function unfoldElements(bytes: Uint8Array, at: number): void {
  at = after(bytes, after(bytes, at) + 2) + 1; // the number of tables, the kind and i32.const, the place, end
  let last = 0;
  let n = read(bytes, at);
  for (at = after(bytes, at); n > 0; n--) {
    const size = after(bytes, at) - at;
    last = (last + read(bytes, at)) & (values(size) - 1);
    at = write(bytes, at, last);
  }
}

// How much a visitor may send at once. Whoever answers is a person, and a relay takes only so much.

/** A Pace allows so many things in so many milliseconds. */
export class Pace {
  readonly #most: number;
  readonly #within: number;
  #times: number[] = [];

  constructor(most: number, within: number) {
    this.#most = most;
    this.#within = within;
  }

  /** allows notes one more at a time, if it is not too much. */
  allows(now: number): boolean {
    this.#times = this.#times.filter((at) => now - at < this.#within);
    if (this.#times.length >= this.#most) return false;
    this.#times.push(now);
    return true;
  }
}

/** Bytes of a first message: it travels in the request, which has less room than a message. */
export const longestFirst = 9000;
/** Bytes of the others. */
export const longest = 15000;

export const bytes = (text: string): number => new TextEncoder().encode(text).length;

// LEB128 numbers, of at most 32 bits, as modules of WebAssembly have them.

export const byte = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

/** Returns where the number ends that begins here. */
export function after(bytes: Uint8Array, at: number): number {
  while (byte(bytes, at) & 0x80) at++;
  return at + 1;
}

/** Reads a number, of which bits that are not written are zero. */
export function read(bytes: Uint8Array, at: number): number {
  let value = 0;
  let b = 0x80;
  for (let shift = 0; b & 0x80; shift += 7) {
    b = byte(bytes, at++);
    value |= (b & 0x7f) << shift;
  }
  return value;
}

/** Writes a number over another one, as many bits as that had, and returns where it ends. */
export function write(bytes: Uint8Array, at: number, value: number): number {
  for (let more = 0x80; more; at++, value >>= 7) {
    more = byte(bytes, at) & 0x80;
    bytes[at] = more | (value & 0x7f);
  }
  return at;
}

/** Returns how many values a number of so many bytes can have, up to four. */
export const values = (size: number): number => 1 << (7 * size);

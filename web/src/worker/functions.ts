// Writes into the client's memory what it knows of its functions: see web/pack/functions.mjs, which packed it, and says
// where the layouts are from.

/** Bytes of _func before its pcdata. */
const recordLength = 44;

/** Funcdata are in the place of their kind; the others are missing. */
const kinds = [0, 1, 2, 4];
const none = 0xffffffff;

/** Bytes of the index by instruction for each function. */
const finderStep = 320;

/** Unpacks the functions of a program, in its memory as it was instantiated. */
export function unpackFunctions(packed: ArrayBuffer, memory: ArrayBuffer): void {
  const read = reader(new Uint8Array(packed));
  const [tables = 0, functab = 0, finder = 0, count = 0, first = 0] = take(5, read);
  const column = (): number[] => take(count, read);
  const [names, args, deferReturns, ids] = [column(), column(), column(), column()];
  const stacks = offsets([column(), column()], new Uint8Array(memory, tables, functab - tables));
  const funcdata = kinds.map(column);
  const view = new DataView(memory);
  const put = (at: number, value: number): void => view.setUint32(at, value, true);
  let next = 8 * count + 4; // the records are behind the index, which ends with the number behind the last one
  for (let i = 0; i < count; i++) {
    const record = (next + 7) & ~7;
    put(functab + 8 * i, first + i);
    put(functab + 8 * i + 4, record);
    put(finder + finderStep * i, i);
    next = record + writeRecord(i, functab + record);
  }
  put(functab + 8 * count, first + count);

  function writeRecord(i: number, at: number): number {
    const pcdata = stacks[1]?.[i] ? [0, stacks[1][i]] : [];
    const data = funcdataOf(funcdata.map((column) => column[i] ?? 0));
    const words = [first + i, names[i], args[i], deferReturns[i], stacks[0]?.[i], 0, 0, pcdata.length, 0, 0, (ids[i] ?? 0) | (data.length << 24), ...pcdata, ...data];
    words.forEach((word, k) => put(at + 4 * k, word ?? 0));
    return recordLength + 4 * (pcdata.length + data.length);
  }
}

/** Returns the funcdata of a function by kind, up to the last one that there is; packed is 0 for none, or one more than the offset. */
function funcdataOf(packed: readonly number[]): number[] {
  const data: number[] = [];
  packed.forEach((offset, k) => {
    if (offset > 0) data[kinds[k] ?? 0] = offset - 1;
  });
  return Array.from(data, (offset) => offset ?? none);
}

/** Turns numbers of tables into offsets: 0 is none, 1 the next table that was not there before, 2 and up those that were. */
function offsets(columns: readonly number[][], tables: Uint8Array): number[][] {
  let next = 1;
  return columns.map((column) => {
    const known = [0];
    return column.map((number) => {
      if (number !== 1) return known[number === 0 ? 0 : number - 1] ?? 0;
      known.push(next);
      const offset = next;
      next = tableEnd(tables, next);
      return offset;
    });
  });
}

/** Returns where a table ends: pairs of numbers, a change of the value and a length, up to a change of nothing. */
function tableEnd(tables: Uint8Array, at: number): number {
  const after = (begin: number): number => {
    let i = begin;
    while ((tables[i] ?? 0) & 0x80) i++;
    return i + 1;
  };
  let end = after(after(at));
  while (tables[end]) end = after(after(end));
  return end + 1;
}

/** Reads LEB128 numbers of at most 32 bits, one with each call. */
function reader(bytes: Uint8Array): () => number {
  let at = 0;
  return () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const b = bytes[at++] ?? 0;
      value |= (b & 0x7f) << shift;
      if (b < 0x80) return value >>> 0;
    }
  };
}

function take(n: number, read: () => number): number[] {
  return Array.from({ length: n }, read);
}

// Writes into the client's memory what it knows of its functions: see web/pack/functions.mjs, which packed it, and says
// where the layouts are from. It is on the way of every start, so it makes no objects for each of the functions.

/** Words of _func before its pcdata; words count 4 bytes. */
const recordLength = 11;

/** Places in _func. What is in no place here is 0. */
const func = { entry: 0, name: 1, args: 2, deferReturn: 3, pcsp: 4, npcdata: 7, ids: 10 };

/** Funcdata are in the place of their kind; the others are missing. */
const kinds = [0, 1, 2, 4];
const none = 0xffffffff;

/** Words of the index by instruction for each function. */
const finderStep = 80;

/** Columns of the packed functions, each with a number for each function. */
const column = { name: 0, args: 1, deferReturn: 2, ids: 3, pcsp: 4, stackMap: 5, funcdata: 6 };

/** Unpacks the functions of a program, in its memory as it was instantiated. */
export function unpackFunctions(packed: ArrayBuffer, memory: ArrayBuffer): void {
  const numbers = read(new Uint8Array(packed));
  const [tables = 0, functab = 0, finder = 0, count = 0, first = 0] = numbers.subarray(0, 5);
  const columns = Array.from({ length: column.funcdata + kinds.length }, (_, k) => numbers.subarray(5 + k * count, 5 + (k + 1) * count));
  const [pcsp, stackMap] = [columns[column.pcsp], columns[column.stackMap]] as [Uint32Array, Uint32Array];
  toOffsets([pcsp, stackMap], new Uint8Array(memory, tables, functab - tables));
  const words = new Uint32Array(memory);
  const index = functab / 4;
  let next = 2 * count + 1; // the records are behind the index, which ends with the number behind the last one
  for (let i = 0; i < count; i++) {
    const record = (next + 1) & ~1;
    words[index + 2 * i] = first + i;
    words[index + 2 * i + 1] = 4 * record;
    words[finder / 4 + finderStep * i] = i;
    next = record + writeRecord(words, index + record, columns, i, first + i);
  }
  words[index + 2 * count] = first + count;
}

/** Writes the record of function i, and returns how long it is. */
function writeRecord(words: Uint32Array, at: number, columns: readonly Uint32Array[], i: number, entry: number): number {
  const value = (k: number): number => columns[k]?.[i] ?? 0;
  words[at + func.entry] = entry;
  words[at + func.name] = value(column.name);
  words[at + func.args] = value(column.args);
  words[at + func.deferReturn] = value(column.deferReturn);
  words[at + func.pcsp] = value(column.pcsp);
  let end = recordLength;
  const stackMap = value(column.stackMap);
  if (stackMap > 0) {
    words[at + func.npcdata] = 2;
    words[at + recordLength + 1] = stackMap; // the other one is missing
    end += 2;
  }
  const begin = end;
  for (let k = 0; k < kinds.length; k++) {
    const offset = value(column.funcdata + k); // 0 for none, or one more
    if (offset === 0) continue;
    for (; end < begin + (kinds[k] ?? 0); end++) words[at + end] = none;
    words[at + end++] = offset - 1;
  }
  words[at + func.ids] = value(column.ids) | ((end - begin) << 24);
  return end;
}

/** Turns numbers of tables into offsets: 0 is none, 1 the next table that was not there before, 2 and up those that were. */
function toOffsets(columns: readonly Uint32Array[], tables: Uint8Array): void {
  let next = 1;
  for (const column of columns) {
    const known = [0];
    for (let i = 0; i < column.length; i++) {
      const number = column[i] ?? 0;
      if (number !== 1) {
        column[i] = known[Math.max(number - 1, 0)] ?? 0;
        continue;
      }
      known.push(next);
      column[i] = next;
      next = tableEnd(tables, next);
    }
  }
}

/** Returns where a table ends: pairs of numbers, a change of the value and a length, up to a change of nothing. */
function tableEnd(tables: Uint8Array, begin: number): number {
  let at = begin;
  do {
    for (let ends = 0; ends < 2; at++) if ((tables[at] ?? 0) < 0x80) ends++;
  } while (tables[at]);
  return at + 1;
}

/** Reads LEB128 numbers of at most 32 bits. */
function read(bytes: Uint8Array): Uint32Array {
  const numbers = new Uint32Array(bytes.length);
  let n = 0;
  let shift = 0;
  for (let at = 0; at < bytes.length; at++) {
    const b = bytes[at] ?? 0;
    numbers[n] = (numbers[n] ?? 0) | ((b & 0x7f) << shift);
    shift += 7;
    if (b >= 0x80) continue;
    n++;
    shift = 0;
  }
  return numbers.subarray(0, n);
}

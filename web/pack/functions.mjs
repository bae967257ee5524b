// Packs what a Go program knows of its functions.
//
// The linker writes, for each function, its name, what its stack looks like at each instruction, and which line of which
// file each instruction came from. The program needs the stacks; lines and files are only printed when it fails, and go.
// The names of our own functions stay: a report of a failure still says where it was. What stays is mostly numbers of
// tables, one record per function: column by column it takes a third of the bytes. The worker writes the records into
// memory (src/worker/functions.ts), and two indexes of them that hold nothing else.
//
// Layouts: Go's internal/abi/symtab.go (PCDATA, FUNCDATA), runtime/symtab.go (pcHeader, moduledata), runtime/runtime2.go (_func).

const magic = Buffer.of(0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8); // of Go 1.20 and later; instructions of 1 byte, pointers of 8

/** Offsets in pcHeader, with which the tables begin; those of tables are relative to it. */
const header = { functions: 8, names: 32, units: 40, files: 48, tables: 56, functab: 64 };

/** Offsets in moduledata. Slices are a pointer, a length and a capacity. */
const moduledata = { names: 8, functab: 128, finder: 152, funcdata: 320 };

/** Offsets in _func, the record of a function. Behind it come its pcdata and its funcdata, 4 bytes each. */
const func = { entry: 0, name: 4, args: 8, deferReturn: 12, pcsp: 16, npcdata: 28, id: 40, flag: 41, nfuncdata: 43, end: 44 };

/** The table of pcdata that stays: where pointers are on the stack. */
const stackMap = 1;

/** The funcdata that stay: pointers among arguments, among local variables, objects on the stack, deferred calls. */
const kept = [0, 1, 2, 4];

/** What is in the place of funcdata that a function has not. */
const none = 0xffffffff;

/**
 * Takes the records of functions out of a program's memory, with all that is only printed, and returns them packed:
 * addresses and counts, then the columns, all as LEB128 numbers. Names that named refuses become empty.
 */
export function packFunctions(memory, named) {
  const program = new Program(memory);
  const functions = program.functions();
  const names = program.keepNames(functions, named);
  const stacks = program.keepTables(functions);
  program.clearFuncdata(functions);
  program.clearRecords(functions);
  const { tables, functab, finder } = program;
  const columns = [
    names,
    functions.map((f) => f.args),
    functions.map((f) => f.deferReturn),
    functions.map((f) => f.id | (f.flag << 8)),
    stacks.pcsp,
    stacks.stackMap,
    ...kept.map((kind) => functions.map((f) => (f.funcdata(kind) + 1) >>> 0)),
  ];
  return numbers([tables, functab, finder, functions.length, functions[0].entry, ...columns.flat()]);
}

/** Returns the names of all functions, in their order. */
export function functionNames(memory) {
  const program = new Program(memory);
  return program.functions().map((f) => program.name(f));
}

class Program {
  constructor(memory) {
    this.memory = memory;
    const at = memory.indexOf(magic);
    if (at < 0 || memory.indexOf(magic, at + 1) >= 0) throw new Error("there is not one table of functions: another version of Go?");
    const [names, units, files, tables, functab] = ["names", "units", "files", "tables", "functab"].map((name) => at + this.pointer(at + header[name]));
    const ordered = names < units && units < files && files < tables && tables < functab && functab < memory.length;
    if (!ordered) throw new Error("the table of functions has another layout");
    Object.assign(this, { names, units, tables, functab, count: this.pointer(at + header.functions) });
    const data = this.moduledata(at, names);
    if (this.pointer(data + moduledata.functab) !== functab) throw new Error("the data of the module has another layout");
    this.finder = this.pointer(data + moduledata.finder);
    if (functab % 4 || this.finder % 4) throw new Error("the tables of functions begin elsewhere than at a word");
    this.funcdata = this.pointer(data + moduledata.funcdata);
  }

  /** Finds moduledata, which begins with pointers to the header and to the names. */
  moduledata(at, names) {
    const start = Buffer.alloc(moduledata.names + 8);
    start.writeBigUInt64LE(BigInt(at));
    start.writeBigUInt64LE(BigInt(names), moduledata.names);
    const found = this.memory.indexOf(start);
    if (found < 0) throw new Error("the data of the module is not there");
    return found;
  }

  pointer(at) {
    return Number(this.memory.readBigUInt64LE(at));
  }

  functions() {
    return Array.from({ length: this.count }, (_, i) => new Func(this.memory, this.functab + this.memory.readUInt32LE(this.functab + 8 * i + 4)));
  }

  name(f) {
    return this.memory.toString("latin1", this.names + f.name, this.memory.indexOf(0, this.names + f.name));
  }

  /** Writes the names that are kept anew, after an empty one for all others, and returns where each function's is. */
  keepNames(functions, named) {
    const old = functions.map((f) => this.name(f));
    const now = this.memory.subarray(this.names, this.tables).fill(0); // also lists of files
    const places = new Map([["", 0]]);
    let next = 1;
    return old.map((name) => {
      const shown = named(name) ? name : "";
      if (!places.has(shown)) {
        places.set(shown, next);
        next += now.write(shown, next, "latin1") + 1;
      }
      return places.get(shown);
    });
  }

  /** Writes the tables that are kept anew, and returns which one each function has of each kind. */
  keepTables(functions) {
    const region = this.memory.subarray(this.tables, this.functab);
    const old = Buffer.from(region);
    region.fill(0);
    const at = { next: 1 }; // at 0 is none
    const keep = (offsets) => numbered(offsets, (offset) => (at.next += tableAt(old, offset).copy(region, at.next)));
    return { pcsp: keep(functions.map((f) => f.pcsp)), stackMap: keep(functions.map((f) => f.pcdata(stackMap))) };
  }

  /** Clears the funcdata that go: each ends where another begins. */
  clearFuncdata(functions) {
    const all = [...new Set(functions.flatMap((f) => f.allFuncdata()))].sort((a, b) => a - b);
    const stay = new Set(functions.flatMap((f) => kept.map((kind) => f.funcdata(kind))));
    all.forEach((offset, i) => {
      if (!stay.has(offset) && i + 1 < all.length) this.memory.fill(0, this.funcdata + offset, this.funcdata + all[i + 1]);
    });
  }

  /** Clears the records and both indexes: by number, and by instruction, 16 entries of 20 bytes per function but one for the last. */
  clearRecords(functions) {
    const last = functions.at(-1);
    const expected = functions.every((f, i) => f.entry === functions[0].entry + i && this.memory.readUInt32LE(this.finder + 320 * i) === i);
    if (!expected) throw new Error("the index of functions has another layout");
    this.memory.fill(0, this.functab, last.end);
    this.memory.fill(0, this.finder, this.finder + 320 * (functions.length - 1) + 20);
  }
}

/** A Func is the record of one function, as it was. */
class Func {
  constructor(memory, at) {
    const word = (offset) => memory.readUInt32LE(at + offset);
    for (const field of ["entry", "name", "args", "deferReturn", "pcsp"]) this[field] = word(func[field]);
    const npcdata = word(func.npcdata);
    this.id = memory[at + func.id];
    this.flag = memory[at + func.flag];
    this.words = Array.from({ length: npcdata + memory[at + func.nfuncdata] }, (_, i) => word(func.end + 4 * i));
    this.npcdata = npcdata;
    this.end = at + func.end + 4 * this.words.length;
  }
  /** Returns the offset of a table, 0 if there is none. */
  pcdata(kind) {
    return kind < this.npcdata ? this.words[kind] : 0;
  }
  funcdata(kind) {
    return this.words[this.npcdata + kind] ?? none;
  }
  allFuncdata() {
    return this.words.slice(this.npcdata).filter((offset) => offset !== none);
  }
}

/** Numbers offsets in the order in which they appear: 0 is none, 1 the first that was not there before, 2 and up the others. */
function numbered(offsets, appeared) {
  const known = new Map([[0, 0]]);
  return offsets.map((offset) => {
    if (known.has(offset)) return known.get(offset);
    known.set(offset, known.size + 1);
    appeared(offset);
    return 1;
  });
}

/** Returns the table at an offset: pairs of numbers, a change of the value and a length, up to a change of nothing. */
function tableAt(tables, offset) {
  let at = offset;
  for (let first = true; first || tables[at] !== 0; first = false) at = after(tables, after(tables, at));
  return tables.subarray(offset, at + 1);
}

/** Returns where the number ends that begins here. */
function after(tables, at) {
  while (tables[at] & 0x80) at++;
  if (at >= tables.length) throw new Error("a table of the stack is cut off");
  return at + 1;
}

function numbers(list) {
  const out = [];
  for (let n of list) {
    for (; n > 0x7f; n >>>= 7) out.push((n & 0x7f) | 0x80);
    out.push(n);
  }
  return Buffer.from(out);
}

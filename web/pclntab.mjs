// Takes out of a Go program what only names its source lines.
//
// Go's table of functions (runtime.pclntab) says, for each instruction, what the stack looks like there, which the
// program needs, and which line of which file it came from, which is printed when the program fails, and is a tenth of
// what the client takes to load. The names of our own functions stay: a report of a failure still says where it was.
// Layout: Go's internal/abi/symtab.go and runtime/symtab.go, runtime/runtime2.go (pcHeader, _func).

const magic = Buffer.of(0xf1, 0xff, 0xff, 0xff, 0, 0, 1, 8); // of Go 1.20 and later; instructions of 1 byte, pointers of 8

/** Offsets in the header. */
const header = { functions: 8, names: 32, units: 40, files: 48, tables: 56, functab: 64 };

/** Offsets in what is said of one function. */
const func = { name: 4, pcsp: 16, pcfile: 20, pcln: 24, npcdata: 28, unit: 32, startLine: 36, pcdata: 44 };

/** Clears files, lines, and the names that named refuses, in the memory of a program. */
export function forgetLines(memory, named) {
  const at = memory.indexOf(magic);
  if (at < 0 || memory.indexOf(magic, at + 1) >= 0) throw new Error("there is not one table of functions: another version of Go?");
  const table = new Table(memory.subarray(at));
  table.keepNames(named);
  table.keepStacks();
}

class Table {
  constructor(bytes) {
    this.bytes = bytes;
    const [names, units, files, tables, functab] = ["names", "units", "files", "tables", "functab"].map((name) => this.pointer(header[name]));
    const ordered = names < units && units < files && files < tables && tables < functab && functab < bytes.length;
    if (!ordered) throw new Error("the table of functions has another layout");
    this.names = bytes.subarray(names, units);
    this.files = bytes.subarray(units, tables); // which files each package has, and their names
    this.tables = bytes.subarray(tables, functab);
    this.functab = functab;
    this.functions = Array.from({ length: this.pointer(header.functions) }, (_, i) => functab + bytes.readUInt32LE(functab + 8 * i + 4));
  }

  pointer(at) {
    return Number(this.bytes.readBigUInt64LE(at));
  }

  /** Writes the names that are kept anew, after an empty one for all others. */
  keepNames(named) {
    const kept = new Map([["", 0]]);
    let next = 1;
    const now = Buffer.alloc(this.names.length);
    for (const f of this.functions) {
      const name = this.name(this.bytes.readInt32LE(f + func.name));
      const shown = named(name) ? name : "";
      if (!kept.has(shown)) {
        kept.set(shown, next);
        next += now.write(shown, next, "latin1") + 1;
      }
      this.bytes.writeInt32LE(kept.get(shown), f + func.name);
    }
    now.copy(this.names);
  }

  name(at) {
    return this.names.toString("latin1", at, this.names.indexOf(0, at));
  }

  /** Clears all tables of lines and files; those of the stack and of what the collector needs stay. */
  keepStacks() {
    const kept = Buffer.alloc(this.tables.length);
    for (const f of this.functions) {
      this.keep(kept, this.bytes.readUInt32LE(f + func.pcsp));
      const n = this.bytes.readUInt32LE(f + func.npcdata);
      for (let i = 0; i < n; i++) this.keep(kept, this.bytes.readUInt32LE(f + func.pcdata + 4 * i));
      for (const field of [func.pcfile, func.pcln, func.unit, func.startLine]) this.bytes.writeUInt32LE(0, f + field);
    }
    kept.copy(this.tables);
    this.files.fill(0);
  }

  /** Copies the table at an offset: pairs of numbers, a change of the value and a length, up to a change of nothing. */
  keep(kept, offset) {
    if (offset === 0 || kept[offset] !== 0) return; // no table, or copied
    let at = offset;
    for (let first = true; first || this.tables[at] !== 0; first = false) at = this.after(this.after(at));
    this.tables.copy(kept, offset, offset, at + 1);
  }

  /** Returns where the number ends that begins here. */
  after(at) {
    while (this.tables[at] & 0x80) at++;
    if (at >= this.tables.length) throw new Error("a table of the stack is cut off");
    return at + 1;
  }
}

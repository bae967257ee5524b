// Empties functions that are linked and never run.
//
// Go's linker keeps every method through which a value may be used that somebody puts into an interface, and with it what
// the method calls. So there are levels of compression that nobody chooses, and formats of numbers that nobody prints.
// Which ones is said here by name; what can be proved is: a function that another one calls by its number stays, with
// all that it calls. What is left could only be called through an interface or as a value, and is a trap then, which
// stops the client (src/worker/worker.ts).
import { calls } from "./code.mjs";
import { functionNames } from "./functions.mjs";
import { bodiesOf, code, imports, Reader, withBodies } from "./module.mjs";

const names = [
  /^math\/big\./, // of which Ed448 needs a little
  /^encoding\/asn1\./, // which cryptobyte imports for the type of object identifiers
  /^github\.com\/klauspost\/compress\/zstd\.\(\*((best|better)FastEncoder|\w+Dict)\)\./, // levels above the default, dictionaries
  /^github\.com\/klauspost\/compress\/zstd\.\(\*Encoder\)\.(compressJob|job\w+|nextBlock\.func)/, // streams in several goroutines
  /^github\.com\/klauspost\/compress\/zstd\.\(\*Decoder\)\.startStreamDecoder/,
];

/** Packages are set up before main, by a list of functions. */
const setup = /\.init(\.|$)/;

/** Says which functions of the client are never run, by name. */
export const unused = (name) => names.some((n) => n.test(name)) && !setup.test(name);

/** No local variables, unreachable, end. */
const trap = Buffer.of(0x00, 0x00, 0x0b);

/** Returns the sections with the functions emptied that named says, unless another one calls them. */
export function emptyUnused(sections, memory, named) {
  const bodies = bodiesOf(sections);
  const all = functionNames(memory);
  if (all.length !== bodies.length) throw new Error("there are other functions in the code than in their table");
  const gone = new Set([...all.keys()].filter((i) => named(all[i])));
  const imported = new Reader(sections.find(({ id }) => id === imports).body, 0).unsigned(); // which have the first numbers
  const called = bodies.map((body) => calls(body).map((number) => number - imported));
  keepCalled(gone, called);
  return withBodies(sections, bodies.map((body, i) => (gone.has(i) ? trap : body)));
}

/** Takes out of gone what is called from what stays. */
function keepCalled(gone, called) {
  const staying = [...called.keys()].filter((i) => !gone.has(i));
  for (let i = staying.pop(); i !== undefined; i = staying.pop()) {
    for (const other of called[i]) if (gone.delete(other)) staying.push(other);
  }
}

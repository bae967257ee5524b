// Packs a Go program for WebAssembly, so that it takes less to load. It is still a module, which engines compile while
// it comes; but before it runs, the worker has to unpack it: return addresses on the way (src/worker/returns.ts), what
// it knows of its functions in memory (src/worker/functions.ts).
//
// Everything here depends on the layouts of one version of Go, and stops the build where it finds another.
import { packFunctions } from "./functions.mjs";
import { bodiesOf, customSection, data, sections, withBodies, withSections } from "./module.mjs";
import { foldReturns } from "./returns.mjs";
import { memoryOf, segmentsOf } from "./segments.mjs";
import { shorter } from "./shorter.mjs";
import { emptyUnused } from "./unused.mjs";

/** Returns the module packed. Functions keep their names if named says so, and become empty if unused does. */
export function pack(module, named, unused) {
  const linked = [...sections(module)];
  const memory = memoryOf(linked.find(({ id }) => id === data).body);
  const whole = emptyUnused(linked, memory, unused);
  const functions = packFunctions(memory, named);
  const short = withBodies(whole, bodiesOf(whole).map(shorter));
  const now = short.map(({ id, body }) => ({ id, body: id === data ? segmentsOf(memory) : body }));
  const packed = withSections(module, [...now, customSection("functions", functions)]);
  if (foldReturns(packed) === 0) throw new Error("calls have another form: another version of Go?");
  return packed;
}

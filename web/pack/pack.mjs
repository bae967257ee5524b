// Packs a Go program for WebAssembly, so that it takes less to load. What never runs goes, what is left is said in fewer
// instructions, and then in a form that compresses better, which the worker has to unpack: the code on the way, before
// engines compile it (src/worker/unfold.ts), what it knows of its functions in memory (src/worker/functions.ts).
//
// Everything here depends on the layouts of one version of Go, and stops the build where it finds another.
import { fold } from "./fold.mjs";
import { packFunctions } from "./functions.mjs";
import { bodiesOf, customSection, data, sections, withBodies, withSections } from "./module.mjs";
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
  const now = fold(short).map(({ id, body }) => ({ id, body: id === data ? segmentsOf(memory) : body }));
  return withSections(module, [...now, customSection("functions", functions)]);
}

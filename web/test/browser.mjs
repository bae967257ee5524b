// Runs the browser tests, one file after the other: node test/browser.mjs [FILE...]
// With AGAIN set, files that fail, if they are few, are run once more and named at the end.
import { readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";

/** More files than this do not fail by chance. */
const few = 4;

const here = import.meta.dirname;
const all = ["worker", "e2e"].flatMap((folder) =>
  readdirSync(join(here, folder))
    .filter((name) => name.endsWith(".test.mjs"))
    .map((name) => join(here, folder, name)),
);

/** failing runs test files and returns those in which something failed. */
async function failing(files) {
  const failed = new Set();
  const events = run({ files, concurrency: 1 });
  events.on("test:fail", ({ file, name, todo }) => todo === undefined && failed.add(file ?? name));
  const shown = events.compose(new spec());
  shown.pipe(process.stdout, { end: false });
  await new Promise((resolve, reject) => shown.once("end", resolve).once("error", reject));
  return files.filter((file) => failed.has(file));
}

const asked = process.argv.slice(2).map((name) => resolve(name));
let failed = await failing(asked.length ? asked : all);
if (process.env.AGAIN && failed.length > 0 && failed.length <= few) {
  const again = failed.map((file) => relative(here, file)).join(", ");
  console.log(`\nFailed, and run once more: ${again}\n`);
  failed = await failing(failed);
  if (!failed.length) console.log(`\nPassed the second time only: ${again}`);
}
process.exitCode = failed.length ? 1 : 0;

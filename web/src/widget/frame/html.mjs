// The page of the widget's chat, with what it draws before its program is there.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** framePage returns frame.html; symbols are the icons. The names of its script and styles are still to be put in. */
export function framePage(symbols) {
  const read = (name) => readFileSync(join(import.meta.dirname, name), "utf8");
  const early = read("early.html").replace(/^<!--.*?-->/, "").replace(/\n\s*/g, "");
  return read("frame.html").replace("%EARLY%", early).replace("%SYMBOLS%", symbols);
}

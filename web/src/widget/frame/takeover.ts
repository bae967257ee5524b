// From what was there before the program: the text that is being written, its caret, and what was sent.
import type { Early } from "./early";
import { firstId, type Visit } from "./visit";

/** takeOver draws the chat over it, so that the visitor goes on where they are. */
export function takeOver(root: HTMLElement, visit: Visit, draw: () => void): void {
  const { early } = globalThis as { early?: Early };
  const before = root.querySelector("textarea");
  early?.end();
  visit.draft = before?.value ?? "";
  const wrote = before !== null && document.activeElement === before;
  const [from, to] = [before?.selectionStart ?? 0, before?.selectionEnd ?? 0];
  draw();
  const after = root.querySelector("textarea");
  if (wrote && after && after !== before) {
    after.focus();
    after.setSelectionRange(from, to);
  }
  for (const text of early?.sent ?? []) visit.actions.send(visit.contact?.id ?? firstId, text);
}

// Keys that leave: Tab stays within the chat while it lies over the page, and Escape closes it.

const focusable = 'a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), [tabindex]:not([tabindex="-1"])';

/** trap keeps the focus in the chat, until the signal; over() says whether it lies over the page. */
export function trap(over: () => boolean, close: () => void, signal?: AbortSignal): void {
  addEventListener("keydown", (event) => {
    if (!over() || event.defaultPrevented) return;
    const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
    if (event.key === "Escape" && !dialog) close();
    if (event.key === "Tab") turn(event, dialog ?? document.body);
  }, signal && { signal });
}

// After the last comes the first, and before the first the last.
function turn(event: KeyboardEvent, within: Element): void {
  const all = [...within.querySelectorAll<HTMLElement>(focusable)].filter((element) => element.checkVisibility());
  const [first, last] = [all[0], all.at(-1)];
  const at = document.activeElement;
  const leaves = event.shiftKey ? at === first || !all.includes(at as HTMLElement) : at === last;
  if (!leaves) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}

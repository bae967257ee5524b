// What is noted in the page's own storage, so that answers are heard on the next page: that there is a conversation,
// and whether the chat was open. Nothing else, and nothing before the visitor wrote.

/** key names the notes of an address without repeating it. */
function key(what: string, address: string): string {
  let hash = 0;
  for (const char of address) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  return `sotto-${what}-${(hash >>> 0).toString(36)}`;
}

type Kind = "talk" | "open";

// A conversation outlives the tab, an open window does not.
const place = (what: Kind): Storage => (what === "talk" ? localStorage : sessionStorage);

export function noted(what: Kind, address: string): boolean {
  try {
    return place(what).getItem(key(what, address)) !== null;
  } catch {
    return false; // the page has no storage
  }
}

export function note(what: Kind, address: string, on: boolean): void {
  try {
    if (on) place(what).setItem(key(what, address), "1");
    else place(what).removeItem(key(what, address));
  } catch {
    return; // answers are heard once the chat is opened
  }
}

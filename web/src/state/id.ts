// crypto.randomUUID exists in secure contexts only; a page on a plain address of the local network is none.
/** newId returns an id that no other message of this person has. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

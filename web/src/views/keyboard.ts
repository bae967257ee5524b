/** hasKeyboard reports whether people here most likely type on real keys and point with a mouse. */
export function hasKeyboard(): boolean {
  query ??= matchMedia("(hover: hover) and (pointer: fine)");
  return query.matches;
}

let query: MediaQueryList | undefined;

/** hasKeyboard reports whether people here most likely type on real keys and point with a mouse. */
export function hasKeyboard(): boolean {
  return matchMedia("(hover: hover) and (pointer: fine)").matches;
}

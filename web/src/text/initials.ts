// What stands in for a picture: one or two letters, and a hue that is always the same for a name.

/** initials returns the first characters of the first and the last word, in capitals. */
export function initials(name: string): string {
  const parts = name.split(/[\s_.-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word));
  const picked = parts.length > 1 ? [parts[0], parts[parts.length - 1]] : parts;
  return picked.map((word) => firstLetter(word ?? "")).join("").toLocaleUpperCase();
}

function firstLetter(word: string): string {
  return /[\p{L}\p{N}]/u.exec(word)?.[0] ?? "";
}

/** hue spreads names over the colour circle, in degrees. */
export function hue(name: string): number {
  let hash = 2166136261;
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16777619);
  return ((hash >>> 8) % 24) * 15;
}

// Which rows of a long list are drawn.

/** A Span is what is from one up to another, which is not in it: rows by their places, chunks by their keys. */
export interface Span {
  from: number;
  to: number;
}

/** piecesOf returns what is drawn of so many rows: those near the window, and the held one with its neighbours. */
export function piecesOf(count: number, near: Span, held: number): Span[] {
  const to = Math.min(near.to, count);
  // A list that has become shorter is shown up to its end, until the window has followed.
  const from = Math.max(0, Math.min(near.from, to - (near.to - near.from)));
  const seen = { from: near.to > count ? from : near.from, to };
  if (held < 0 || held >= count) return [seen];
  const kept = { from: Math.max(0, held - 1), to: Math.min(count, held + 2) };
  if (kept.to < seen.from) return [kept, seen];
  if (kept.from > seen.to) return [seen, kept];
  return [{ from: Math.min(kept.from, seen.from), to: Math.max(kept.to, seen.to) }];
}

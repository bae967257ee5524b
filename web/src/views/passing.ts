import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { chunkWith, type Chunk } from "../state/lines";
import { calm, inStream, tellFlood } from "./pace";
import type { Scrolling } from "./scrolling";

/** The height of a line of one row after another of the same writer, in pixels. */
export const lineHeight = 37;

/** What is not drawn at once, because it cannot be seen. */
export interface Passing {
  /** Chunks before this one: of a stream that is followed they left the window between two drawings. */
  above: number;
  /** Chunks from this one on: they came far below the window. */
  below: number;
}

/**
 * usePassing finds out what passes by, until the stream ends or the window leaves the end. When a conversation is opened,
 * the lines above the window wait for the next drawing, too. unreadFrom is the seq of the line that it opens at, or 0.
 */
export function usePassing(chunks: readonly Chunk[], unreadFrom: number, { following, away, height }: Scrolling): Passing {
  const [settled, settle] = useState<readonly Chunk[]>([]);
  const drawn = useRef({ newest: Infinity, last: Infinity });
  const last = chunks[chunks.length - 1];
  const newest = last?.lines[last.lines.length - 1]?.item.seq ?? Infinity;
  const fit = Math.ceil((height.current || innerHeight) / lineHeight) + 1;
  const opens = drawn.current.last === Infinity;
  const passes = opens ? !unreadFrom : following && settled !== chunks && inStream();
  const above = passes ? chunkWith(fit, chunks) : 0;
  const below = away ? drawn.current.last + 1 : Infinity;
  useLayoutEffect(() => {
    tellFlood(following && newest - drawn.current.newest > fit);
    drawn.current = { newest: newest || drawn.current.newest, last: last?.key ?? Infinity }; // what is on its way has no seq
  }, [chunks]);
  useEffect(() => () => tellFlood(false), []);
  useEffect(() => {
    if (!above) return undefined;
    const timer = setTimeout(() => settle(chunks), opens ? 0 : calm);
    return () => clearTimeout(timer);
  }, [chunks, above > 0]);
  return { above, below };
}

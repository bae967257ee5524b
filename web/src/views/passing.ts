import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { chunkWith, spanAround, type Chunk } from "../state/lines";
import type { Span } from "../state/span";
import { calm, inStream, tellFlood } from "./pace";
import type { Scrolling } from "./scrolling";

/** The height of a line of one row after another of the same writer, in pixels. */
export const lineHeight = 37;

/**
 * When a chunk is drawn: now; now, if it is new; when the window comes near; or when a stream is over, of which it came
 * and left the window between two drawings.
 */
export type When = "now" | "new" | "near" | "over";

const nowhere: Span = { from: Infinity, to: Infinity };

/**
 * usePassing finds out which chunks have to be drawn: when a conversation is opened, and when a message is led to, what
 * the window shows; later what is new, unless it cannot be seen. unreadFrom is the seq of the line that a conversation
 * opens at, or 0; goal that of the message that is led to, or 0.
 */
export function usePassing(chunks: readonly Chunk[], unreadFrom: number, goal: number, { following, away, height }: Scrolling): (chunk: Chunk) => When {
  const [settled, settle] = useState<readonly Chunk[]>([]);
  const drawn = useRef({ newest: Infinity, last: Infinity });
  const last = chunks[chunks.length - 1];
  const newest = last?.lines[last.lines.length - 1]?.item.seq ?? Infinity;
  const fit = Math.ceil((height.current || innerHeight) / lineHeight) + 1;
  const opens = drawn.current.last === Infinity;
  const part = goal > 0 ? (spanAround(goal, fit, fit, chunks) ?? nowhere) : opens ? firstSpan(chunks, unreadFrom, fit) : null;
  const passes = !part && following && settled !== chunks && inStream();
  const above = passes ? chunkWith(fit, chunks) : 0;
  const below = away ? drawn.current.last : Infinity;
  useLayoutEffect(() => {
    tellFlood(following && newest - drawn.current.newest > fit);
    drawn.current = { newest: newest || drawn.current.newest, last: last?.key ?? Infinity }; // what is on its way has no seq
  }, [chunks]);
  useEffect(() => () => tellFlood(false), []);
  useEffect(() => {
    if (!above) return undefined;
    const timer = setTimeout(() => settle(chunks), calm);
    return () => clearTimeout(timer);
  }, [chunks, above > 0]);
  return ({ key }) => {
    if (part) return part.from <= key && key < part.to ? "now" : "near";
    return key < above ? "over" : key > below ? "near" : "new";
  };
}

// A conversation opens at its end, or with the first new line in the upper part of the window.
function firstSpan(chunks: readonly Chunk[], unreadFrom: number, fit: number): Span {
  const around = unreadFrom > 0 ? spanAround(unreadFrom, Math.ceil(fit / 4), Math.ceil(fit * 0.8), chunks) : null;
  const from = chunkWith(fit, chunks);
  return around ? { from: Math.min(around.from, from), to: around.to } : { from, to: Infinity };
}

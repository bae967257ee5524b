import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Line } from "../state/lines";

/** Nearer to the end than this counts as at the end. */
const near = 48;
/** Older items are asked for when there is less than this above the window. */
const ahead = 1200;
/** Further from the end than this, a button leads back. */
const far = 600;

export interface Scrolling {
  scroller: RefObject<HTMLDivElement | null>;
  content: RefObject<HTMLDivElement | null>;
  /** Received below the window since it was last at its end. */
  newBelow: number;
  away: boolean;
  /** The window is at the end and stays there. */
  following: boolean;
  /** Of the window, as it was seen last. */
  height: RefObject<number>;
  toEnd(): void;
  /** Keeps what is read in its place when something has grown by so much. */
  grown(el: HTMLElement, by: number): void;
  /** Looks where the window is, and calls back. */
  look(): void;
}

interface Place {
  atEnd: boolean;
  /** The first chunk, and where its end was: what came above it has moved it. */
  mark: { chunk: Element; bottom: number } | null;
  firstKey: string;
  lastKey: string;
}

/**
 * useScrolling keeps what is read in its place: older lines are added above it, new ones below. Only at the end, and
 * for one's own new message, the window follows.
 */
export function useScrolling(lines: readonly Line[], onOlder: () => void, onEnd: () => void): Scrolling {
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const place = useRef<Place>({ atEnd: true, mark: null, firstKey: "", lastKey: "" });
  const [newBelow, setNewBelow] = useState(0);
  const [away, setAway] = useState(false);
  const [following, setFollowing] = useState(true);
  const height = useRef(0);
  const calls = useRef({ onOlder, onEnd });
  calls.current = { onOlder, onEnd };

  const look = useCallback(() => {
    const el = scroller.current;
    if (!el || !place.current.lastKey) return;
    height.current = el.clientHeight;
    const below = el.scrollHeight - el.scrollTop - height.current;
    place.current.atEnd = below < near;
    place.current.mark = markOf(el);
    setAway(below > far);
    setFollowing(place.current.atEnd);
    if (place.current.atEnd) {
      setNewBelow(0);
      calls.current.onEnd();
    }
    if (el.scrollTop < ahead) calls.current.onOlder();
  }, []);

  const toEnd = useCallback(() => {
    const el = scroller.current;
    if (el) el.scrollTop = el.scrollHeight;
    look();
  }, [look]);

  const grown = useCallback((grew: HTMLElement, by: number) => {
    const el = scroller.current;
    if (!el || !by) return;
    const { mark, atEnd } = place.current;
    if (mark?.chunk === grew) mark.bottom += by;
    if (atEnd) el.scrollTop = el.scrollHeight;
    else {
      const moved = mark?.chunk.isConnected ? bottomOf(el, mark.chunk) - mark.bottom : 0; // what came above is not made up for yet
      if (grew.getBoundingClientRect().top - moved < el.getBoundingClientRect().top) el.scrollTop += by;
    }
  }, []);

  const newest = useRef(lines);
  newest.current = lines;
  const keep = useCallback(() => {
    const el = scroller.current;
    const [first, last] = [newest.current[0], newest.current[newest.current.length - 1]];
    if (!el || !first || !last) return;
    const was = place.current;
    const fresh = was.lastKey ? since(newest.current, was.lastKey) : [];
    const follows = was.atEnd || fresh.some((line) => line.outgoing);
    place.current = { ...was, firstKey: first.key, lastKey: last.key };
    if (!was.lastKey) begin(el);
    else if (follows) el.scrollTop = el.scrollHeight;
    else if (was.firstKey !== first.key && was.mark?.chunk.isConnected) el.scrollTop += bottomOf(el, was.mark.chunk) - was.mark.bottom;
    if (!follows) setNewBelow((n) => n + fresh.filter((line) => line.item.direction === "received").length);
    look();
  }, [look]);

  // The first lines are laid out in the frame that paints them, not in the task that drew them, too.
  const frame = useRef(0);
  useLayoutEffect(() => {
    if (place.current.lastKey || document.visibilityState === "hidden") return keep();
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(keep);
  }, [lines]);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);

  useEffect(() => {
    const [el, inner] = [scroller.current, content.current];
    if (!el || !inner) return undefined;
    // The window or the text changed its size: the end stays the end.
    const observer = new ResizeObserver(() => {
      height.current = el.clientHeight;
      if (place.current.atEnd) el.scrollTop = el.scrollHeight;
      place.current.mark = markOf(el);
    });
    observer.observe(el);
    observer.observe(inner);
    el.addEventListener("scroll", look, { passive: true });
    document.addEventListener("visibilitychange", look);
    return () => {
      observer.disconnect();
      el.removeEventListener("scroll", look);
      document.removeEventListener("visibilitychange", look);
    };
  }, []);

  return { scroller, content, newBelow, away, following, height, toEnd, grown, look };
}

function markOf(el: Element): Place["mark"] {
  const chunk = el.querySelector(".chunk");
  return chunk && { chunk, bottom: bottomOf(el, chunk) };
}

// Where something ends, from the beginning of the conversation on.
function bottomOf(el: Element, inner: Element): number {
  return inner.getBoundingClientRect().bottom - el.getBoundingClientRect().top + el.scrollTop;
}

// A conversation opens at its end, or with the first new message in the upper part of the window.
function begin(el: HTMLElement): void {
  el.scrollTop = el.scrollHeight;
  const mark = el.querySelector<HTMLElement>(".unread-from");
  if (!mark) return;
  const above = mark.getBoundingClientRect().top - el.getBoundingClientRect().top;
  if (above < 0) el.scrollTop += above - el.clientHeight / 5;
}

function since(lines: readonly Line[], key: string): readonly Line[] {
  return lines.slice(lines.findLastIndex((line) => line.key === key) + 1);
}

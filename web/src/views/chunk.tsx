import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chunk } from "../state/lines";
import { Bubble } from "./bubble";
import { memo } from "./hooks";
import { lineHeight, type When } from "./passing";
import type { Scrolling } from "./scrolling";

interface ChunkProps {
  chunk: Chunk;
  name: string;
  now: number;
  /** Items after this one came while the conversation was open. */
  openedAt: number;
  scroller: RefObject<HTMLDivElement | null>;
  onGrown: Scrolling["grown"];
  when: When;
}

/** ChunkView draws its lines while it is near the window, and is an empty box of the same height otherwise. */
export const ChunkView = memo(function ChunkView({ chunk, name, now, openedAt, scroller, onGrown, when }: ChunkProps) {
  const box = useRef<HTMLDivElement>(null);
  const supposed = chunk.lines.length * lineHeight;
  const far = useFar(box, scroller, when, supposed);
  const drawn = useRef(false);
  drawn.current ||= !far && when !== "over";
  const height = far || (drawn.current ? 0 : supposed);
  useStandstill(box, height, onGrown);
  if (height > 0) return <div ref={box} class="chunk" style={{ blockSize: `${height}px` }} />;
  return (
    <div ref={box} class="chunk">
      {chunk.lines.map((line) => (
        <Bubble key={line.key} line={line} name={name} now={now} fresh={line.outgoing || line.item.seq > openedAt} />
      ))}
    </div>
  );
});

// The height of a chunk that is far from the window, otherwise 0; at first what is supposed of it, until the browser has
// told: while the page is hidden it does not.
function useFar(box: RefObject<HTMLDivElement | null>, scroller: RefObject<HTMLDivElement | null>, when: When, supposed: number): number {
  const [far, setFar] = useState(when === "near" || when === "over" ? supposed : 0);
  useEffect(() => {
    const el = box.current;
    if (!el) return undefined;
    const observer = new IntersectionObserver(
      (entries) => setFar(entries[entries.length - 1]?.isIntersecting ? 0 : heightOf(el)),
      { root: scroller.current, rootMargin: "800px 0px" },
    );
    observer.observe(el);
    return () => observer.disconnect();
  }, []);
  const now = when === "now";
  useLayoutEffect(() => {
    if (now) setFar(0);
  }, [now]);
  return now ? 0 : far;
}

const heightOf = (el: Element): number => el.getBoundingClientRect().height;

// Lines have another height than was supposed, or than they had before the window's width changed.
function useStandstill(box: RefObject<HTMLDivElement | null>, height: number, onGrown: Scrolling["grown"]): void {
  const before = useRef(0);
  useLayoutEffect(() => {
    const el = box.current;
    const was = before.current;
    before.current = height;
    if (el && was > 0) onGrown(el, heightOf(el) - was);
  }, [height]);
}

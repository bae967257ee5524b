import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Chunk } from "../state/lines";
import { Bubble } from "./bubble";
import { memo } from "./hooks";

interface ChunkProps {
  chunk: Chunk;
  name: string;
  now: number;
  /** Items after this one came while the conversation was open. */
  openedAt: number;
  scroller: RefObject<HTMLDivElement | null>;
}

/** ChunkView draws its lines while it is near the window, and is an empty box of the same height otherwise. */
export const ChunkView = memo(function ChunkView({ chunk, name, now, openedAt, scroller }: ChunkProps) {
  const box = useRef<HTMLDivElement>(null);
  const [height, setHeight] = useState(0); // 0 while drawn
  useEffect(() => {
    const el = box.current;
    if (!el) return undefined;
    const observer = new IntersectionObserver(
      ([entry]) => setHeight(entry?.isIntersecting ? 0 : el.offsetHeight),
      { root: scroller.current, rootMargin: "1500px 0px" },
    );
    observer.observe(el);
    return () => observer.disconnect();
  }, []);
  useStandstill(box, scroller, height);
  if (height > 0) return <div ref={box} style={{ blockSize: `${height}px` }} />;
  return (
    <div ref={box}>
      {chunk.lines.map((line) => (
        <Bubble key={line.key} line={line} name={name} now={now} fresh={line.outgoing || line.item.seq > openedAt} />
      ))}
    </div>
  );
});

// When the window's width changed meanwhile, lines come back with another height: what is read below must not move.
function useStandstill(box: RefObject<HTMLDivElement | null>, scroller: RefObject<HTMLDivElement | null>, height: number): void {
  const before = useRef(0);
  useLayoutEffect(() => {
    const [el, around] = [box.current, scroller.current];
    const was = before.current;
    before.current = height;
    if (!el || !around || height > 0 || was === 0) return;
    const grown = el.offsetHeight - was;
    const above = el.getBoundingClientRect().top < around.getBoundingClientRect().top;
    if (grown && above) around.scrollTop += grown;
  }, [height]);
}

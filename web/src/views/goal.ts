import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Thread } from "../state/state";
import type { Scrolling } from "./scrolling";
import type { Goal } from "./talk";

/** What is loaded with a message that is led to: what came before it. */
const before = 20;

/** Who does one of these has moved on. */
const acts = ["wheel", "touchmove", "pointerdown", "keydown"] as const;

/**
 * useGoal leads to a message, which lights up so that it is found. What is not loaded is loaded first. It returns the seq
 * of the message while it is on its way there, otherwise 0.
 */
export function useGoal(goal: Goal | null, { items, more, loading, failed }: Thread, { scroller, look }: Scrolling, load: (wanted: number) => void): number {
  const [reached, setReached] = useState(goal); // one from before is of another conversation
  const asked = useRef(goal);
  const seq = goal && goal !== reached ? goal.seq : 0;
  const oldest = items[0]?.seq ?? 0;
  useLayoutEffect(() => {
    if (!seq || loading !== "none") return;
    const missing = seq < oldest && more;
    if (missing && !(failed && asked.current === goal)) {
      asked.current = goal;
      return load(oldest - seq + before);
    }
    if (missing) scroller.current?.scrollTo(0, 0); // where it says that something could not be loaded
    const bubble = scroller.current?.querySelector(`[data-seq="${seq}"] .bubble`); // none if it was deleted
    bubble?.scrollIntoView({ block: "center" });
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) bubble?.animate({ opacity: [0.4, 1] }, { duration: 200, easing: "ease-out", delay: 100 });
    look();
    setReached(goal);
  }, [seq, oldest, loading]);
  useEffect(() => {
    if (!seq) return undefined;
    const stop = () => setReached(goal);
    for (const act of acts) addEventListener(act, stop, { capture: true, passive: true });
    return () => {
      for (const act of acts) removeEventListener(act, stop, { capture: true });
    };
  }, [goal, seq]);
  return seq;
}

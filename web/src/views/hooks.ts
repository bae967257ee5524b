import { Component, type ComponentChildren, type ComponentType, type FunctionComponent } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { messageOf } from "../state/call";

/** memo renders a view again only when one of its props is another one. */
export function memo<P extends object>(view: FunctionComponent<P>): ComponentType<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const old = this.props as Record<string, unknown>;
      const now = next as Record<string, unknown>;
      return Object.keys({ ...old, ...now }).some((key) => old[key] !== now[key]);
    }

    override render(): ComponentChildren {
      return view(this.props); // not a component of its own: hooks belong to this one
    }
  };
}

/** useNow is the time, renewed every minute so that relative times stay true. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 60_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

/** How long calm has to last to end what came before it, in milliseconds. */
const settled = 500;

/** useLasting follows a value that has not been the calm one for some time; moments of calm do not count. */
export function useLasting<T>(value: T, calm: T, ms: number): T {
  const [shown, setShown] = useState(calm);
  const since = useRef(0); // when it was calm last; 0 while it is
  useEffect(() => {
    if (value !== calm) since.current ||= Date.now();
    const follow = () => {
      if (value === calm) since.current = 0;
      setShown(value);
    };
    const timer = setTimeout(follow, value === calm ? settled : since.current + ms - Date.now());
    return () => clearTimeout(timer);
  }, [value, calm, ms]);
  return shown;
}

export interface Task {
  busy: boolean;
  problem: string;
  run(work: () => Promise<void>): void;
}

/** useTask runs one piece of work at a time and keeps what went wrong with the last one. */
export function useTask(explain: (problem: string) => string): Task {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const running = useRef(false);
  const run = useCallback(
    (work: () => Promise<void>) => {
      if (running.current) return;
      running.current = true;
      setBusy(true);
      setProblem("");
      work()
        .catch((error: unknown) => setProblem(explain(messageOf(error))))
        .finally(() => {
          running.current = false;
          setBusy(false);
        });
    },
    [explain],
  );
  return { busy, problem, run };
}

/** useWide reports whether the window has room for two panes; the styles ask the same. */
export function useWide(): boolean {
  const [query] = useState(() => matchMedia("(min-width: 900px)"));
  const [wide, setWide] = useState(query.matches);
  useEffect(() => {
    const follow = () => setWide(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  return wide;
}

/** useEscape calls back when Escape is pressed, unless a dialog on top takes it. */
export function useEscape(leave: () => void): void {
  // At once: the key may come before the next frame.
  useLayoutEffect(() => {
    const press = (e: KeyboardEvent) => {
      const inDialog = e.target instanceof Element && e.target.closest("dialog");
      if (e.key === "Escape" && !e.defaultPrevented && !inDialog) leave();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [leave]);
}

import { useCallback, useEffect, useRef } from "preact/hooks";
import { inStream } from "./pace";

/** How long it waits in a stream to be said what was seen, in milliseconds: each time it is stored. */
const pause = 500;

/** useReading returns what calls read at once or, in a stream, the newest that it was given now and then. */
export function useReading(): (read: () => void) => void {
  const newest = useRef<() => void>(() => undefined);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const say = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = undefined;
    newest.current();
  }, []);
  useEffect(
    () => () => {
      if (timer.current !== undefined) say();
    },
    [],
  );
  return useCallback((read) => {
    newest.current = read;
    if (!inStream()) say();
    else timer.current ??= setTimeout(say, pause);
  }, []);
}

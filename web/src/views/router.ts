import { useCallback, useEffect, useState } from "preact/hooks";
import { formatRoute, parseRoute, type Route } from "../route";

export interface Router {
  route: Route;
  go(route: Route): void;
  /** replace goes somewhere without leaving a step behind. */
  replace(route: Route): void;
  /** back goes one step back within this page, or to the list when this page was opened here. */
  back(): void;
  /** leave goes to the list if the page shows this conversation. */
  leave(id: string): void;
}

interface Step {
  depth: number;
}

function depth(): number {
  return (history.state as Step | null)?.depth ?? 0;
}

export function useRouter(): Router {
  const [route, setRoute] = useState(() => parseRoute(location));
  useEffect(() => {
    const follow = () => setRoute(parseRoute(location));
    addEventListener("popstate", follow);
    addEventListener("hashchange", follow);
    return () => {
      removeEventListener("popstate", follow);
      removeEventListener("hashchange", follow);
    };
  }, []);
  const go = useCallback((next: Route) => {
    history.pushState({ depth: depth() + 1 } satisfies Step, "", formatRoute(next));
    setRoute(next);
  }, []);
  const replace = useCallback((next: Route) => {
    history.replaceState({ depth: depth() } satisfies Step, "", formatRoute(next));
    setRoute(next);
  }, []);
  const back = useCallback(() => {
    if (depth() > 0) history.back();
    else replace({ view: "list" });
  }, [replace]);
  const leave = useCallback(
    (id: string) => {
      const at = parseRoute(location);
      if ("id" in at && at.id === id) replace({ view: "list" });
    },
    [replace],
  );
  return { route, go, replace, back, leave };
}

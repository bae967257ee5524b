import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Actions } from "../state/actions";
import type { Router } from "./router";

/** What every view may use: what a person can do, and where they can go. */
export interface Around {
  actions: Actions;
  go: Router["go"];
  replace: Router["replace"];
  back: Router["back"];
  /** leave goes to the list if the conversation shown is this one. */
  leave: Router["leave"];
}

export const AroundContext = createContext<Around | null>(null);

export function useAround(): Around {
  const around = useContext(AroundContext);
  if (!around) throw new Error("views: rendered outside of the app");
  return around;
}

import { useEffect, useState } from "preact/hooks";
import type { Inspection } from "../../api";
import { messageOf } from "../state/actions";
import { words } from "../words";
import { useAround } from "./context";

/** What is known of a text that may hold a link: nothing yet, or the agent's word. */
export type Inspected = Inspection | null;

/** useInspection asks the agent what a text is, shortly after it last changed. */
export function useInspection(text: string, ready: boolean): Inspected {
  const { actions } = useAround();
  const [found, setFound] = useState<Inspected>(null);
  useEffect(() => {
    setFound(null);
    if (!text.trim() || !ready) return undefined;
    let current = true;
    const timer = setTimeout(() => {
      const show = (inspection: Inspection) => current && setFound(inspection);
      actions.inspect(text).then(show, (e: unknown) => show({ kind: "unknown", ours: false, problem: messageOf(e) }));
    }, 120);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [text, ready]);
  return found;
}

/** obstacle says why a link cannot be opened here, or nothing. */
export function obstacle(found: Inspected): string {
  if (!found) return "";
  if (found.ours) return words.connect.ours;
  return found.problem || (found.kind === "unknown" ? words.connect.unknown : "");
}

/** meaning says what a link is. */
export function meaning(found: Inspected): string {
  return found && !obstacle(found) ? words.connect[found.kind] : "";
}

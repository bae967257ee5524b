import { useEffect, useState } from "preact/hooks";
import type { Inspection, LinkInfo } from "../../api";
import { messageOf } from "../state/call";
import { words } from "../words";
import { useAround } from "./context";

/** What is known of a text that may hold a link: nothing yet, or the agent's word. */
export type Inspected = Inspection | null;

/** useInspection asks the agent what a text is, shortly after it last changed. No relay is asked. */
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

/** What a relay says is behind a link: not asked, on its way, its word, or why there is none. */
export interface Behind {
  asking: boolean;
  info: LinkInfo | null;
  problem: string;
}

const unasked: Behind = { asking: false, info: null, problem: "" };

/** useBehind looks behind a link, once it is known to be one that can be opened, and looking is wanted. */
export function useBehind(text: string, found: Inspected, wanted = true): Behind {
  const { actions } = useAround();
  const [behind, setBehind] = useState(unasked);
  const asks = wanted && found !== null && !obstacle(found);
  useEffect(() => {
    setBehind({ ...unasked, asking: asks });
    if (!asks) return undefined;
    let current = true;
    const show = (next: Partial<Behind>) => current && setBehind({ ...unasked, ...next });
    actions.resolve(text).then((info) => show({ info }), (e: unknown) => show({ problem: words.connect.lookFailed(messageOf(e)) }));
    return () => {
      current = false;
    };
  }, [text, asks]);
  return behind;
}

/** somebody stands where the name will be, until a one-time link is looked behind: nothing moves then. */
export function somebody(behind: Behind): Behind {
  const { unknown } = words.contact;
  return behind.info ? behind : { ...behind, asking: false, info: { kind: "invitation", ours: false, contactId: "", name: unknown, fullName: "", description: "", image: "", message: "", problem: "" } };
}

/** obstacle says why a link cannot be opened here, or nothing. */
export function obstacle(found: Inspection | LinkInfo | null): string {
  if (!found) return "";
  if (found.ours) return words.connect.ours;
  return found.problem || (found.kind === "unknown" ? words.connect.unknown : "");
}

/** meaning says what a link is, and what happens when it is opened. */
export function meaning(found: Inspected): string {
  return found && !obstacle(found) ? words.connect[found.kind] : "";
}

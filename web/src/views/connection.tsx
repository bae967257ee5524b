import { useRef } from "preact/hooks";
import { words } from "../words";
import type { Connection } from "../state/contacts";
import { useLasting } from "./hooks";

/** ConnectionLine says what is wrong with the connection, once it has been wrong for two seconds. */
export function ConnectionLine({ connection, problem }: { connection: Connection; problem: string }) {
  const shown = useLasting<Connection>(connection, "fine", 2000);
  const told = useRef(""); // a problem stays in sight while one attempt after another fails
  if (problem || shown === "fine") told.current = problem;
  if (shown === "fine") return null;
  return (
    <p class="connection" role="status">
      {(shown === "reconnecting" && told.current) || words.connection[shown]}
    </p>
  );
}

import { words } from "../words";
import type { Connection } from "../state/contacts";
import { useLasting } from "./hooks";

/** ConnectionLine says what is wrong with the connection, once it has been wrong for two seconds. */
export function ConnectionLine({ connection, problem }: { connection: Connection; problem: string }) {
  const shown = useLasting<Connection>(connection, "fine", 2000);
  if (shown === "fine") return null;
  return (
    <p class="connection" role="status">
      {(shown === "reconnecting" && problem) || words.connection[shown]}
    </p>
  );
}

import { useState } from "preact/hooks";
import { words } from "../words";
import { useAround } from "./context";
import { Confirm } from "./dialog";

const { unreadable } = words;

/** BeginAnew deletes conversations that cannot be opened, after a question. */
export function BeginAnew() {
  const { actions } = useAround();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <button type="button" class="button danger" onClick={() => setAsking(true)}>
        {unreadable.anew}
      </button>
      {asking && (
        <Confirm
          title={unreadable.anewTitle}
          text={unreadable.anewText}
          confirm={unreadable.anewConfirm}
          explain={unreadable.anewFailed}
          onClose={() => setAsking(false)}
          onConfirm={actions.reset}
        />
      )}
    </>
  );
}

import { useState } from "preact/hooks";
import { words } from "../words";
import { useAround } from "./context";
import { BringCopy } from "./copy";
import { Confirm } from "./dialog";

const { unreadable } = words;

/** Unreadable fills the window when conversations were kept here and cannot be opened: nothing happens to them unasked. */
export function Unreadable({ problem }: { problem: string }) {
  const { actions } = useAround();
  const [asking, setAsking] = useState(false);
  return (
    <main class="whole">
      <div>
        <div role="alert">
          <h1>{unreadable.title}</h1>
          <p class="lead">{problem}</p>
          <p>{unreadable.kept}</p>
        </div>
        <div class="buttons">
          <button type="button" class="button main" onClick={() => location.reload()}>
            {words.reload}
          </button>
          <button type="button" class="button danger" onClick={() => setAsking(true)}>
            {unreadable.anew}
          </button>
        </div>
        <BringCopy />
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
      </div>
    </main>
  );
}

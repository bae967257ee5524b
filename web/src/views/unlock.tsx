import { useEffect, useRef, useState } from "preact/hooks";
import { words } from "../words";
import { BeginAnew } from "./begin-anew";
import { useAround } from "./context";
import { BringCopy } from "./copy";
import { useTask } from "./hooks";
import { Problem, WorkButton } from "./parts";
import { PassphraseField } from "./passphrase";

const { lock } = words;

/** Unlock fills the window while everything is locked. */
export function Unlock({ problem }: { problem: string }) {
  const { actions } = useAround();
  const [passphrase, setPassphrase] = useState("");
  const [forgotten, setForgotten] = useState(false);
  const task = useTask(lock.unlockFailed);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.querySelector("input")?.focus(), []);
  const unlock = (e: Event) => {
    e.preventDefault();
    if (!passphrase) return;
    task.run(async () => {
      await actions.unlock(passphrase);
      setPassphrase("");
    });
  };
  return (
    <main class="whole">
      <div>
        <div>
          <h1 tabIndex={-1}>{lock.lockedTitle}</h1>
          <p class="lead">{problem || lock.lockedText}</p>
        </div>
        <form ref={form} onSubmit={unlock} noValidate>
          <PassphraseField id="unlock" label={lock.passphrase} value={passphrase} onInput={setPassphrase} />
          <Problem text={task.problem} />
          <WorkButton class="button main wide" busy={task.busy} label={lock.unlock} busyLabel={lock.unlocking} />
          {!forgotten && (
            <button type="button" class="button wide" onClick={() => setForgotten(true)}>
              {lock.forgotten}
            </button>
          )}
        </form>
        {forgotten && (
          <>
            <p>{lock.forgottenText}</p>
            <BringCopy />
            <BeginAnew />
          </>
        )}
      </div>
    </main>
  );
}

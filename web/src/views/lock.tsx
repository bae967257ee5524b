import { useState } from "preact/hooks";
import type { Storage } from "../../api";
import { words } from "../words";
import { useAround } from "./context";
import { useTask } from "./hooks";
import { Problem, WorkButton } from "./parts";
import { PassphraseField } from "./passphrase";

const { lock } = words;

/** Characters that a passphrase has at least: each attempt to guess it here takes time. */
const shortest = 8;

/** Minutes without use after which everything can be locked; 0 is never. */
const pauses = [1, 5, 15, 60, 480, 0];

/** LockSettings sets, changes and removes the passphrase, and says when it is asked for. */
export function LockSettings({ storage }: { storage: Storage }) {
  return (
    <>
      <p class="lead">{storage.protected ? lock.text : `${lock.none} ${lock.text}`}</p>
      {storage.protected && <LockTimes storage={storage} />}
      <SetPassphrase key={String(storage.protected)} change={storage.protected} />
      {storage.protected && <RemovePassphrase />}
    </>
  );
}

function LockTimes({ storage }: { storage: Storage }) {
  const { actions } = useAround();
  const task = useTask(lock.afterFailed);
  const choose = (minutes: number) => task.run(() => actions.lockAfter(minutes));
  return (
    <section class="section">
      <div class="field">
        <label for="lock-after">{lock.after}</label>
        <select id="lock-after" class="input" aria-describedby="lock-hint" value={String(storage.lockAfter)} onChange={(e) => choose(Number(e.currentTarget.value))}>
          {[...new Set([...pauses, storage.lockAfter])].map((n) => (
            <option key={n} value={String(n)}>
              {n ? lock.minutes(n) : lock.never}
            </option>
          ))}
        </select>
        <p class="hint" id="lock-hint">
          {lock.afterText}
        </p>
      </div>
      <Problem text={task.problem} />
      <button type="button" class="button line" onClick={() => task.run(actions.lock)}>
        {lock.now}
      </button>
    </section>
  );
}

function problemOf(change: boolean, current: string, next: string, again: string): string {
  if (change && !current) return lock.missing;
  if ([...next].length < shortest) return lock.tooShort;
  return next === again ? "" : lock.different;
}

function SetPassphrase({ change }: { change: boolean }) {
  const { actions } = useAround();
  const [[current, next, again], setFields] = useState(["", "", ""]);
  const [refused, setRefused] = useState("");
  const [done, setDone] = useState(false);
  const task = useTask(lock.failed);
  const fill = (fields: [string, string, string]) => {
    setFields(fields);
    setRefused("");
    setDone(false);
  };
  const save = (e: Event) => {
    e.preventDefault();
    const wrong = problemOf(change, current ?? "", next ?? "", again ?? "");
    setRefused(wrong);
    if (wrong) return;
    task.run(async () => {
      await actions.setPassphrase(current ?? "", next ?? "");
      fill(["", "", ""]);
      setDone(true);
    });
  };
  const [c, n, a] = [current ?? "", next ?? "", again ?? ""];
  return (
    <section class="section">
      <h2>{change ? lock.change : lock.set}</h2>
      <form onSubmit={save} noValidate>
        {change && <PassphraseField id="lock-current" label={lock.current} value={c} onInput={(value) => fill([value, n, a])} />}
        <PassphraseField id="lock-next" fresh label={lock.next} hint={lock.nextHint} value={n} onInput={(value) => fill([c, value, a])} />
        <PassphraseField id="lock-again" fresh label={lock.again} value={a} onInput={(value) => fill([c, n, value])} />
        <Problem text={refused || task.problem} />
        <WorkButton class={change ? "button line" : "button main"} busy={task.busy} label={change ? lock.change : lock.set} busyLabel={lock.busy} />
        <p role="status">{done ? lock.done : ""}</p>
      </form>
    </section>
  );
}

function RemovePassphrase() {
  const { actions } = useAround();
  const [current, setCurrent] = useState("");
  const [refused, setRefused] = useState("");
  const task = useTask(lock.failed);
  const remove = (e: Event) => {
    e.preventDefault();
    setRefused(current ? "" : lock.missing);
    if (current) task.run(() => actions.removePassphrase(current));
  };
  return (
    <section class="section">
      <h2>{lock.remove}</h2>
      <p>{lock.removeText}</p>
      <form onSubmit={remove} noValidate>
        <PassphraseField id="lock-remove" label={lock.current} value={current} onInput={(value) => (setCurrent(value), setRefused(""))} />
        <Problem text={refused || task.problem} />
        <WorkButton class="button line" busy={task.busy} label={lock.remove} busyLabel={lock.busy} />
      </form>
    </section>
  );
}

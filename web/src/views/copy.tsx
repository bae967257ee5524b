import { useState } from "preact/hooks";
import type { Check } from "../state/copy";
import { words } from "../words";
import { useAround } from "./context";
import { Confirm } from "./dialog";
import { useTask } from "./hooks";
import { Problem, WorkButton } from "./parts";
import { PassphraseField } from "./passphrase";

const { copy } = words;

/** Characters that a passphrase of a copy has at least: the file may be tried out by whoever gets it. */
const shortest = 12;

function Bar({ label, done }: { label: string; done: number }) {
  return <progress class="progress" aria-label={label} max={1} value={done} />;
}

/** The browser saves the file as it saves downloads. */
function download(file: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = copy.fileName(new Date().toISOString().slice(0, 10));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the download has begun
}

/** SaveCopy makes one encrypted file of everything. */
export function SaveCopy() {
  const { actions } = useAround();
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [refused, setRefused] = useState("");
  const [done, setDone] = useState(0);
  const [saved, setSaved] = useState(false);
  const task = useTask(copy.notSaved);
  const change = (set: (value: string) => void) => (value: string) => {
    set(value);
    setRefused("");
    setSaved(false);
  };
  const save = (e: Event) => {
    e.preventDefault();
    const wrong = [...passphrase].length < shortest ? copy.tooShort : passphrase !== again ? copy.different : "";
    setRefused(wrong);
    if (wrong) return;
    task.run(async () => {
      setDone(0);
      download(await actions.makeCopy(passphrase, setDone));
      setPassphrase("");
      setAgain("");
      setSaved(true);
    });
  };
  return (
    <section class="section">
      <h2>{copy.save}</h2>
      <p>{copy.saveText}</p>
      <p>{copy.oneDevice}</p>
      <form onSubmit={save} noValidate>
        <PassphraseField id="copy-passphrase" fresh label={copy.passphrase} hint={copy.passphraseHint} value={passphrase} onInput={change(setPassphrase)} />
        <PassphraseField id="copy-again" fresh label={copy.again} value={again} onInput={change(setAgain)} />
        <Problem text={refused || task.problem} />
        {task.busy && <Bar label={copy.saving} done={done} />}
        <WorkButton class="button line" busy={task.busy} label={copy.saveButton} busyLabel={copy.saving} />
        {saved && <p role="status">{copy.saved}</p>}
      </form>
    </section>
  );
}

/** BringCopy puts what is in such a file in place of everything here, once it was verified. */
export function BringCopy() {
  const { actions } = useAround();
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState("");
  const [refused, setRefused] = useState("");
  const [done, setDone] = useState(0);
  const [check, setCheck] = useState<Check | null>(null);
  const task = useTask(copy.notBrought);
  const verify = (e: Event) => {
    e.preventDefault();
    const wrong = !file ? copy.noFile : passphrase ? "" : copy.noPassphrase;
    setRefused(wrong);
    if (wrong || !file) return;
    task.run(async () => {
      setDone(0);
      setCheck(await actions.checkCopy(file, passphrase, setDone));
    });
  };
  return (
    <section class="section">
      <h2>{copy.bring}</h2>
      <p>{copy.bringText}</p>
      <form onSubmit={verify} noValidate>
        <div class="field">
          <label for="copy-file">{copy.file}</label>
          <input id="copy-file" class="input" type="file" onChange={(e) => setFile(e.currentTarget.files?.[0] ?? null)} />
        </div>
        <PassphraseField id="copy-its-passphrase" label={copy.itsPassphrase} value={passphrase} onInput={setPassphrase} />
        <Problem text={refused || task.problem} />
        {task.busy && <Bar label={copy.checking} done={done} />}
        <WorkButton class="button line" busy={task.busy} label={copy.bringButton} busyLabel={copy.checking} />
      </form>
      {check && (
        <Confirm
          title={copy.replaceTitle}
          text={copy.replaceText}
          confirm={copy.replace}
          explain={copy.notBrought}
          onClose={() => setCheck(null)}
          onConfirm={async () => {
            await actions.replace(check);
            setCheck(null);
            setPassphrase("");
          }}
        />
      )}
    </section>
  );
}

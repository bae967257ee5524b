import { useState } from "preact/hooks";
import type { Address } from "../../api";
import { words } from "../words";
import { useAround } from "./context";
import { useTask } from "./hooks";
import { Problem, Switch, WorkButton } from "./parts";

const { address: texts } = words;

/** Characters of the welcome message. */
const longest = 4000;

function problemOf(welcome: string, limit: string): string {
  if (new TextEncoder().encode(welcome).length > longest) return texts.tooLong;
  return /^\d{0,6}$/.test(limit.trim()) ? "" : texts.wrongLimit;
}

/** AddressForm is the welcome message of an address, and who comes in without being asked. */
export function AddressForm({ id, address }: { id: string; address: Address }) {
  const { actions } = useAround();
  const [welcome, setWelcome] = useState(address.welcome);
  const [autoAccept, setAutoAccept] = useState(address.autoAccept);
  const [limit, setLimit] = useState(address.limit ? String(address.limit) : "");
  const [refused, setRefused] = useState("");
  const task = useTask(texts.saveFailed);
  const next = { welcome: welcome.trim(), autoAccept, limit: autoAccept ? Number(limit) || 0 : 0 };
  const changed = next.welcome !== address.welcome || next.autoAccept !== address.autoAccept || next.limit !== address.limit;
  const save = (e: Event) => {
    e.preventDefault();
    const wrong = problemOf(next.welcome, limit);
    setRefused(wrong);
    if (!wrong && changed) task.run(() => actions.setAddress(id, next));
  };
  return (
    <section class="section">
      <form onSubmit={save} noValidate>
        <div class="field">
          <label for="welcome">{texts.welcome}</label>
          <textarea id="welcome" class="input" rows={3} dir="auto" aria-describedby="welcome-hint" value={welcome} onInput={(e) => setWelcome(e.currentTarget.value)} />
          <p class="hint" id="welcome-hint">
            {texts.welcomeHint}
          </p>
        </div>
        <Switch label={texts.auto} hint={texts.autoText} on={autoAccept} onChange={setAutoAccept} />
        {autoAccept && (
          <div class="field">
            <label for="limit">{texts.limit}</label>
            <input id="limit" class="input" inputMode="numeric" autocomplete="off" aria-describedby="limit-hint" value={limit} onInput={(e) => setLimit(e.currentTarget.value)} />
            <p class="hint" id="limit-hint">
              {texts.limitHint(address.accepted)}
            </p>
          </div>
        )}
        <Problem text={refused || task.problem} />
        <WorkButton class="button main wide" busy={task.busy} disabled={!changed} label={changed ? texts.save : texts.saved} busyLabel={texts.save} />
      </form>
    </section>
  );
}

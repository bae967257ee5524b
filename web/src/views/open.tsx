import { useState } from "preact/hooks";
import type { Greeting } from "../state/people";
import { words } from "../words";
import { Known } from "./connect";
import { useAround } from "./context";
import { GreetingFields, WhoIsBehind } from "./greeting";
import { useTask } from "./hooks";
import { obstacle, useBehind, useInspection } from "./inspection";
import { hasKeyboard } from "./keyboard";
import { BackButton, Icon, Problem, WorkButton } from "./parts";
import { canScan, Scan } from "./scan";

/** Open takes a link, pasted or scanned, says what it is, and connects. */
export function Open({ ready }: { ready: boolean }) {
  const { actions, replace } = useAround();
  const [text, setText] = useState("");
  const [scanning, setScanning] = useState(false);
  const task = useTask(words.open.failed);
  const found = useInspection(text, ready);
  const behind = useBehind(text, found);
  const obstructed = obstacle(found) || obstacle(behind.info);
  const known = (!obstructed && behind.info?.contactId) || "";
  const [greeting, setGreeting] = useState<Greeting>({});
  const connect = (e: Event) => {
    e.preventDefault();
    if (!found || obstructed || known) return;
    task.run(async () => {
      const contact = await actions.connect(text, greeting);
      replace({ view: "conversation", id: contact.id });
    });
  };
  return (
    <>
      <div class="bar">
        <BackButton always />
        <h1 class="bar-title" tabIndex={-1}>
          {words.open.title}
        </h1>
      </div>
      <div class="scroll">
        <div class="page">
          <form onSubmit={connect}>
            <div class="field">
              <label for="link">{words.open.label}</label>
              <textarea
                id="link"
                class="input"
                rows={4}
                dir="auto"
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                aria-describedby="link-hint"
                ref={(el) => focusOnce(el)}
                value={text}
                onInput={(e) => setText(e.currentTarget.value)}
                onKeyDown={(e) => e.key === "Enter" && !e.shiftKey && hasKeyboard() && connect(e)}
              />
              <p class="hint" id="link-hint">
                {words.open.hint}
              </p>
            </div>
            {found && !obstructed && <WhoIsBehind found={found} behind={behind} known={known !== ""} />}
            {found && !obstructed && !known && <GreetingFields named greeting={greeting} onChange={setGreeting} />}
            <Problem text={task.problem || obstructed} />
            {known ? (
              <Known id={known} />
            ) : (
              <WorkButton class="button main wide" busy={task.busy} disabled={!found || obstructed !== ""} label={words.open.connect} busyLabel={words.open.connecting} />
            )}
            {!found && canScan() && (
              <button type="button" class="button wide" onClick={() => setScanning(!scanning)}>
                <Icon name="scan" />
                {scanning ? words.open.stopScan : words.open.scan}
              </button>
            )}
          </form>
          {scanning && (
            <Scan
              onFound={(code) => {
                setText(code);
                setScanning(false);
              }}
            />
          )}
        </div>
      </div>
    </>
  );
}

const focused = new WeakSet<Element>();

function focusOnce(el: HTMLElement | null): void {
  if (!el || focused.has(el)) return;
  focused.add(el);
  el.focus();
}

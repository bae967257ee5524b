import { useLayoutEffect, useMemo, useState } from "preact/hooks";
import { connectionOf, relayProblem } from "../../../state/contacts";
import { messageOf } from "../../../state/call";
import { ConnectionLine } from "../../../views/connection";
import { AroundContext } from "../../../views/context";
import { Icon } from "../../../views/parts";
import type { Visit } from "../visit";
import { words } from "../words";
import { Header } from "./header";
import { Talking } from "./talking";

const nowhere = (): void => undefined;

/** Widget is all of the chat. While the visitor does not see it, nothing is drawn, and so nothing counts as read. */
export function Widget({ visit, onClose, lack }: { visit: Visit; onClose: () => void; lack: boolean }) {
  const [, draw] = useState(0);
  // At once, not after the next painting: there is none while the frame is hidden, and what is said meanwhile counts.
  useLayoutEffect(() => visit.subscribe(() => draw((n) => n + 1)), [visit]);
  const around = useMemo(() => ({ actions: visit.actions, go: nowhere, replace: nowhere, back: nowhere, leave: nowhere }), [visit]);
  if (!visit.visitor.shown) return null;
  return (
    <AroundContext.Provider value={around}>
      <div class="widget">
        <Header visit={visit} onClose={onClose} />
        <main>{lack ? <Halted title={words.noWasm} text="" /> : <Body visit={visit} />}</main>
      </div>
    </AroundContext.Provider>
  );
}

function Body({ visit }: { visit: Visit }) {
  const state = visit.store.get();
  const { contact, visitor } = visit;
  const wrong = visitor.info?.problem || (!visitor.options.address && words.badAddress);
  if (state.phase === "stopped") return <Halted title={words.stopped} text={state.problem} act={{ label: words.reload, run: async () => location.reload() }} />;
  if (state.storage?.kind === "unreadable") return <Halted title={words.unreadable} text={state.storage.problem} act={{ label: words.unreadableButton, run: () => visit.actions.reset() }} />;
  if (!contact && wrong) return <Halted title={words.badAddress} text={wrong === words.badAddress ? "" : wrong} />;
  const begun = contact !== null || visit.waitingFirst.length > 0;
  return (
    <>
      {state.storage?.kind === "memory" && begun && <p class="kept">{words.memory}</p>}
      <ConnectionLine connection={begun ? connectionOf(state) : "fine"} problem={relayProblem(state)} />
      <Talking visit={visit} begun={begun} />
    </>
  );
}

/** Halted says why nothing can be written, and what can be done about it. */
function Halted({ title, text, act }: { title: string; text: string; act?: { label: string; run: () => Promise<void> } }) {
  const [problem, setProblem] = useState("");
  const run = () => void act?.run().catch((error: unknown) => setProblem(messageOf(error)));
  return (
    <div class="scroll empty" role="alert">
      <Icon name="alert" />
      <h2>{title}</h2>
      <p>{problem || text}</p>
      {act && (
        <div class="buttons">
          <button type="button" class="button main" onClick={run}>
            {act.label}
          </button>
        </div>
      )}
    </div>
  );
}

import { useMemo, useRef, useState } from "preact/hooks";
import type { Contact } from "../../../../api";
import { nameOf } from "../../../state/contacts";
import { Composer } from "../../../views/composer";
import { Messages } from "../../../views/messages";
import { TalkContext, type Intent, type Talk } from "../../../views/talk";
import { words as shared } from "../../../words";
import type { Visit } from "../visit";
import { words } from "../words";
import { ownerOf } from "./header";
import { save } from "./save";

/**
 * Talking is the conversation once something was written. The composer stays the same one from the first message on,
 * so that nothing being written is lost while the conversation comes about.
 */
export function Talking({ visit, contact }: { visit: Visit; contact: Contact }) {
  const [intent, setIntent] = useState<Intent | null>(null);
  const messages = useRef<HTMLDivElement>(null);
  const connected = contact.state === "connected";
  const talk = useMemo<Talk>(
    () => ({
      open: connected,
      begin: setIntent,
      show: (seq) => messages.current?.querySelector(`[data-seq="${seq}"]`)?.scrollIntoView({ block: "center" }),
    }),
    [connected],
  );
  const { name } = ownerOf(visit);
  const shown = contact.profile.displayName ? contact : { ...contact, profile: { ...contact.profile, displayName: name } };
  const over = contact.state === "ended" || contact.state === "failed";
  return (
    <TalkContext.Provider value={talk}>
      <div class="stretch" ref={messages}>
        <Messages key={contact.id} contact={shown} thread={visit.store.get().threads.get(contact.id)} />
      </div>
      {!connected && !over && <Waiting visit={visit} contact={contact} />}
      {over ? <Over visit={visit} problem={contact.problem ?? ""} name={name} /> : <Composer contactId={contact.id} draft={contact.draft ?? ""} intent={intent} name={nameOf(shown, shared.contact)} onDone={() => setIntent(null)} />}
    </TalkContext.Provider>
  );
}

// Rejection is silent: all that can be said is that nobody has answered yet.
function Waiting({ visit, contact }: { visit: Visit; contact: Contact }) {
  const { options } = visit.visitor;
  if (!contact.createdAt) {
    const failed = visit.waitingFirst.some((o) => o.problem);
    return failed ? null : <Notice title={words.sending} text="" />;
  }
  const memory = visit.store.get().storage?.kind === "memory";
  return <Notice title={words.waiting} text={options.offline || (memory ? words.waitingMemory : words.waitingText)} />;
}

function Notice({ title, text }: { title: string; text: string }) {
  return (
    <div class="notice" role="status">
      <p>
        <strong>{title}</strong>
        {text && <span dir="auto">{text}</span>}
      </p>
    </div>
  );
}

function Over({ visit, problem, name }: { visit: Visit; problem: string; name: string }) {
  return (
    <div class="notice over">
      <p role="status">
        <strong>{words.ended}</strong>
        <span>{problem || words.endedText}</span>
      </p>
      <div class="buttons across">
        <button type="button" class="button line" onClick={() => void save(visit, name)}>
          {words.save}
        </button>
        <button type="button" class="button main" onClick={() => void visit.end()}>
          {words.anew}
        </button>
      </div>
    </div>
  );
}

import { useMemo, useState } from "preact/hooks";
import type { Contact } from "../../../../api";
import { nameOf } from "../../../state/contacts";
import { emptyThread } from "../../../state/state";
import { Composer } from "../../../views/composer";
import { Messages } from "../../../views/messages";
import { TalkContext, type Goal, type Intent, type Talk } from "../../../views/talk";
import { words as shared } from "../../../words";
import { firstId, type Visit } from "../visit";
import { words } from "../words";
import { Before, Welcome } from "./fresh";
import { ownerOf } from "./header";
import { save } from "./save";

/** The conversation before there is one, for views that show a conversation. */
const nobody: Contact = {
  id: firstId, profileId: "", kind: "person", state: "joining", profile: { displayName: "", fullName: "" }, postQuantum: false, verified: false, createdAt: 0, activeAt: 0, unread: 0,
};

/**
 * Talking is the conversation, or who answers while nothing was written yet, and the composer. That stays the same one
 * from the beginning on, so that nothing being written is lost while the conversation comes about.
 */
export function Talking({ visit, begun }: { visit: Visit; begun: boolean }) {
  const contact = visit.contact ?? nobody;
  const [intent, setIntent] = useState<Intent | null>(null);
  const [goal, setGoal] = useState<Goal | null>(null);
  const connected = contact.state === "connected";
  const talk = useMemo<Talk>(() => ({ open: connected, begin: setIntent, show: (seq) => setGoal({ seq }) }), [connected]);
  const { name } = ownerOf(visit);
  const shown = contact.profile.displayName ? contact : { ...contact, profile: { ...contact.profile, displayName: name } };
  const over = contact.state === "ended" || contact.state === "failed";
  return (
    <TalkContext.Provider value={talk}>
      {begun ? (
        <Messages key={contact.id} contact={shown} thread={contact === nobody ? { ...emptyThread, more: false, outbox: visit.waitingFirst } : visit.store.get().threads.get(contact.id)} goal={goal} />
      ) : (
        <div key="fresh" class="scroll" tabIndex={0} role="region" aria-label={shared.conversation.messages}>
          <Welcome visit={visit} />
        </div>
      )}
      {!begun && <Before visit={visit} />}
      {begun && !connected && !over && <Waiting visit={visit} contact={contact} />}
      {over ? (
        <Over visit={visit} problem={contact.problem ?? ""} name={name} />
      ) : (
        <Composer key={`composer-${visit.visitor.refused}`} contactId={contact.id} draft={visit.draft || (contact.draft ?? "")} intent={intent} name={nameOf(shown, shared.contact)} onDone={() => setIntent(null)} />
      )}
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

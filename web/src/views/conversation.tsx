import { useEffect, useMemo, useState } from "preact/hooks";
import type { Contact } from "../../api";
import { nameOf, trustLine } from "../state/contacts";
import type { Thread } from "../state/state";
import { words } from "../words";
import { Composer } from "./composer";
import { useAround } from "./context";
import { Delete } from "./delete";
import { memo } from "./hooks";
import { Invitation } from "./invitation";
import { Messages } from "./messages";
import { BackButton, ContactAvatar, Go, Icon } from "./parts";
import { Request } from "./request";
import { SyncBanner } from "./sync";
import { TalkContext, type Goal, type Intent, type Talk } from "./talk";

interface ConversationProps {
  contact: Contact;
  thread?: Thread | undefined;
}

/** Conversation is the page of one contact, whatever its state. */
export const Conversation = memo(function Conversation({ contact, thread }: ConversationProps) {
  const { actions } = useAround();
  useEffect(() => () => actions.leave(contact.id), [contact.id]);
  return (
    <>
      <Header contact={contact} />
      <Body key={contact.id} contact={contact} thread={thread} />
    </>
  );
});

function Body({ contact, thread }: ConversationProps) {
  switch (contact.state) {
    case "invited":
      return <Invitation contact={contact} />;
    case "joining":
    case "waiting":
      return <Waiting contact={contact} thread={thread} />;
    case "requested":
      return <Request contact={contact} />;
    case "failed":
      return <Stand title={words.conversation.failedTitle} text={`${contact.problem ?? ""} ${words.conversation.failedText}`.trim()} remove={contact} />;
    case "ended":
      return (
        <>
          <Messages contact={contact} thread={thread} />
          <Farewell contact={contact} />
        </>
      );
    case "connected":
      return <Talking contact={contact} thread={thread} />;
  }
}

function Talking({ contact, thread }: ConversationProps) {
  const [intent, setIntent] = useState<Intent | null>(null);
  const [goal, setGoal] = useState<Goal | null>(null);
  const talk = useMemo<Talk>(() => ({ open: true, begin: setIntent, show: (seq) => setGoal({ seq }) }), []);
  return (
    <TalkContext.Provider value={talk}>
      <SyncBanner contact={contact} />
      <Messages contact={contact} thread={thread} goal={goal} />
      <Composer contactId={contact.id} draft={contact.draft ?? ""} intent={intent} name={nameOf(contact, words.contact)} onDone={() => setIntent(null)} />
    </TalkContext.Provider>
  );
}

// Somebody was asked and has not answered: what was written already stands there, and why nothing follows yet.
function Waiting({ contact, thread }: ConversationProps) {
  const { conversation } = words;
  const text = contact.state === "waiting" ? conversation.waitingText : conversation.joiningText;
  if (!contact.last && contact.state === "joining") return <Stand title={conversation.joiningTitle} text={text} />;
  return (
    <>
      <Messages contact={contact} thread={thread} />
      <div class="farewell calm" role="status">
        <div class="column">
          <div>
            <h2>{conversation.joiningTitle}</h2>
            <p>{text}</p>
          </div>
        </div>
      </div>
      {contact.state === "waiting" && <Composer contactId={contact.id} draft={contact.draft ?? ""} />}
    </>
  );
}

function Header({ contact }: { contact: Contact }) {
  return (
    <div class="bar">
      <BackButton />
      <Go to={{ view: "details", id: contact.id }} class="who">
        <ContactAvatar contact={contact} />
        <div>
          <h1 class="cut" dir="auto" tabIndex={-1}>
            {nameOf(contact, words.contact)}
          </h1>
          <Trust contact={contact} />
        </div>
        <Icon name="info" />
        <span class="hidden">{words.details.open}</span>
      </Go>
    </div>
  );
}

function Trust({ contact }: { contact: Contact }) {
  const connected = contact.state === "connected";
  return (
    <p class="trust">
      {connected && <Icon name={contact.verified ? "shield" : "lock"} class="small" />}
      <span class="cut">{trustLine(contact, words.contact)}</span>
      {connected && contact.verified && <span class="hidden">{words.contact.verified}</span>}
    </p>
  );
}

function Stand({ title, text, remove }: { title: string; text: string; remove?: Contact }) {
  return (
    <div class="scroll empty" role="status">
      <h2>{title}</h2>
      <p>{text}</p>
      {remove && (
        <div class="buttons">
          <Delete contact={remove} />
        </div>
      )}
    </div>
  );
}

function Farewell({ contact }: { contact: Contact }) {
  return (
    <div class="farewell">
      <div class="column">
        <p>
          <strong>{contact.problem || words.contact.ended}</strong>
          {words.conversation.endedText}
        </p>
        <Delete contact={contact} />
      </div>
    </div>
  );
}

import { useEffect } from "preact/hooks";
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
      return <Stand title={words.conversation.joiningTitle} text={words.conversation.joiningText} />;
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
      return (
        <>
          <Messages contact={contact} thread={thread} />
          <Composer contactId={contact.id} draft={contact.draft ?? ""} />
        </>
      );
  }
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
          <p class="trust">
            {contact.state === "connected" && <Icon name="lock" class="small" />}
            <span class="cut">{trustLine(contact, words.contact)}</span>
          </p>
        </div>
        <Icon name="info" />
        <span class="hidden">{words.details.open}</span>
      </Go>
    </div>
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

import { useEffect, useRef, useState } from "preact/hooks";
import type { Contact, Relay } from "../../api";
import { nameOf, stateLine } from "../state/contacts";
import { moment } from "../text/time";
import { words } from "../words";
import { useAround } from "./context";
import { Confirm } from "./dialog";
import { useEscape } from "./hooks";
import { ContactAvatar, Icon, Name } from "./parts";

/** Details slides over a conversation: who it is with, how it is protected, and its end. */
export function Details({ contact, relays }: { contact: Contact; relays: readonly Relay[] }) {
  const { back } = useAround();
  const close = useRef<HTMLButtonElement>(null);
  useEscape(back);
  useEffect(() => close.current?.focus(), []);
  return (
    <>
      <div class="scrim" onClick={back} />
      <aside class="sheet" aria-label={words.details.title}>
        <header class="bar">
          <button ref={close} type="button" class="round" aria-label={words.close} onClick={back}>
            <Icon name="close" />
          </button>
          <h1 class="bar-title">{words.details.title}</h1>
        </header>
        <div class="scroll">
          <div class="body">
            <div class="person">
              <ContactAvatar contact={contact} />
              <h2>
                <Name contact={contact} />
              </h2>
              {contact.profile.fullName && (
                <p>
                  <bdi>{contact.profile.fullName}</bdi>
                </p>
              )}
              {contact.state !== "connected" && <p>{stateLine(contact, words.contact)}</p>}
            </div>
            <Encryption contact={contact} />
            <Relays relays={relays} />
            <section class="section">
              <h3>{words.details.since}</h3>
              <p>{moment(contact.createdAt)}</p>
            </section>
            <Delete contact={contact} />
          </div>
        </div>
      </aside>
    </>
  );
}

function Encryption({ contact }: { contact: Contact }) {
  const agreed = contact.state === "connected" || contact.state === "ended";
  const line = contact.postQuantum ? words.contact.postQuantum : words.contact.encrypted;
  const text = contact.postQuantum ? words.details.postQuantum : words.details.classic;
  return (
    <section class="section">
      <h3>{words.details.encryption}</h3>
      {agreed && <p class="fact">{line}</p>}
      <p>{agreed ? text : words.details.notYet}</p>
    </section>
  );
}

function Relays({ relays }: { relays: readonly Relay[] }) {
  return (
    <section class="section">
      <h3>{words.details.relay}</h3>
      {relays.map((relay) => (
        <p key={relay.address} class="fact">
          <span>{relay.host}</span>
        </p>
      ))}
      <p>{words.details.relayText}</p>
    </section>
  );
}

function Delete({ contact }: { contact: Contact }) {
  const { actions, replace } = useAround();
  const [asking, setAsking] = useState(false);
  const invited = contact.state === "invited";
  const { details } = words;
  return (
    <section class="section">
      <button type="button" class="button danger" onClick={() => setAsking(true)}>
        <Icon name="trash" />
        {invited ? words.invitation.delete : details.delete}
      </button>
      {asking && (
        <Confirm
          title={invited ? details.deleteInvitationTitle : details.deleteTitle(nameOf(contact, words.contact))}
          text={invited ? details.deleteInvitationText : details.deleteText}
          confirm={details.deleteConfirm}
          explain={details.deleteFailed}
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await actions.remove(contact.id);
            replace({ view: "list" });
          }}
        />
      )}
    </section>
  );
}

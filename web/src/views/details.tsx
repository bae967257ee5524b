import { useEffect, useRef } from "preact/hooks";
import type { Contact, Relay } from "../../api";
import { stateLine } from "../state/contacts";
import { moment } from "../text/time";
import { words } from "../words";
import { useAround } from "./context";
import { Delete } from "./delete";
import { useEscape } from "./hooks";
import { ContactAvatar, Icon, Name } from "./parts";

/** Details slides over a conversation: who it is with, how it is protected, and its end. */
export function Details({ contact, relays }: { contact: Contact; relays: readonly Relay[] }) {
  const { back } = useAround();
  const close = useRef<HTMLButtonElement>(null);
  useEscape(back);
  useEffect(() => {
    const before = document.activeElement;
    close.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <>
      <div class="scrim" onClick={back} />
      <aside class="sheet" aria-label={words.details.title}>
        <div class="bar">
          <button ref={close} type="button" class="round" aria-label={words.close} onClick={back}>
            <Icon name="close" />
          </button>
          <h1 class="bar-title">{words.details.title}</h1>
        </div>
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
            <section class="section">
              <Delete contact={contact} />
            </section>
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

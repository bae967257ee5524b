import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Contact, Member, Relay } from "../../api";
import { stateLine } from "../state/contacts";
import { lasting, moment } from "../text/time";
import { words } from "../words";
import { useAround } from "./context";
import { Delete } from "./delete";
import { Encryption } from "./encryption";
import { useEscape } from "./hooks";
import { Once } from "./once";
import { Avatar, ContactAvatar, Icon, Name } from "./parts";

const { details } = words;

/** Details slides over a conversation: who it is with, how it is protected, and its end. */
export function Details({ contact, relays }: { contact: Contact; relays: readonly Relay[] }) {
  return (
    <Sheet title={details.title}>
      <Person contact={contact} />
      <Encryption contact={contact} />
      {contact.members && contact.members.length > 0 && <Members members={contact.members} />}
      {contact.incognito && (
        <section class="section">
          <h3>{details.incognito}</h3>
          <p>{details.incognitoText(contact.incognito)}</p>
        </section>
      )}
      {contact.ttl ? (
        <section class="section">
          <h3>{details.ttl}</h3>
          <p>{details.ttlText(lasting(contact.ttl))}</p>
        </section>
      ) : null}
      <Relays contact={contact} relays={relays} />
      <section class="section">
        <h3>{details.since}</h3>
        <p>{moment(contact.createdAt)}</p>
      </section>
      <section class="section">
        <Delete contact={contact} />
      </section>
    </Sheet>
  );
}

function Sheet({ title, children }: { title: string; children: ComponentChildren }) {
  const { back } = useAround();
  const close = useRef<HTMLButtonElement>(null);
  useEscape(back);
  useLayoutEffect(() => {
    const before = document.activeElement;
    close.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <>
      <div class="scrim" onClick={back} />
      <aside class="sheet" aria-label={title}>
        <div class="bar">
          <button ref={close} type="button" class="round" aria-label={words.close} onClick={back}>
            <Icon name="close" />
          </button>
          <h1 class="bar-title">{title}</h1>
        </div>
        <div class="scroll">
          <div class="body">{children}</div>
        </div>
      </aside>
    </>
  );
}

function Person({ contact }: { contact: Contact }) {
  const { fullName, description } = contact.profile;
  return (
    <div class="person">
      <ContactAvatar contact={contact} />
      <h2>
        <Name contact={contact} />
      </h2>
      {[fullName, description].filter(Boolean).map((line) => (
        <p key={line}>
          <bdi>{line}</bdi>
        </p>
      ))}
      {contact.state !== "connected" && <p>{stateLine(contact, words.contact)}</p>}
    </div>
  );
}

function Members({ members }: { members: readonly Member[] }) {
  return (
    <section class="section">
      <h3>{details.members}</h3>
      <ul class="members">
        {members.map((member) => (
          <li key={member.id}>
            <Avatar profile={member.profile} />
            <span class="cut" dir="auto">
              {member.profile.displayName || words.contact.unknown}
            </span>
            {member.gone && <small>{details.gone}</small>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Relays({ contact, relays }: { contact: Contact; relays: readonly Relay[] }) {
  const { actions } = useAround();
  return (
    <section class="section">
      <h3>{details.relay}</h3>
      {relays.map((relay) => (
        <p key={relay.address} class="fact">
          <span>{relay.host}</span>
        </p>
      ))}
      <p>{details.relayText}</p>
      {contact.state === "connected" && (
        <Once
          label={details.move}
          busy={details.moving}
          text={details.moveText}
          done={details.moved}
          explain={details.moveFailed}
          run={() => actions.switchQueue(contact.id)}
        />
      )}
    </section>
  );
}

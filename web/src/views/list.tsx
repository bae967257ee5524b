import { useMemo, useRef, useState } from "preact/hooks";
import type { Contact, Item, Storage } from "../../api";
import { nameOf, search, sorted, stateLine, unreadTotal } from "../state/contacts";
import { plainText } from "../text/markdown";
import { shortTime } from "../text/time";
import { words } from "../words";
import { EchoButton } from "./echo";
import { memo, useNow } from "./hooks";
import { ContactAvatar, Go, Icon } from "./parts";
import { Tick } from "./tick";

interface ListProps {
  ready: boolean;
  contacts: ReadonlyMap<string, Contact>;
  storage: Storage | null;
  echo: boolean;
  openId: string;
}

/** List shows all conversations, the one that was active last on top. */
export const List = memo(function List(props: ListProps) {
  const [query, setQuery] = useState("");
  const all = useMemo(() => sorted(props.contacts), [props.contacts]);
  const shown = useMemo(() => search(all, query), [all, query]);
  return (
    <>
      <div class="bar list-bar">
        <h1 class="self">{words.name}</h1>
        <Go to={{ view: "settings" }} class="round" aria-label={words.list.settings}>
          <Icon name="settings" />
        </Go>
        <Go to={{ view: "new" }} class="round" aria-label={words.list.new}>
          <Icon name="plus" />
        </Go>
      </div>
      {props.contacts.size > 0 && <Search query={query} onQuery={setQuery} />}
      {props.storage?.kind === "memory" && <NotKept storage={props.storage} />}
      {props.ready ? <Rows contacts={shown} query={query} openId={props.openId} echo={props.echo} empty={!all.length} /> : <Skeleton />}
      <p class="hidden" role="status">
        {unreadTotal(props.contacts) > 0 ? words.list.unread(unreadTotal(props.contacts)) : ""}
      </p>
    </>
  );
});

function NotKept({ storage }: { storage: Storage }) {
  return (
    <p class="note warn notice">
      <Icon name="alert" />
      <span>{storage.problem || words.list.notKept}</span>
    </p>
  );
}

function Search({ query, onQuery }: { query: string; onQuery: (query: string) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const clear = () => {
    onQuery("");
    input.current?.focus();
  };
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        ref={input}
        type="search"
        class="input"
        dir="auto"
        aria-label={words.list.search}
        placeholder={words.list.search}
        value={query}
        onInput={(e) => onQuery(e.currentTarget.value)}
        onKeyDown={(e) => e.key === "Escape" && query && (e.preventDefault(), clear())}
      />
      {query && (
        <button type="button" class="round" aria-label={words.list.clearSearch} onClick={clear}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}

interface RowsProps {
  contacts: readonly Contact[];
  query: string;
  openId: string;
  echo: boolean;
  empty: boolean;
}

function Rows({ contacts, query, openId, echo, empty }: RowsProps) {
  const now = useNow();
  if (empty) return <Empty echo={echo} />;
  if (!contacts.length) {
    return (
      <div class="empty" role="status">
        <p>{words.list.noMatch(query.trim())}</p>
      </div>
    );
  }
  return (
    <div class="scroll" onKeyDown={moveFocus}>
      <ul class="rows">
        {contacts.map((c) => (
          <li key={c.id}>
            <Row contact={c} now={now} open={c.id === openId} />
          </li>
        ))}
      </ul>
    </div>
  );
}

// Up and down walk through the rows, as in any list.
function moveFocus(e: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const step = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
  const rows = [...e.currentTarget.querySelectorAll<HTMLElement>(".row")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  if (!step || at < 0) return;
  e.preventDefault();
  rows[at + step]?.focus();
}

const Row = memo(function Row({ contact, now, open }: { contact: Contact; now: number; open: boolean }) {
  return (
    <Go to={{ view: "conversation", id: contact.id }} class={contact.unread ? "row unread" : "row"} aria-current={open ? "page" : undefined}>
      <ContactAvatar contact={contact} />
      <span class="row-name cut" dir="auto">
        {nameOf(contact, words.contact)}
      </span>
      <time class="row-time" dateTime={new Date(contact.activeAt).toISOString()}>
        {shortTime(contact.activeAt, now, words.days)}
      </time>
      <span class="row-last">
        <LastLine contact={contact} />
      </span>
      {contact.unread > 0 && (
        <span class="row-count">
          <span aria-hidden="true">{contact.unread > 999 ? "999+" : contact.unread}</span>
          <span class="hidden">{words.list.unread(contact.unread)}</span>
        </span>
      )}
    </Go>
  );
});

function LastLine({ contact }: { contact: Contact }) {
  if (contact.state === "failed") return <span class="cut danger">{contact.problem || words.contact.failed}</span>;
  if (contact.draft && contact.state === "connected") {
    return (
      <span class="cut">
        <span class="draft">{words.list.draft}</span>
        <bdi>{contact.draft}</bdi>
      </span>
    );
  }
  if (contact.last && contact.state !== "invited") return <LastItem item={contact.last} />;
  return <span class="cut">{stateLine(contact, words.contact)}</span>;
}

function LastItem({ item }: { item: Item }) {
  const sent = item.direction === "sent";
  return (
    <>
      {sent && <Tick status={item.status ?? "pending"} />}
      {sent && <span class="hidden">{words.list.you}</span>}
      <span class="cut" dir="auto">
        {item.deleted ? words.conversation.deleted : plainText(item.text)}
      </span>
    </>
  );
}

function Empty({ echo }: { echo: boolean }) {
  return (
    <div class="scroll empty">
      <h2>{words.list.emptyTitle}</h2>
      <p>{words.list.emptyText}</p>
      <div class="buttons only-narrow">
        <Go to={{ view: "new" }} class="button main">
          {words.list.emptyButton}
        </Go>
        {echo && <EchoButton />}
      </div>
    </div>
  );
}

function Skeleton() {
  return (
    <div class="rows skeleton" role="status" aria-label={words.list.loading}>
      {[0, 1, 2, 3].map((n) => (
        <div key={n} class="row">
          <span class="avatar plain" />
          <span class="bone" />
          <span />
          <span class="bone" />
        </div>
      ))}
    </div>
  );
}

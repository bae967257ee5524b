import { useMemo, useRef, useState } from "preact/hooks";
import type { Contact, Profile, Storage } from "../../api";
import { search, sorted, unreadTotal } from "../state/contacts";
import { lasting } from "../text/time";
import { words } from "../words";
import { EchoButton } from "./echo";
import { memo } from "./hooks";
import { Avatar, Go, Icon } from "./parts";
import { Rows } from "./rows";
import { Skeleton } from "./skeleton";

interface ListProps {
  ready: boolean;
  contacts: ReadonlyMap<string, Contact>;
  /** The own profile in use, if there are several. */
  own: Profile | null;
  /** New messages of the other profiles. */
  elsewhere: number;
  storage: Storage | null;
  /** In seconds; 0 if this device's clock is right. */
  clockError: number;
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
        {props.own && <OwnPicture own={props.own} elsewhere={props.elsewhere} />}
        <Go to={{ view: "settings" }} class="round" aria-label={words.list.settings}>
          <Icon name="settings" />
        </Go>
        <Go to={{ view: "new" }} class="round" aria-label={words.list.new}>
          <Icon name="plus" />
        </Go>
      </div>
      {props.contacts.size > 0 && <Search query={query} onQuery={setQuery} />}
      {props.storage && <StorageNote storage={props.storage} />}
      {props.clockError !== 0 && <Note text={(props.clockError > 0 ? words.clock.ahead : words.clock.behind)(lasting(Math.abs(props.clockError)))} />}
      {props.ready ? <Found contacts={shown} query={query} openId={props.openId} echo={props.echo} empty={!all.length} /> : <Skeleton />}
      <p class="hidden" role="status">
        {unreadTotal(props.contacts) > 0 ? words.list.unread(unreadTotal(props.contacts)) : ""}
      </p>
    </>
  );
});

// Leads to the person's own profiles, and tells of news in those that are not shown.
function OwnPicture({ own, elsewhere }: { own: Profile; elsewhere: number }) {
  const label = words.list.profile(own.displayName);
  return (
    <Go to={{ view: "settings", part: "profiles" }} class={elsewhere ? "round self-picture news" : "round self-picture"} aria-label={elsewhere ? `${label}. ${words.list.unread(elsewhere)}` : label}>
      <Avatar profile={own} />
    </Go>
  );
}

// What the person must know of the storage: that nothing is kept, or that what is here is older than it was.
function StorageNote({ storage }: { storage: Storage }) {
  if (storage.kind !== "memory" && !storage.problem) return null;
  return <Note text={storage.problem || words.list.notKept} />;
}

function Note({ text }: { text: string }) {
  return (
    <p class="note warn notice">
      <Icon name="alert" />
      <span>{text}</span>
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

interface FoundProps {
  contacts: readonly Contact[];
  query: string;
  openId: string;
  echo: boolean;
  empty: boolean;
}

function Found({ contacts, query, openId, echo, empty }: FoundProps) {
  if (empty) return <Empty echo={echo} />;
  if (contacts.length) return <Rows key={query} contacts={contacts} openId={openId} />; // what is found begins at its top
  return (
    <div class="empty" role="status">
      <p>{words.list.noMatch(query.trim())}</p>
    </div>
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

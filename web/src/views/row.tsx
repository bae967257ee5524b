import { useState } from "preact/hooks";
import type { Contact, Item } from "../../api";
import { nameOf, stateLine } from "../state/contacts";
import { plainText } from "../text/markdown";
import { shortTime } from "../text/time";
import { words } from "../words";
import { useAround } from "./context";
import { DeleteQuestion } from "./delete";
import { memo } from "./hooks";
import { hasKeyboard } from "./keyboard";
import { below, Menu, type MenuAction, type Place } from "./menu";
import { ContactAvatar, Icon, linkTo } from "./parts";
import { Tick } from "./tick";

interface RowProps {
  contact: Contact;
  now: number;
  open: boolean;
  /** The room above it for rows that are not drawn, in pixels. */
  above: number;
  /** Where it is among how many, if not all of them are drawn; otherwise 0. */
  place: number;
  of: number;
}

/** Row is one conversation in the list: a link, and what can be done without opening it. */
export const Row = memo(function Row({ contact, now, open, above, place, of }: RowProps) {
  const [menu, setMenu] = useState<Place | null>(null);
  const [asking, setAsking] = useState(false);
  const actions = useRowActions(contact, () => setAsking(true));
  const name = nameOf(contact, words.contact);
  const show = (e: MouseEvent) => {
    e.preventDefault();
    // The key for menus opens it at the row, the mouse where it points.
    setMenu(e.clientX || e.clientY ? { x: e.clientX, y: e.clientY } : below(e.currentTarget as Element));
  };
  return (
    <li class="slot" style={above ? { marginBlockStart: `${above}px` } : {}} aria-posinset={place || undefined} aria-setsize={of || undefined} onContextMenu={show}>
      <RowLink contact={contact} now={now} open={open} />
      {hasKeyboard() ? (
        <button type="button" class="round more" aria-haspopup="menu" aria-expanded={menu !== null} aria-label={words.list.more(name)} onClick={(e) => setMenu(below(e.currentTarget))}>
          <Icon name="more" />
        </button>
      ) : (
        <Beneath actions={actions} name={name} />
      )}
      {menu && <Menu label={name} actions={actions} at={menu} onClose={() => setMenu(null)} />}
      {asking && <DeleteQuestion contact={contact} onClose={() => setAsking(false)} />}
    </li>
  );
});

function useRowActions(contact: Contact, onDelete: () => void): MenuAction[] {
  const { actions, go } = useAround();
  const { list } = words;
  const read: MenuAction = { icon: "check", label: list.markRead, act: () => actions.read(contact.id, contact.last?.seq ?? 0) };
  return [
    ...(contact.unread > 0 ? [read] : []),
    { icon: "info", label: list.details, act: () => go({ view: "details", id: contact.id }) },
    { icon: "trash", label: list.delete, danger: true, act: onDelete },
  ];
}

// On a touch screen a row is drawn aside to show its actions; the browser's own scrolling does that.
function Beneath({ actions, name }: { actions: readonly MenuAction[]; name: string }) {
  return (
    <div class="beneath">
      {actions.map(({ icon, label, danger, act }) => (
        <button key={label} type="button" class={danger ? "danger" : ""} aria-label={`${label}: ${name}`} onClick={act}>
          <Icon name={icon} />
          {label}
        </button>
      ))}
    </div>
  );
}

/** RowLink stays when only its place is another. A component for each of its parts would be most of the work of a list. */
export const RowLink = memo(function RowLink({ contact, now, open }: Pick<RowProps, "contact" | "now" | "open">) {
  const { go } = useAround();
  return (
    <a {...linkTo({ view: "conversation", id: contact.id }, go)} class={contact.unread ? "row unread" : "row"} aria-current={open ? "page" : undefined}>
      {ContactAvatar({ contact })}
      <span class="row-name cut" dir="auto">
        {nameOf(contact, words.contact)}
      </span>
      <time class="row-time" dateTime={new Date(contact.activeAt).toISOString()}>
        {shortTime(contact.activeAt, now, words.days)}
      </time>
      <span class="row-last">{lastLine(contact)}</span>
      {contact.unread > 0 && (
        <span class="row-count">
          <span aria-hidden="true">{contact.unread > 999 ? "999+" : contact.unread}</span>
          <span class="hidden">{words.list.unread(contact.unread)}</span>
        </span>
      )}
    </a>
  );
});

function lastLine(contact: Contact) {
  if (contact.state === "failed") return <span class="cut danger">{contact.problem || words.contact.failed}</span>;
  if (contact.draft && contact.state === "connected") {
    return (
      <span class="cut">
        <span class="draft">{words.list.draft}</span>
        <bdi>{contact.draft}</bdi>
      </span>
    );
  }
  if (contact.last && contact.state !== "invited") return lastItem(contact.last);
  return <span class="cut">{stateLine(contact, words.contact)}</span>;
}

function lastItem(item: Item) {
  const sent = item.direction === "sent";
  return (
    <>
      {sent && Tick({ status: item.status ?? "pending" })}
      {sent && <span class="hidden">{words.list.you}</span>}
      <span class="cut" dir="auto">
        {item.deleted ? words.conversation.deleted : summary(item)}
      </span>
    </>
  );
}

// In one line: who of several, and what, where there are no words.
function summary(item: Item): string {
  const text = plainText(item.text) || words.message.kinds[item.kind ?? "text"];
  return item.author ? words.conversation.announce(item.author, text) : text;
}

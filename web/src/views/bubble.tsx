import { useState } from "preact/hooks";
import type { Item } from "../../api";
import type { Line } from "../state/lines";
import { isFewEmoji } from "../text/markdown";
import { clock, dayName, moment } from "../text/time";
import { words } from "../words";
import { Attachment } from "./attachment";
import { useAround } from "./context";
import { memo } from "./hooks";
import { useMessageMenu } from "./message-menu";
import { inStream } from "./pace";
import { Icon } from "./parts";
import { Quote } from "./quote";
import { Reactions } from "./reactions";
import { RichText } from "./richtext";
import { Tick } from "./tick";

interface BubbleProps {
  line: Line;
  name: string;
  now: number;
  /** It came while the conversation was open. */
  fresh: boolean;
}

/** Bubble is one line of a conversation, with the day above it when it is the first of one. */
export const Bubble = memo(function Bubble({ line, name, now, fresh }: BubbleProps) {
  const { item } = line;
  const [rises] = useState(fresh && !inStream()); // each by itself: of a hundred a second, nobody sees them move
  return (
    <div role="listitem" class={classOf(line, rises)} data-seq={item.seq || undefined}>
      {line.day && <h2 class="day">{dayName(item.at, now, words.days)}</h2>}
      {line.unread && <p class="unread-from">{words.conversation.unreadFrom}</p>}
      {item.direction === "note" ? <p>{item.text}</p> : <Said line={line} name={name} />}
      {item.status === "failed" && <NotSent line={line} />}
      {item.status === "pending" && item.problem && <p class="waiting">{item.problem}</p>}
    </div>
  );
});

function classOf({ item, first, last, outgoing }: Line, rises: boolean): string {
  const flags = { own: item.direction === "sent", told: item.direction === "note", first, last, waits: outgoing, new: rises };
  return Object.entries(flags).reduce((all, [name, on]) => (on ? `${all} ${name}` : all), "entry");
}

function Said({ line, name }: { line: Line; name: string }) {
  const { item } = line;
  const menu = useMessageMenu(item);
  const from = item.direction === "sent" ? words.status.from : item.author || name;
  return (
    <>
      <div class="bubble" onContextMenu={menu.open} onClick={menu.tap}>
        {item.author && line.first ? (
          <p class="author" dir="auto">
            {item.author}
          </p>
        ) : (
          <span class="hidden">{from}: </span>
        )}
        {!item.deleted && hasMore(item) && <More item={item} name={name} />}
        {textOf(line)}
        {item.unknown && !item.deleted && <p class="aside">{words.conversation.unknown}</p>}
        {menu.element}
      </div>
      {!item.deleted && item.reactions?.length ? <Reactions item={item} /> : null}
    </>
  );
}

// Most lines have nothing but text. A component for each thing that they do not have would be most of the work.
function hasMore({ forwarded, quote, kind = "text" }: Item): boolean {
  return Boolean(forwarded || quote) || kind !== "text";
}

function More({ item, name }: { item: Item; name: string }) {
  return (
    <>
      {item.forwarded && (
        <p class="aside forwarded">
          <Icon name="forward" class="small flip" />
          {words.conversation.forwarded}
        </p>
      )}
      {item.quote && <Quote quote={item.quote} name={name} />}
      <Attachment item={item} />
    </>
  );
}

function textOf({ item, meta }: Line) {
  const text = item.deleted ? words.conversation.deleted : item.text;
  return (
    <div class={isFewEmoji(text) ? "text emoji" : "text"} dir="auto">
      {item.deleted ? <em>{text}</em> : <RichText text={text} />}
      {metaOf(item, !meta)}
    </div>
  );
}

// When it was said, and what came of it.
function metaOf(item: Item, beside: boolean) {
  return (
    <span class={beside ? "meta beside" : "meta"}>
      {item.edited && !item.deleted && <span>{words.conversation.edited}</span>}
      {item.expiresAt ? <Expiry at={item.expiresAt} /> : null}
      <time dateTime={new Date(item.at).toISOString()} title={moment(item.at)}>
        {clock(item.at)}
      </time>
      {item.direction === "sent" && <Tick status={item.status ?? "pending"} />}
    </span>
  );
}

function Expiry({ at }: { at: number }) {
  const told = words.conversation.expires(moment(at));
  return (
    <span title={told}>
      <Icon name="timer" />
      <span class="hidden">{told}</span>
    </span>
  );
}

function NotSent({ line }: { line: Line }) {
  const { actions } = useAround();
  const { item, outgoing } = line;
  const again = () =>
    outgoing ? actions.resend(item.contactId, item.clientId ?? "") : actions.send(item.contactId, item.text);
  return (
    <div class="problem">
      <Icon name="alert" />
      <span>{words.status.failedLine(item.problem ?? "")}</span>
      <div class="buttons">
        {outgoing && (
          <button type="button" class="button" onClick={() => actions.discard(item.contactId, item.clientId ?? "")}>
            {words.status.discard}
          </button>
        )}
        <button type="button" class="button" onClick={again}>
          {words.status.again}
        </button>
      </div>
    </div>
  );
}

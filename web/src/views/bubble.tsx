import type { Item } from "../../api";
import type { Line } from "../state/lines";
import { isFewEmoji } from "../text/markdown";
import { clock, dayName, moment } from "../text/time";
import { words } from "../words";
import { useAround } from "./context";
import { memo } from "./hooks";
import { Icon } from "./parts";
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
  return (
    <div role="listitem" class={classOf(line, fresh)}>
      {line.day && <h2 class="day">{dayName(item.at, now, words.days)}</h2>}
      {line.unread && <p class="unread-from">{words.conversation.unreadFrom}</p>}
      {item.direction === "note" ? <p>{item.text}</p> : <Said line={line} name={name} />}
      {item.status === "failed" && <NotSent line={line} />}
      {item.status === "pending" && item.problem && <p class="waiting">{item.problem}</p>}
    </div>
  );
});

function classOf({ item, first, last, outgoing }: Line, fresh: boolean): string {
  const flags = { own: item.direction === "sent", told: item.direction === "note", first, last, waits: outgoing, new: fresh };
  return Object.entries(flags).reduce((all, [name, on]) => (on ? `${all} ${name}` : all), "entry");
}

function Said({ line, name }: { line: Line; name: string }) {
  const { item } = line;
  const text = item.deleted ? words.conversation.deleted : item.text;
  return (
    <div class="bubble">
      <span class="hidden">{item.direction === "sent" ? words.status.from : name}: </span>
      <div class={isFewEmoji(text) ? "text emoji" : "text"} dir="auto">
        {item.deleted ? <em>{text}</em> : <RichText text={text} />}
        <Meta item={item} beside={!line.meta} />
      </div>
      {item.unknown && <p class="aside">{words.conversation.unknown}</p>}
    </div>
  );
}

function Meta({ item, beside }: { item: Item; beside: boolean }) {
  return (
    <span class={beside ? "meta beside" : "meta"}>
      {item.edited && !item.deleted && <span>{words.conversation.edited}</span>}
      <time dateTime={new Date(item.at).toISOString()} title={moment(item.at)}>
        {clock(item.at)}
      </time>
      {item.direction === "sent" && <Tick status={item.status ?? "pending"} />}
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

import type { Item } from "../../api";
import { words } from "../words";
import { useAround } from "./context";
import { useTask } from "./hooks";
import { useTalk } from "./talk";

const { message } = words;

/** The reactions that official apps know. */
export const emojis = ["👍", "👎", "😀", "😂", "😢", "❤", "🚀", "✅"];

/** Without the second character the heart is drawn in black and white. */
export function drawn(emoji: string): string {
  return emoji === "❤" ? "❤️" : emoji;
}

function nameOf(emoji: string): string {
  return message.reactions[emoji] ?? emoji;
}

/** Reactions stand under a message; a press gives the same, or takes one's own back. */
export function Reactions({ item }: { item: Item }) {
  const { actions } = useAround();
  const talk = useTalk();
  const task = useTask((problem) => problem);
  return (
    <div class="reactions">
      {item.reactions?.map(({ emoji, count, own }) => (
        <button
          key={emoji}
          type="button"
          class={own ? "reaction own" : "reaction"}
          aria-pressed={own}
          aria-disabled={!talk?.open}
          aria-label={message.reaction(nameOf(emoji), count, own)}
          onClick={() => talk?.open && task.run(() => actions.react(item, emoji, !own))}
        >
          <span aria-hidden="true">
            {drawn(emoji)}
            {count > 1 && <small>{count}</small>}
          </span>
        </button>
      ))}
    </div>
  );
}

/** Palette offers the reactions in the menu of a message. */
export function Palette({ item }: { item: Item }) {
  const { actions } = useAround();
  const own = (emoji: string) => item.reactions?.some((r) => r.emoji === emoji && r.own) ?? false;
  const pick = (e: Event, emoji: string) => {
    if (e.currentTarget instanceof Element) e.currentTarget.closest("dialog")?.close();
    actions.react(item, emoji, !own(emoji)).catch(() => undefined); // what was not stored is not shown
  };
  return (
    <div class="palette" role="group" aria-label={message.react}>
      {emojis.map((emoji) => (
        <button key={emoji} type="button" aria-pressed={own(emoji)} aria-label={nameOf(emoji)} onClick={(e) => pick(e, emoji)}>
          <span aria-hidden="true">{drawn(emoji)}</span>
        </button>
      ))}
    </div>
  );
}

import { useState } from "preact/hooks";
import type { Item } from "../../api";
import { words } from "../words";
import { useAround } from "./context";
import { Choice } from "./dialog";
import { hasKeyboard } from "./keyboard";
import { below, Menu, type MenuAction, type Place } from "./menu";
import { Icon } from "./parts";
import { Palette } from "./reactions";
import { useTalk, type Talk } from "./talk";

const { message } = words;

/** How long a message can be changed or taken back after it was sent. */
const changeable = 24 * 60 * 60 * 1000;

export interface MessageMenu {
  /** What to draw beside the message. */
  element: preact.ComponentChildren;
  /** Opens it at a point, for long presses and the right mouse button. */
  open?: (e: MouseEvent) => void;
  /** Opens it by a tap, where there is no mouse. */
  tap?: (e: MouseEvent) => void;
}

/** useMessageMenu is what can be done with one message: a button beside it, and a menu. */
export function useMessageMenu(item: Item): MessageMenu {
  const talk = useTalk();
  const [menu, setMenu] = useState<Place | null>(null);
  const [asking, setAsking] = useState(false);
  if (!talk || item.seq === 0) return { element: null };
  const open = (e: MouseEvent) => {
    if (isTaken(e)) return;
    e.preventDefault();
    setMenu({ x: e.clientX, y: e.clientY });
  };
  const element = (
    <>
      {hasKeyboard() && (
        <button type="button" class="round more" aria-haspopup="menu" aria-expanded={menu !== null} aria-label={message.more} onClick={(e) => setMenu(below(e.currentTarget))}>
          <Icon name="more" />
        </button>
      )}
      {menu && (
        <Menu label={message.more} actions={actionsOf(item, talk, () => setAsking(true))} at={menu} onClose={() => setMenu(null)}>
          {talk.open && !item.deleted && <Palette item={item} />}
        </Menu>
      )}
      {asking && <DeleteMessage item={item} onClose={() => setAsking(false)} />}
    </>
  );
  return hasKeyboard() ? { element, open } : { element, open, tap: open };
}

// Links, buttons and selected text keep the meaning that they have everywhere.
function isTaken(e: MouseEvent): boolean {
  const onControl = e.target instanceof Element && e.target.closest(e.type === "contextmenu" ? "a, .more" : "a, button") !== null;
  return onControl || !(getSelection()?.isCollapsed ?? true);
}

function actionsOf(item: Item, talk: Talk, onDelete: () => void): MenuAction[] {
  const said = !item.deleted;
  const plain = !item.kind || item.kind === "text" || item.kind === "link";
  const all: (MenuAction & { when: boolean })[] = [
    { when: talk.open && said, icon: "reply", label: message.reply, act: () => talk.begin({ kind: "reply", item }) },
    { when: talk.open && said && plain && canChange(item), icon: "edit", label: message.edit, act: () => talk.begin({ kind: "edit", item }) },
    { when: said && item.text !== "", icon: "copy", label: message.copy, act: () => void navigator.clipboard?.writeText(item.text) },
    { when: true, icon: "trash", label: message.delete, danger: true, act: onDelete },
  ];
  return all.filter((action) => action.when);
}

/** canChange reports whether the others will still follow a change of this message. */
export function canChange(item: Item): boolean {
  return item.direction === "sent" && item.seq > 0 && !item.deleted && item.status !== "failed" && Date.now() - item.at < changeable;
}

function DeleteMessage({ item, onClose }: { item: Item; onClose: () => void }) {
  const { actions } = useAround();
  const shared = canChange(item);
  return (
    <Choice
      title={message.deleteTitle}
      text={shared ? `${message.deleteText} ${message.deleteEveryoneText}` : message.deleteText}
      explain={message.deleteFailed}
      onClose={onClose}
      options={[
        { label: message.deleteForMe, run: () => actions.deleteMessage(item, false) },
        ...(shared ? [{ label: message.deleteForEveryone, run: () => actions.deleteMessage(item, true) }] : []),
      ]}
    />
  );
}

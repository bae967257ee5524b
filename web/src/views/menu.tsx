import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./parts";

export interface MenuAction {
  icon: IconName;
  label: string;
  danger?: boolean;
  act: () => void;
}

/** Where a menu opens: a point of the window. */
export interface Place {
  x: number;
  y: number;
}

interface MenuProps {
  label: string;
  actions: readonly MenuAction[];
  at: Place;
  onClose: () => void;
  /** What stands above the actions. */
  children?: ComponentChildren;
}

/** Menu lists what can be done with one thing: beside it where there is room, at the lower edge of a phone. */
export function Menu({ label, actions, at, onClose, children }: MenuProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const el = dialog.current;
    if (!el) return;
    el.showModal();
    settle(el, at);
  }, []);
  const pick = (act: () => void) => {
    dialog.current?.close(); // gives the focus back first, so that what is opened now can take it
    act();
  };
  return (
    <dialog ref={dialog} class="menu" aria-label={label} onClose={onClose} onKeyDown={moveFocus} onClick={(e) => e.target === e.currentTarget && e.currentTarget.close()}>
      {children}
      <div role="menu" aria-label={label}>
        {actions.map(({ icon, label: text, danger, act }) => (
          <button key={text} type="button" role="menuitem" class={danger ? "danger" : ""} onClick={() => pick(act)}>
            <Icon name={icon} />
            {text}
          </button>
        ))}
      </div>
    </dialog>
  );
}

/** below is where a menu of a button opens. */
export function below(button: Element): Place {
  const { left, right, bottom } = button.getBoundingClientRect();
  return { x: document.dir === "rtl" ? left : right, y: bottom };
}

const edge = 8;

// Keeps the menu inside of the window. The styles use this place only where there is room for it.
function settle(el: HTMLElement, { x, y }: Place): void {
  const { width, height } = el.getBoundingClientRect();
  const left = x + width + edge > innerWidth ? x - width : x;
  const top = y + height + edge > innerHeight ? innerHeight - height - edge : y;
  el.style.setProperty("--x", `${Math.max(edge, left)}px`);
  el.style.setProperty("--y", `${Math.max(edge, top)}px`);
}

function moveFocus(e: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const items = [...e.currentTarget.querySelectorAll<HTMLElement>("[role=menuitem]")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 };
  const to = next[e.key];
  if (to === undefined || !items.length) return;
  e.preventDefault();
  items.at(to % items.length)?.focus();
}

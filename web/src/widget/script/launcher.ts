import { icon, make, show } from "./element";
import type { Options } from "./options";
import type { Words } from "./words";

/** A Launcher is the round button that opens the chat and closes it. */
export class Launcher {
  readonly element = make("button", "");
  readonly #badge = make("span", "badge");

  constructor() {
    this.element.type = "button";
  }

  draw(o: Options, words: Words, open: boolean, unread: number, side: string): void {
    const name = open ? words.close : o.text || o.title || words.open;
    const label = unread && !open ? `${name}, ${words.unread}: ${unread}` : name;
    const shown = o.text && !open;
    this.element.className = `launcher ${side} ${shown ? "wide" : ""}`;
    this.element.setAttribute("aria-label", label);
    this.element.setAttribute("aria-expanded", String(open));
    this.#badge.textContent = unread > 99 ? "99+" : String(unread);
    show(this.#badge, unread > 0 && !open);
    this.element.replaceChildren(icon(open ? "close" : o.icon === "none" && !o.text ? "chat" : o.icon), shown ? o.text : "", this.#badge);
    show(this.element, o.launcher);
  }
}

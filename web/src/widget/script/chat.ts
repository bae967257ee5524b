// The chat as the script has it: an iframe of the relay's origin, to which it says the options and whether the visitor
// sees it, and from which it hears how many messages are new. It never hears what is written.
import { type FrameOptions, type FromFrame, plain, type Posted, talkStates, type TalkState, type ToFrame, version } from "../protocol";
import { make } from "./element";

/** What the page may know of the conversation. */
export interface Talk {
  state: TalkState;
  unread: number;
}

export interface ChatListener {
  ready(): void;
  talk(talk: Talk): void;
  message(): void;
  close(): void;
  /** The chat did not come: the relay is away, or the page's policy forbids it. */
  failed(): void;
}

/** How long the chat may take to load, in milliseconds. */
const patience = 20000;

/** What the chat may do: nothing to the page around it. */
const sandbox = "allow-scripts allow-same-origin allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox";

export class Chat {
  readonly element = make("iframe", "");
  #origin: string;
  #listener: ChatListener;
  #ready = false;
  #waiting: ToFrame[] = [];
  #timer: number;

  /** Active: the conversation goes on at once, seen or not; otherwise the chat waits to be shown. */
  constructor(origin: string, options: FrameOptions, active: boolean, listener: ChatListener) {
    this.#origin = origin;
    this.#listener = listener;
    const frame = this.element;
    frame.title = options.title || "Sotto";
    frame.referrerPolicy = "no-referrer";
    frame.allow = "clipboard-write; autoplay";
    frame.setAttribute("sandbox", sandbox);
    // The fragment is not sent to the relay.
    frame.src = `${origin}/widget/frame.html#${encodeURIComponent(JSON.stringify({ sotto: version, page: location.origin, active, options }))}`;
    addEventListener("message", this.#hear);
    this.#timer = window.setTimeout(() => listener.failed(), patience);
  }

  say(message: ToFrame): void {
    if (this.#ready) this.element.contentWindow?.postMessage({ ...message, sotto: version } satisfies Posted<ToFrame>, this.#origin);
    else this.#waiting.push(message);
  }

  end(): void {
    clearTimeout(this.#timer);
    removeEventListener("message", this.#hear);
    this.element.remove();
  }

  #hear = (event: MessageEvent): void => {
    if (!event.isTrusted || event.origin !== this.#origin || event.source !== this.element.contentWindow) return;
    const message = plain(event.data) as FromFrame | null;
    switch (message?.kind) {
      case "here":
        return this.#refocus();
      case "ready":
        return this.#begin();
      case "talk":
        if (talkStates.includes(message.state) && Number.isInteger(message.unread)) this.#listener.talk(message);
        return;
      case "message":
      case "close":
        return this.#listener[message.kind]();
    }
  };

  // A document that comes after the focus went to its frame does not know of it: it is told again.
  #refocus(): void {
    const frame = this.element;
    if ((frame.getRootNode() as ShadowRoot).activeElement !== frame) return;
    frame.blur();
    frame.focus();
  }

  // Also when the frame was loaded anew, because the page moved it.
  #begin(): void {
    clearTimeout(this.#timer);
    this.#ready = true;
    for (const message of this.#waiting.splice(0)) this.say(message);
    this.#listener.ready();
  }
}

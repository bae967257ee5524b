// One widget of a page: the launcher, the panel with the chat in it, and what the page's scripts may do with them.
import { Chat, type Talk } from "./chat";
import { make, show } from "./element";
import { Launcher } from "./launcher";
import { note, noted } from "./memory";
import { complain, forFrame, type Options, read } from "./options";
import { css } from "./style";
import { count } from "./title";
import { wordsFor } from "./words";

/** What a page can be told of. */
export type Told = "ready" | "open" | "close" | "message" | "talk";

export class Widget {
  options: Options;
  readonly #tell: (name: Told, widget: Widget) => void;
  readonly #host = document.createElement("sotto-widget");
  readonly #root = this.#host.attachShadow({ mode: "closed" });
  readonly #all = make("div", "all");
  readonly #panel = make("div", "panel");
  readonly #rest = make("div", "rest");
  readonly #start = make("button", "");
  readonly #problem = make("div", "failed");
  readonly #again = make("button", "");
  readonly #said = make("p", "said");
  readonly #launcher = new Launcher();
  readonly #over = new AbortController();
  readonly #seen = new MutationObserver(() => this.#settle());
  #hint: HTMLLinkElement | null = null;
  #chat: Chat | null = null;
  #opener: HTMLElement | null = null;
  talk: Talk = { state: "none", unread: 0 };
  isOpen = false;

  constructor(options: Options, tell: (name: Told, widget: Widget) => void) {
    this.options = options;
    this.#tell = tell;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    this.#root.adoptedStyleSheets = [sheet];
    this.#panel.setAttribute("role", "dialog");
    this.#problem.setAttribute("role", "alert");
    this.#rest.append(this.#start);
    this.#problem.append(this.#again);
    this.#panel.append(this.#problem);
    this.#said.setAttribute("role", "status");
    this.#all.append(this.#rest, this.#launcher.element, this.#panel, this.#said);
    this.#root.append(this.#all);
    show(this.#problem, false);
    this.#listen();
    this.draw();
    this.#settle();
    this.#seen.observe(document, { childList: true, subtree: true });
    if (options.open || noted("open", options.address)) this.#show(null);
    else if (noted("talk", options.address)) this.#whenIdle(() => this.#load(true));
  }

  /** open is by an action of the visitor's if it says with what; then they go on in the chat. */
  open(by: HTMLElement | null = document.activeElement as HTMLElement | null): void {
    if (!this.isOpen) this.#show(by);
  }

  close(): void {
    if (!this.isOpen) return;
    const inside = this.#root.activeElement !== null;
    this.isOpen = false;
    note("open", this.options.address, false);
    this.#chat?.say({ kind: "hide" });
    this.draw();
    // To where the visitor came from; but focus that is elsewhere by now stays there.
    if (inside) (this.#opener?.isConnected ? this.#opener : this.options.inline ? this.#start : this.#launcher.element).focus();
    this.#tell("close", this);
  }

  toggle(by?: HTMLElement | null): void {
    if (this.isOpen) this.close();
    else this.open(by);
  }

  set(values: Readonly<Record<string, unknown>>): void {
    const { address, origin } = this.options;
    this.options = read(values, this.options, true);
    if (this.options.address !== address || this.options.origin !== origin) this.#unload();
    this.#chat?.say({ kind: "set", options: forFrame(this.options) });
    this.draw();
    this.#settle();
    if (this.isOpen) this.#load(true);
  }

  /** destroy removes everything from the page; what was written stays with the visitor. */
  destroy(): void {
    this.#over.abort();
    this.#seen.disconnect();
    this.#unload();
    this.#hint?.remove();
    this.#host.remove();
    count(this, 0);
    note("open", this.options.address, false);
  }

  draw(): void {
    const o = this.options;
    const words = wordsFor(o.lang || document.documentElement.lang);
    const [vertical, side] = (o.position || `bottom-${this.#rightToLeft() ? "left" : "right"}`).split("-");
    const all = this.#all;
    all.className = `all ${o.inline ? "inline" : "float"} ${o.theme}${o.accent && " own"}${this.isOpen ? " open" : ""}`;
    all.dir = this.#rightToLeft() ? "rtl" : "ltr";
    const values = { a: o.accent, x: `${o.offsetX}px`, y: `${o.offsetY}px`, z: o.zIndex, gap: o.launcher ? "68px" : "0px" };
    for (const [name, value] of Object.entries(values)) all.style.setProperty("--" + name, String(value));
    this.#panel.className = `panel ${vertical} ${side}`;
    this.#panel.setAttribute("aria-label", o.title || words.open);
    this.#launcher.draw(o, words, this.isOpen, this.talk.unread, `${vertical} ${side}`);
    show(this.#launcher.element, o.launcher && !o.inline);
    show(this.#panel, this.isOpen);
    show(this.#rest, o.inline !== "" && !this.isOpen);
    this.#start.textContent = o.text || words.open;
    this.#host.toggleAttribute("inline", o.inline !== "");
    this.#again.textContent = words.failed;
    this.#said.textContent = this.talk.unread && !this.isOpen ? `${words.unread}: ${this.talk.unread}` : "";
    for (const trigger of this.#triggers()) trigger.setAttribute("aria-expanded", String(this.isOpen));
  }

  #rightToLeft(): boolean {
    return this.options.lang ? /^(ar|he|fa|ur)\b/i.test(this.options.lang) : getComputedStyle(document.documentElement).direction === "rtl";
  }

  #triggers(): Element[] {
    return this.options.trigger ? [...document.querySelectorAll(this.options.trigger)] : [];
  }

  #show(by: HTMLElement | null): void {
    this.isOpen = true;
    this.#opener = by;
    this.#load(true);
    this.draw();
    this.#fit();
    this.#chat?.say({ kind: "show", focus: by !== null });
    if (by) this.#chat?.element.focus();
    if (this.talk.state !== "none") note("open", this.options.address, true);
    this.#tell("open", this);
  }

  #load(active: boolean): void {
    if (this.#chat) return;
    const { options } = this;
    this.#chat = new Chat(options.origin, forFrame(options), active, {
      ready: () => {
        show(this.#problem, false);
        if (this.isOpen) this.#chat?.say({ kind: "show", focus: false }); // if it was not told so yet
        this.#tell("ready", this);
      },
      talk: (talk) => this.#follow(talk),
      message: () => this.#tell("message", this),
      close: () => this.close(),
      failed: () => this.#fail(),
    });
    this.#panel.append(this.#chat.element);
  }

  #unload(): void {
    this.#chat?.end();
    this.#chat = null;
    show(this.#problem, false);
  }

  #fail(): void {
    complain(`not loaded. This page must allow frame-src ${this.options.origin}, which must allow this site.`);
    show(this.#problem, true);
  }

  #follow(talk: Talk): void {
    this.talk = talk;
    note("talk", this.options.address, talk.state !== "none");
    note("open", this.options.address, this.isOpen && talk.state !== "none");
    count(this, talk.unread);
    this.draw();
    this.#tell("talk", this);
  }

  #listen(): void {
    const { signal } = this.#over;
    const button = this.#launcher.element;
    const on = (target: EventTarget, name: string, act: (event: Event) => void): void => target.addEventListener(name, act, { signal });
    on(button, "click", () => this.toggle(button));
    on(this.#start, "click", () => this.open(this.#start));
    on(this.#again, "click", () => {
      this.#unload();
      this.#load(true);
    });
    for (const target of [button, this.#start]) {
      on(target, "pointerenter", () => this.#preconnect());
      on(target, "focus", () => this.#preconnect());
      // The button is pressed: by the time it is released, the chat is half there.
      on(target, "pointerdown", (event) => (event as PointerEvent).pointerType === "mouse" && this.#load(false));
    }
    on(this.#all, "keydown", (event) => (event as KeyboardEvent).key === "Escape" && !this.options.inline && this.close());
    on(document, "click", (event) => {
      const by = this.options.trigger && event.target instanceof Element && event.target.closest<HTMLElement>(this.options.trigger);
      if (!by) return;
      event.preventDefault();
      this.toggle(by);
    });
    on(document, "securitypolicyviolation", (event) => {
      const { blockedURI, effectiveDirective } = event as SecurityPolicyViolationEvent;
      if (this.#chat && /^(frame|child)-src/.test(effectiveDirective) && blockedURI.startsWith(this.options.origin)) this.#fail();
    });
    const view = window.visualViewport;
    for (const name of ["resize", "scroll"]) if (view) on(view, name, () => this.#fit());
  }

  /** The first sign of interest: only the connection is made. */
  #preconnect(): void {
    if (this.#hint || this.#chat) return;
    this.#hint = document.createElement("link");
    this.#hint.rel = "preconnect";
    this.#hint.href = this.options.origin;
    document.head.append(this.#hint);
  }

  /** On small screens the chat fills what the keyboard leaves. */
  #fit(): void {
    const view = window.visualViewport;
    if (!view || !this.isOpen) return;
    this.#all.style.setProperty("--top", `${view.offsetTop}px`);
    this.#all.style.setProperty("--height", `${view.height}px`);
  }

  /** Puts the widget where it belongs, again if the page's scripts replaced what it was in. */
  #settle(): void {
    const home = this.options.inline ? document.querySelector(this.options.inline) : document.documentElement;
    if (home && this.#host.parentNode !== home) home.append(this.#host);
  }

  #whenIdle(act: () => void): void {
    const run = (): void => {
      if (this.#over.signal.aborted) return;
      setTimeout(act, 500);
    };
    if (document.readyState === "complete") run();
    else addEventListener("load", run, { once: true, signal: this.#over.signal });
  }
}

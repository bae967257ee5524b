// What is there before the program of the chat is: the bar and the composer that frame.html has, in the language and the
// colours of the site. Whatever the visitor writes, sends or closes meanwhile is not lost: the program takes over the very
// elements, and sends what was sent. It is one file with the styles, so that only one is asked for before all this is seen.
import { hasKeyboard } from "../../views/keyboard";
import { type Beginning, beginningOf } from "./options";
import { Page } from "./page";
import { paint } from "./theme";
import { trap } from "./trap";
import { early as texts, type EarlyWords } from "./words/early";
import { chooseLanguage } from "./words/language";
import type { FrameOptions } from "../protocol";

/** The styles of the chat; put in by the build. */
declare const FRAME_CSS: string;

/** Early is how the program finds what was done before. */
export interface Early {
  /** What was sent, and is shown as such. */
  sent: string[];
  /** The program is there: nothing is heard here any more. */
  end(): void;
}

const unheard = { set: () => undefined, show: () => undefined, hide: () => undefined };

function begin(widget: HTMLElement, { options }: Beginning, around: Page): void {
  const find = <E extends Element>(what: string): E => widget.querySelector(what) as E;
  const [field, send, close, room] = [find<HTMLTextAreaElement>("textarea"), find<HTMLElement>(".composer .round"), find<HTMLElement>(".bar .round:last-child"), find<HTMLElement>(".welcome")];
  const words = chooseLanguage(texts, options.lang) as EarlyWords;
  paint(options);
  find("h1").textContent = options.title || words.title;
  find(".trust .cut").textContent = words.trust;
  close.setAttribute("aria-label", words.close);
  send.setAttribute("aria-label", words.send);
  field.setAttribute("aria-label", words.message);
  field.placeholder = words.message;
  field.enterKeyHint = hasKeyboard() ? "send" : "enter";
  close.hidden = options.inline;
  if (options.name === "off" && !options.consent) find(".before").remove();

  const sent: string[] = [];
  const over = new AbortController();
  const on = <E extends Event>(target: EventTarget, name: string, act: (event: E) => void): void => target.addEventListener(name, act as (event: Event) => void, { signal: over.signal });
  const fit = (): void => {
    field.style.blockSize = "auto";
    field.style.blockSize = `${field.scrollHeight + 2}px`;
    send.setAttribute("aria-disabled", String(!field.value.trim()));
  };
  const submit = (): void => {
    const text = field.value.trim();
    if (!text || asks(options)) return; // there is more to fill in, which is not there yet
    sent.push(text);
    room.append(bubble(text));
    field.value = "";
    fit();
  };
  const leave = (): void => void (options.inline || around.tell({ kind: "close" }));
  const focus = (): void => void (hasKeyboard() && document.hasFocus() && field.focus());
  on(field, "input", fit);
  on(send, "mousedown", (event) => event.preventDefault());
  on(send, "click", submit);
  on(close, "click", leave);
  on(window, "focus", focus);
  on<KeyboardEvent>(window, "keydown", (event) => {
    if (event.key !== "Enter" || event.target !== field || event.shiftKey || event.isComposing || !hasKeyboard()) return;
    event.preventDefault();
    submit();
  });
  trap(() => !options.inline, leave, over.signal);
  focus();
  (globalThis as { early?: Early }).early = { sent, end: () => over.abort() };
}

/** Whether the site wants something before the first message. */
const asks = ({ name, consent }: FrameOptions): boolean => name === "required" || consent !== "";

function bubble(text: string): Element {
  const wrap = (className: string, inner: string | Element): Element => {
    const element = Object.assign(document.createElement("div"), { className });
    element.append(inner);
    return element;
  };
  return wrap("entry own first last waits", wrap("bubble", wrap("text", text)));
}

/**
 * The program is loaded once what is here is painted: to fetch and decode it meanwhile made that later. A frame that nobody
 * sees is not painted at all.
 */
function load(): void {
  const program = document.getElementById("app")?.dataset["program"] ?? "";
  const run = (): void => void import(program);
  const late = setTimeout(run, 200);
  requestAnimationFrame(() => {
    clearTimeout(late);
    setTimeout(run);
  });
}

function dress(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(FRAME_CSS);
  document.adoptedStyleSheets = [sheet];
}

const beginning = beginningOf(location.hash);
const around = new Page(beginning.page, unheard);
around.tell({ kind: "here" }); // the focus comes while the rest is read
dress();
addEventListener("DOMContentLoaded", () => {
  const widget = document.querySelector<HTMLElement>(".widget");
  if (widget) begin(widget, beginning, around);
  load();
});

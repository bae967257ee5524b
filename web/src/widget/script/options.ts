// The options of a widget, from the data-* attributes of its script or from the API. A wrong one is told in the
// console, and its default is used.
import { choices, type FrameOptions, texts } from "../protocol";

/** Corners of the window. */
export const corners = ["bottom-right", "bottom-left", "top-right", "top-left"];

export interface Options extends Omit<FrameOptions, "inline"> {
  /** What the widget is called in the API, where a page has several. */
  id: string;
  /** The site that serves the chat: the relay's. */
  origin: string;
  /** A corner; empty for the lower one where a line of the page's language ends. */
  position: string;
  /** Distances from the window's edges, in pixels. */
  offsetX: number;
  offsetY: number;
  /** chat, lock, question, mail, none, or the URL of a picture of the page's own. */
  icon: string;
  /** Words beside the icon. */
  text: string;
  /** Whether there is a button at all. */
  launcher: boolean;
  /** A selector of elements that open the chat when they are clicked. */
  trigger: string;
  /** A selector of the element that the chat fills. */
  inline: string;
  zIndex: number;
  /** Open from the start. */
  open: boolean;
}

type Value = string | number | boolean;

/** A check returns the value that a text means, or what would have been right. */
type Check = (text: string) => { value: Value } | string;

const oneOf = (all: readonly string[]): Check => (text) => (all.includes(text) ? { value: text } : all.join(", "));
const upTo = (length: number): Check => (text) => (text.length <= length ? { value: text } : `at most ${length} characters`);
const whole = (least: number, most: number): Check => (text) => (/^-?\d{1,10}$/.test(text) && +text >= least && +text <= most ? { value: +text } : `a number from ${least} to ${most}`);
const matching = (pattern: RegExp, what: string): Check => (text) => (pattern.test(text) ? { value: text } : what);
const yesNo: Check = (text) => (/^(|true|false)$/.test(text) ? { value: text !== "false" } : "true, false");
const selector: Check = (text) => {
  try {
    document.createDocumentFragment().querySelector(text);
    return { value: text };
  } catch {
    return "a CSS selector";
  }
};

/** Any colour of CSS that browsers write as #rrggbb. */
const color: Check = (text) => {
  const pen = document.createElement("canvas").getContext("2d");
  const read = (before: string): string => {
    if (!pen) return text;
    pen.fillStyle = before;
    pen.fillStyle = text;
    return String(pen.fillStyle);
  };
  const value = read("#000000");
  return /^#[\da-f]{6}$/i.test(value) && value === read("#ffffff") ? { value } : "a colour";
};

/** Every option with its default, and what it may be. */
const table: { [K in keyof Options]: [Options[K], Check] } = {
  id: ["", upTo(50)],
  origin: ["", (text) => (/^https?:/.test(text) && URL.canParse(text) ? { value: new URL(text).origin } : "https://…")],
  address: ["", matching(/^(simplex:\/|https?:\/\/)\S{1,3900}$/, "a SimpleX address")],
  position: ["", oneOf(corners)],
  offsetX: [20, whole(0, 2000)],
  offsetY: [20, whole(0, 2000)],
  icon: ["chat", matching(/^(chat|lock|question|none|(https?:|data:image\/|\.{0,2}\/).*)$/, "chat, lock, question, none, a URL")],
  text: ["", upTo(40)],
  launcher: [true, yesNo],
  trigger: ["", selector],
  inline: ["", selector],
  accent: ["", color],
  theme: ["auto", oneOf(choices.theme)],
  lang: ["", matching(/^[a-z]{2,3}(-[\da-z]{2,8})*$/i, "a language, like en")],
  title: ["", upTo(texts.title)],
  greeting: ["", upTo(texts.greeting)],
  name: ["off", oneOf(choices.name)],
  consent: ["", upTo(texts.consent)],
  offline: ["", upTo(texts.offline)],
  zIndex: [2147483000, whole(-2147483648, 2147483647)],
  open: [false, yesNo],
  sound: [false, yesNo],
};

const names = Object.keys(table) as (keyof Options)[];
const pick = (from: (name: keyof Options) => unknown): object => Object.fromEntries(names.map((name) => [name, from(name)]));

export const defaults = pick((name) => table[name][0]) as Options;

export const complain = (text: string): void => console.error(`Sotto widget: ${text}`);

/** read takes over the options in a source that it knows; strange says of others that there is no such option. */
export function read(source: Readonly<Record<string, unknown>>, before: Options, strange: boolean): Options {
  const next: Record<string, Value> = { ...before };
  for (const [name, given] of Object.entries(source)) {
    const check = Object.hasOwn(table, name) && table[name as keyof Options][1];
    if (!check) {
      if (strange) complain(`no option ${name}.`);
      continue;
    }
    const found = check(String(given).trim());
    if (typeof found === "object") next[name] = found.value;
    else complain(`option ${name} cannot be ${JSON.stringify(given)}; it takes ${found}.`);
  }
  return next as unknown as Options;
}

/** forFrame is what the chat has to know; it leaves the rest aside. */
export const forFrame = (o: Options): FrameOptions => ({ ...o, inline: o.inline !== "" });

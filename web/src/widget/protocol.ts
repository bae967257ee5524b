// What the script on a site's page and the chat in its iframe say to each other. Neither trusts the other: the page may
// be hostile to the visitor, and anything may post messages to either. So both sides take a message only from the
// window and origin that they know, and only in the shapes below; none of them carries a key, a name or a text that
// somebody wrote.

/** The version of these messages. Pages pin old scripts for years: what a version means never changes. */
export const version = 1;

/** What the frame is told of the widget's options. Everything else is the script's own matter. */
export interface FrameOptions {
  /** The SimpleX address of the site's owner. */
  address: string;
  /** Any colour, as #rrggbb; empty for Sotto's own. */
  accent: string;
  theme: "light" | "dark" | "auto";
  /** A language tag; empty for the visitor's own language. */
  lang: string;
  title: string;
  greeting: string;
  name: "off" | "optional" | "required";
  /** A sentence that has to be agreed to before the first message. */
  consent: string;
  /** Said while the answer is being waited for. */
  offline: string;
  sound: boolean;
  /** The chat fills an element of the page, and has nothing to close. */
  inline: boolean;
}

/** The names of the options with their longest values; those of the other kinds have their own checks. */
export const texts = { address: 4000, accent: 7, lang: 35, title: 60, greeting: 1000, consent: 1000, offline: 500 } as const;
export const choices = { theme: ["auto", "light", "dark"], name: ["off", "optional", "required"] } as const;
export const switches = ["sound", "inline"] as const;

/** From the script. */
export type ToFrame =
  /** New values of some options. */
  | { kind: "set"; options: Partial<FrameOptions> }
  /** The visitor sees the frame; with focus, by an action of theirs, so that they go on there. */
  | { kind: "show"; focus: boolean }
  | { kind: "hide" };

/** How far the conversation is, as far as the page may know. */
export type TalkState = "none" | "waiting" | "connected" | "ended";
export const talkStates: readonly string[] = ["none", "waiting", "connected", "ended"] satisfies TalkState[];

/** From the frame. */
export type FromFrame =
  /** The chat's document is there, and wants to know whether it has the focus. */
  | { kind: "here" }
  /** The chat's program runs. */
  | { kind: "ready" }
  /** How far the conversation is, and how many new messages there are. */
  | { kind: "talk"; state: TalkState; unread: number }
  /** A message came. */
  | { kind: "message" }
  /** The visitor closes the chat. */
  | { kind: "close" };

/** A message as it is posted. */
export type Posted<M> = M & { sotto: typeof version };

export type Plain = Record<string, unknown>;

/** plain returns data if it is a message of this version, in the shape of a plain object. */
export function plain(data: unknown): Plain | null {
  return typeof data === "object" && data !== null && (data as Plain)["sotto"] === version ? (data as Plain) : null;
}

// What a page and the worker say to each other to get in touch. Once a page is accepted, strings travel: the messages
// of wasm/rpc.

/** The URL of the client, which carries its hash: it names the build. Set by build.mjs. */
declare const WASM_URL: string;

export const build: string = WASM_URL;

/**
 * Who an agent works for: the page; the visitors of a site that has the widget, who are nobody that the page knows; or
 * one frame alone, whose browser lets it keep nothing and meet nobody. It is the name of the worker; of its database, if
 * it may have one; of the channel on which pages and a dedicated worker find each other; and of the Web Lock that the
 * one running agent holds, because two agents on one ratchet would destroy it.
 */
export type Place = "sotto" | "sotto-widget" | "sotto-alone";

/** Where there are neither locks nor storage, there is nothing to share. */
export const isAlone = (place: Place): boolean => place === "sotto-alone";

/** What a page and the worker reach each other through: a SharedWorker's port, or a channel of the page's own. */
export type Channel = MessagePort | BroadcastChannel;

/** A page asks to be served. */
export interface Knock {
  kind: "knock";
  /** The name of a Web Lock that the page holds as long as it lives, and of its channel to a dedicated worker. */
  page: string;
  build: string;
}

/** A page says what it found out about its build: the newest one tells an older worker to make room. */
export interface Replace {
  kind: "replace";
}

/** A page says that it is leaving. */
export interface Leave {
  kind: "leave";
}

export type FromPage = Knock | Replace | Leave;

/** The worker serves the page from now on. */
export interface Accepted {
  kind: "accepted";
  /** The name of a Web Lock that the worker holds as long as it lives. */
  worker: string;
}

/** The worker was started by another build than the page and does not serve it. */
export interface Foreign {
  kind: "foreign";
}

/** The worker closes the channel of a page that it could not serve: it did not read, or sent nonsense. */
export interface Dropped {
  kind: "dropped";
}

/** The worker ends, to make room for another one: of a newer build, or with other storage. */
export interface Ending {
  kind: "ending";
}

/** The agent stopped. The message is for people. */
export interface Stopped {
  kind: "stopped";
  message: string;
}

/** A dedicated worker is ready for pages. */
export interface Here {
  kind: "here";
  /** The name of its Web Lock. */
  worker: string;
}

export type FromWorker = Accepted | Foreign | Dropped | Ending | Stopped | Here;

export const newName = (what: string): string => `sotto-${what}-${crypto.randomUUID()}`;

/** Calls then as soon as whoever holds the named lock is gone. */
export function whenGone(lock: string, signal: AbortSignal, then: () => void): void {
  navigator.locks.request(lock, { signal }, () => then()).catch(() => undefined); // aborted: nobody cares any more
}

/** Takes a lock. It resolves once the lock is held, to what gives it back. */
export function hold(lock: string): Promise<() => void> {
  return new Promise((held, failed) => {
    navigator.locks.request(lock, () => new Promise<void>((release) => held(release))).catch(failed);
  });
}

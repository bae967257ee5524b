import { type Meeting, openMeeting } from "./meeting";
import { build, type Channel, type FromPage, type FromWorker, hold, isAlone, newName, type Place, whenGone } from "./names";

/** What the page hears of its connection to the worker. */
export interface LinkListener {
  /** A worker serves the page. Anything said to an earlier one may be lost. */
  open(): void;
  message(text: string): void;
  /** The worker is gone; another one is being looked for. */
  lost(): void;
  /** The agent stopped, and nothing more will come. */
  stopped(message: string): void;
}

/** A link is the page's way to the worker. It finds another worker when the one it has is gone. */
export interface Link {
  send(text: string): void;
  close(): void;
}

const unavailable = "Sotto’s worker could not be started. Nothing is lost. Check your connection, then reload.";
const blocked = "This browser lets this site store nothing, and Sotto needs that to work. Nothing was stored or sent. Allow cookies and site data for this site, then reload.";
const outdated = "Sotto was updated. Everything is kept. Reload to go on.";

/** Delays before another worker is looked for, in milliseconds. After the last, the page gives up. */
const retries = [200, 1000, 3000, 10000];

/** How long a page waits for a worker to accept it, in milliseconds. A worker does so before it loads the client. */
const patience = 15000;

export function openLink(listener: LinkListener, place: Place): Link {
  return new WorkerLink(listener, openMeeting(place), isAlone(place));
}

class WorkerLink implements Link {
  readonly #listener: LinkListener;
  readonly #meeting: Meeting;
  readonly #alone: boolean;
  #channel: Channel | null = null;
  #watch = new AbortController();
  #release: () => void = () => undefined;
  #accepted = false;
  #over = false;
  #paused = false;
  #failures = 0;
  #next: ReturnType<typeof setTimeout> | undefined;

  constructor(listener: LinkListener, meeting: Meeting, alone: boolean) {
    this.#listener = listener;
    this.#meeting = meeting;
    this.#alone = alone;
    addEventListener("pagehide", () => this.#pause());
    addEventListener("pageshow", ({ persisted }) => persisted && this.#resume());
    document.addEventListener("freeze", () => this.#pause());
    document.addEventListener("resume", () => this.#resume());
    void this.#knock();
  }

  send(text: string): void {
    if (this.#accepted) this.#channel?.postMessage(text);
  }

  close(): void {
    this.#over = true;
    this.#leave();
    this.#meeting.close();
  }

  async #knock(): Promise<void> {
    const page = newName("page");
    try {
      if (!this.#alone) this.#release = await hold(page);
    } catch {
      return this.#stop(blocked); // where storage is refused, locks are too
    }
    if (this.#over || this.#paused) return this.#release();
    this.#watch = new AbortController();
    const channel = this.#meeting.channel(page, () => this.#failed(channel));
    this.#channel = channel;
    channel.onmessage = ({ data }: MessageEvent<string | FromWorker>) => {
      if (typeof data === "string") this.#message(data);
      else void this.#hear(channel, data);
    };
    this.#meeting.knock(channel, { kind: "knock", page, build });
    setTimeout(() => this.#failed(channel), patience);
  }

  async #hear(channel: Channel, message: FromWorker): Promise<void> {
    switch (message.kind) {
      case "accepted":
        this.#accepted = true;
        this.#meeting.met();
        whenGone(message.worker, this.#watch.signal, () => this.#lose());
        this.#listener.open();
        return;
      case "dropped":
        return this.#lose();
      case "stopped":
        return this.#stop(message.message);
      case "foreign":
        if (!(await isCurrent())) return this.#stop(outdated);
        channel.postMessage({ kind: "replace" } satisfies FromPage);
        return this.#again();
      case "ending":
      case "here":
        return; // its lock tells when it is gone
    }
  }

  #message(text: string): void {
    this.#failures = 0; // the agent works
    this.#listener.message(text);
  }

  /** The connection is gone, or the worker. */
  #lose(): void {
    this.#listener.lost();
    this.#again(0);
  }

  /** The worker's script did not load, or the worker does not answer. */
  #failed(channel: Channel): void {
    if (this.#channel === channel && !this.#accepted) this.#again();
  }

  /** Looks for another worker; soon if it is the first time. */
  #again(first = retries[0]): void {
    const delay = this.#failures++ ? retries[this.#failures - 1] : first;
    if (delay === undefined) return this.#stop(unavailable);
    this.#leave();
    this.#next = setTimeout(() => void this.#knock(), delay);
  }

  /** The browser keeps the page aside, or freezes it: nothing that it does for others goes on. */
  #pause(): void {
    if (this.#over || this.#paused) return;
    this.#paused = true;
    this.#leave();
    this.#meeting.close();
  }

  #resume(): void {
    if (this.#over || !this.#paused) return;
    this.#paused = false;
    this.#meeting.reopen();
    this.#lose();
  }

  #stop(message: string): void {
    this.close();
    this.#listener.stopped(message);
  }

  #leave(): void {
    clearTimeout(this.#next);
    this.#watch.abort();
    this.#accepted = false;
    this.#channel?.postMessage({ kind: "leave" } satisfies FromPage);
    this.#channel?.close();
    this.#release();
    this.#channel = null;
  }
}

/** Reports whether this page is of the build that the site serves now. */
async function isCurrent(): Promise<boolean> {
  try {
    const answer = await fetch("/integrity.json", { cache: "no-store" });
    const files = (await answer.json()) as Record<string, unknown>;
    return build.slice(1) in files;
  } catch {
    return true; // the newer page wins
  }
}

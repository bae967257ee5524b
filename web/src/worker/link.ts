import { agentLock, build, type FromPage, type FromWorker, hold, type Here, meetingChannel, newName, whenGone } from "./names";

/** The URL of the worker. Set by build.mjs. */
declare const WORKER_URL: string;

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
const outdated = "Sotto was updated. Everything is kept. Reload to go on.";

/** Delays before another worker is looked for, in milliseconds. After the last, the page gives up. */
const retries = [200, 1000, 3000, 10000];

/** How long a page waits for a worker to accept it, in milliseconds. A worker does so before it loads the client. */
const patience = 15000;

/** The one Trusted Types policy of the page: scripts by URL are the worker's alone. */
const policy = (globalThis as unknown as { trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy("sotto", {
  createScriptURL(url) {
    if (url !== WORKER_URL) throw new TypeError("not the worker");
    return url;
  },
});

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

const workerURL = (): string => policy?.createScriptURL(WORKER_URL) ?? WORKER_URL;

export function openLink(listener: LinkListener): Link {
  return typeof SharedWorker === "function" ? new WorkerLink(listener, new SharedMeeting()) : new WorkerLink(listener, new ChannelMeeting());
}

/** A meeting is how a page gets a channel to the worker. */
interface Meeting {
  /** Opens a channel for the page of the given name; failed is called if there is no worker and none will come. */
  channel(page: string, failed: () => void): MessagePort | BroadcastChannel;
  /** Sends the first message on it. */
  knock(channel: MessagePort | BroadcastChannel, knock: FromPage): void;
  /** Ends what the page does for the worker. */
  close(): void;
}

class SharedMeeting implements Meeting {
  channel(_page: string, failed: () => void): MessagePort {
    const worker = new SharedWorker(workerURL(), { name: agentLock });
    worker.onerror = failed;
    return worker.port;
  }

  knock(channel: MessagePort, knock: FromPage): void {
    channel.postMessage(knock);
  }

  close(): void {
    // The browser ends the worker after the last page.
  }
}

/** Without SharedWorker, one page leads: it runs a dedicated worker. When it closes, another takes its place. */
class ChannelMeeting implements Meeting {
  readonly #channel = new BroadcastChannel(meetingChannel);
  readonly #over = new AbortController();
  #last: FromPage | null = null;
  #failed: () => void = () => undefined;
  #leading = false;

  constructor() {
    this.#channel.onmessage = ({ data }: MessageEvent<Here>) => {
      if (data?.kind !== "here") return;
      if (this.#last) this.#channel.postMessage(this.#last);
      if (this.#leading) whenGone(data.worker, this.#over.signal, () => this.#start());
    };
    navigator.locks.request(agentLock + "-lead", { signal: this.#over.signal }, () => this.#lead()).catch(() => undefined);
  }

  channel(page: string, failed: () => void): BroadcastChannel {
    this.#failed = failed;
    return new BroadcastChannel(page);
  }

  knock(_channel: BroadcastChannel, knock: FromPage): void {
    this.#last = knock;
    this.#channel.postMessage(knock);
  }

  close(): void {
    this.#over.abort();
    this.#channel.close();
  }

  #lead(): Promise<void> {
    this.#leading = true;
    this.#start();
    return new Promise((over) => this.#over.signal.addEventListener("abort", () => over()));
  }

  #start(): void {
    const worker = new Worker(workerURL(), { name: agentLock });
    worker.onerror = () => this.#failed();
    this.#over.signal.addEventListener("abort", () => worker.terminate());
  }
}

class WorkerLink implements Link {
  readonly #listener: LinkListener;
  readonly #meeting: Meeting;
  #channel: MessagePort | BroadcastChannel | null = null;
  #watch = new AbortController();
  #accepted = false;
  #over = false;
  #failures = 0;

  constructor(listener: LinkListener, meeting: Meeting) {
    this.#listener = listener;
    this.#meeting = meeting;
    addEventListener("pagehide", () => this.#leave());
    addEventListener("pageshow", ({ persisted }) => {
      if (persisted && !this.#over) this.#lose();
    });
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
    await hold(page);
    if (this.#over) return;
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

  async #hear(channel: MessagePort | BroadcastChannel, message: FromWorker): Promise<void> {
    switch (message.kind) {
      case "accepted":
        this.#accepted = true;
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
  #failed(channel: MessagePort | BroadcastChannel): void {
    if (this.#channel === channel && !this.#accepted) this.#again();
  }

  /** Looks for another worker; soon if it is the first time. */
  #again(first = retries[0]): void {
    const delay = this.#failures++ ? retries[this.#failures - 1] : first;
    if (delay === undefined) return this.#stop(unavailable);
    this.#leave();
    setTimeout(() => {
      if (!this.#over) void this.#knock();
    }, delay);
  }

  #stop(message: string): void {
    this.close();
    this.#listener.stopped(message);
  }

  #leave(): void {
    this.#watch.abort();
    this.#accepted = false;
    this.#channel?.postMessage({ kind: "leave" } satisfies FromPage);
    this.#channel?.close();
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

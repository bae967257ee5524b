// How a page gets a channel to the worker: from the browser, where it has SharedWorker, or over BroadcastChannels.
import { type Channel, type FromPage, type Here, isAlone, type Place, whenGone } from "./names";

/** The URL of the worker. Set by build.mjs. */
declare const WORKER_URL: string;

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

/** A meeting is how a page gets a channel to the worker. */
export interface Meeting {
  /** Opens a channel for the page of the given name; failed is called if there is no worker and none will come. */
  channel(page: string, failed: () => void): Channel;
  /** Asks the worker to serve the page on it. */
  knock(channel: Channel, knock: FromPage): void;
  /** The worker does. */
  met(): void;
  /** Ends what the page does for the worker: it is leaving, or being frozen. */
  close(): void;
  /** The page is back after it was frozen, or kept aside by the browser. */
  reopen(): void;
}

class SharedMeeting implements Meeting {
  readonly #place: Place;

  constructor(place: Place) {
    this.#place = place;
  }

  channel(_page: string, failed: () => void): MessagePort {
    const worker = new SharedWorker(workerURL(), { name: this.#place });
    worker.onerror = failed;
    return worker.port;
  }

  knock(channel: MessagePort, knock: FromPage): void {
    channel.postMessage(knock);
  }

  met(): void {
    // The browser did it.
  }

  close(): void {
    // The browser ends the worker after the last page.
  }

  reopen(): void {
    // The next channel leads to it, or to another one.
  }
}

/**
 * Without SharedWorker, one page leads: it runs a dedicated worker. When it closes, another takes its place; also when it
 * is frozen, because its worker is frozen with it.
 */
class ChannelMeeting implements Meeting {
  readonly #place: Place;
  #channel!: BroadcastChannel;
  #over = new AbortController();
  #last: FromPage | null = null;
  #failed: () => void = () => undefined;
  #leading = false;

  constructor(place: Place) {
    this.#place = place;
    this.reopen();
  }

  reopen(): void {
    const over = (this.#over = new AbortController());
    this.#channel = new BroadcastChannel(this.#place);
    this.#channel.onmessage = ({ data }: MessageEvent<Here>) => {
      if (data?.kind !== "here") return;
      if (this.#last) this.#channel.postMessage(this.#last);
      if (this.#leading) whenGone(data.worker, over.signal, () => this.#start(over.signal));
    };
    navigator.locks.request(this.#place + "-lead", { signal: over.signal }, () => this.#lead(over.signal)).catch(() => undefined);
  }

  channel(page: string, failed: () => void): BroadcastChannel {
    this.#failed = failed;
    return new BroadcastChannel(page);
  }

  knock(_channel: BroadcastChannel, knock: FromPage): void {
    this.#last = knock;
    this.#channel.postMessage(knock);
  }

  met(): void {
    this.#last = null;
  }

  close(): void {
    this.#leading = false;
    this.#over.abort();
    this.#channel.close();
  }

  /** Runs the worker as long as the lock is held, which is until the signal. */
  #lead(over: AbortSignal): Promise<void> {
    if (over.aborted) return Promise.resolve();
    this.#leading = true;
    this.#start(over);
    return new Promise((ended) => over.addEventListener("abort", () => ended()));
  }

  #start(over: AbortSignal): void {
    const worker = new Worker(workerURL(), { name: this.#place });
    worker.onerror = () => this.#failed();
    over.addEventListener("abort", () => worker.terminate());
  }
}

/** Where the browser refuses storage it refuses meetings as well: a frame has a worker of its own, which ends with it. */
class LoneMeeting implements Meeting {
  #worker: Worker | null = null;
  #end: MessagePort | null = null;

  channel(_page: string, failed: () => void): MessagePort {
    const { port1, port2 } = new MessageChannel();
    this.close();
    this.#worker = new Worker(workerURL(), { name: "sotto-alone" satisfies Place });
    this.#worker.onerror = failed;
    this.#end = port2;
    return port1;
  }

  knock(_channel: Channel, knock: FromPage): void {
    if (this.#end) this.#worker?.postMessage(knock, [this.#end]);
  }

  met(): void {
    // There is nobody else.
  }

  close(): void {
    this.#worker?.terminate();
  }

  reopen(): void {
    // The next channel has a worker of its own.
  }
}

export function openMeeting(place: Place): Meeting {
  if (isAlone(place)) return new LoneMeeting();
  return typeof SharedWorker === "function" ? new SharedMeeting(place) : new ChannelMeeting(place);
}

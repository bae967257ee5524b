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
  /** Ends what the page does for the worker. */
  close(): void;
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
}

/** Without SharedWorker, one page leads: it runs a dedicated worker. When it closes, another takes its place. */
class ChannelMeeting implements Meeting {
  readonly #place: Place;
  readonly #channel: BroadcastChannel;
  readonly #over = new AbortController();
  #last: FromPage | null = null;
  #failed: () => void = () => undefined;
  #leading = false;

  constructor(place: Place) {
    this.#place = place;
    this.#channel = new BroadcastChannel(place);
    this.#channel.onmessage = ({ data }: MessageEvent<Here>) => {
      if (data?.kind !== "here") return;
      if (this.#last) this.#channel.postMessage(this.#last);
      if (this.#leading) whenGone(data.worker, this.#over.signal, () => this.#start());
    };
    navigator.locks.request(place + "-lead", { signal: this.#over.signal }, () => this.#lead()).catch(() => undefined);
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
    this.#over.abort();
    this.#channel.close();
  }

  #lead(): Promise<void> {
    this.#leading = true;
    this.#start();
    return new Promise((over) => this.#over.signal.addEventListener("abort", () => over()));
  }

  #start(): void {
    const worker = new Worker(workerURL(), { name: this.#place });
    worker.onerror = () => this.#failed();
    this.#over.signal.addEventListener("abort", () => worker.terminate());
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
}

export function openMeeting(place: Place): Meeting {
  if (isAlone(place)) return new LoneMeeting();
  return typeof SharedWorker === "function" ? new SharedMeeting(place) : new ChannelMeeting(place);
}

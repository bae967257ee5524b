import { build, type Channel, type FromPage, type FromWorker, type Knock, whenGone } from "./names";
import { Page } from "./page";

/** How long messages of a page that is gone may still be on their way, in milliseconds. */
const grace = 1000;

/**
 * The host keeps the connected pages and hands them to the Go program, which knows it as globalThis.sotto.
 * It outlives the program, so that pages hear how it ended.
 */
export class Host {
  /** Go: the site's configuration, as JSON text. Set before the program starts. */
  config = "";
  /** Go: the name of the database, empty if nothing may be kept. */
  readonly storage: string;
  readonly #worker: string;
  readonly #end: () => void;
  readonly #pages = new Map<string, Page>();
  #serve: ((page: Page) => void) | null = null;
  #stopped = "";

  /** The worker is reachable by the lock of the given name, and ended by the function. */
  constructor(worker: string, storage: string, end: () => void) {
    this.#worker = worker;
    this.storage = storage;
    this.#end = end;
  }

  /** Go: calls serve with every page, those that wait first. */
  serve(serve: (page: Page) => void): void {
    this.#serve = serve;
    for (const page of [...this.#pages.values()]) serve(page);
  }

  /** Go and worker: the agent stopped. All pages are told why, and the worker ends; a page that is reloaded starts another. */
  stop(message: string): void {
    if (this.#stopped) return;
    this.#stopped = message;
    this.#finish({ kind: "stopped", message });
  }

  /** Go: the worker ends, and the pages find another one, which starts from what is stored now. */
  restart(): void {
    this.#finish({ kind: "ending" });
  }

  /** Takes a message that came over a channel whose page is not known yet. */
  meet(message: unknown, open: (knock: Knock) => Channel): void {
    const knock = message as FromPage | null;
    if (typeof knock !== "object" || knock?.kind !== "knock" || typeof knock.page !== "string") return;
    if (this.#pages.has(knock.page)) return; // it knocked twice, not knowing whether it was heard
    const channel = open(knock);
    if (knock.build === build) this.#accept(knock, channel);
    else this.#refuse(channel);
  }

  #accept(knock: Knock, channel: Channel): void {
    const gone = new AbortController();
    const page = new Page(channel, () => {
      this.#pages.delete(knock.page);
      gone.abort();
    });
    this.#pages.set(knock.page, page);
    whenGone(knock.page, gone.signal, () => setTimeout(() => page.close(), grace));
    channel.onmessage = ({ data }: MessageEvent<string | FromPage>) => {
      if (typeof data === "string") page.deliver(data);
      else if (data.kind === "leave") page.close();
    };
    page.tell({ kind: "accepted", worker: this.#worker });
    if (this.#stopped) page.tell({ kind: "stopped", message: this.#stopped });
    else this.#serve?.(page);
  }

  /** A page of another build finds out which of the two is older. */
  #refuse(channel: Channel): void {
    channel.onmessage = ({ data }: MessageEvent<FromPage>) => {
      if (data?.kind === "replace") this.#finish({ kind: "ending" });
    };
    channel.postMessage({ kind: "foreign" } satisfies FromWorker);
  }

  #finish(last: FromWorker): void {
    for (const page of this.#pages.values()) page.tell(last);
    // Messages on their way are delivered even though the worker ends, once this task is over.
    setTimeout(this.#end, 0);
  }
}

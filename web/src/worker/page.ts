import type { Channel, FromWorker } from "./names";

/** The most messages a page may have waiting before the agent is ready for them. */
const maxWaiting = 256;

/** One connected page, as the Go program sees it. */
export class Page {
  readonly #channel: Channel;
  readonly #closed: () => void;
  #waiting: string[] = [];
  #receive: ((message: string | null) => void) | null = null;
  #open = true;

  constructor(channel: Channel, closed: () => void) {
    this.#channel = channel;
    this.#closed = closed;
  }

  /** Go: calls receive with each message, and in the end with null. */
  listen(receive: (message: string | null) => void): void {
    this.#receive = receive;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const message of waiting) receive(message);
    if (!this.#open) receive(null);
  }

  /** Go: sends a message. */
  send(message: string): void {
    if (this.#open) this.#channel.postMessage(message);
  }

  /** Go and worker: ends the connection. A page that is still there connects again. */
  close(): void {
    if (!this.#open) return;
    this.tell({ kind: "dropped" });
    this.#open = false;
    this.#channel.close();
    this.#closed();
    this.#receive?.(null);
  }

  /** Worker: a message came from the page. */
  deliver(message: string): void {
    if (!this.#open) return;
    if (this.#receive) this.#receive(message);
    else if (this.#waiting.push(message) > maxWaiting) this.close();
  }

  /** Worker: says something about the connection itself. */
  tell(message: FromWorker): void {
    if (this.#open) this.#channel.postMessage(message);
  }
}

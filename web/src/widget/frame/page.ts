// The page around the frame. What it says is taken only from its own window and the origin that it named first, and
// only in the shapes of the protocol; what it hears never has a text in it.
import { type FromFrame, plain, type Posted, type ToFrame, version } from "../protocol";
import { takeOptions } from "./options";
import type { FrameOptions } from "../protocol";

export interface PageListener {
  set(take: (before: FrameOptions) => FrameOptions): void;
  show(focus: boolean): void;
  hide(): void;
}

export class Page {
  readonly #origin: string;

  constructor(origin: string, listener: PageListener) {
    this.#origin = origin;
    addEventListener("message", (event) => {
      if (event.source !== parent || parent === self || event.origin !== origin) return;
      const message = plain(event.data) as ToFrame | null;
      switch (message?.kind) {
        case "set":
          return listener.set((before) => takeOptions(message.options, before));
        case "show":
          return listener.show(message.focus === true);
        case "hide":
          return listener.hide();
      }
    });
  }

  tell(message: FromFrame): void {
    if (parent !== self && this.#origin) parent.postMessage({ ...message, sotto: version } satisfies Posted<FromFrame>, this.#origin);
  }
}

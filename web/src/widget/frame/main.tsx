// The chat in the iframe: takes over the composer that is there at once (early.ts) when the visitor sees it, starts the
// agent when the visitor opens it or has a conversation already, and tells the page around it how many messages are new,
// and nothing else.
import { render } from "preact";
import { missing } from "../../rpc";
import type { TalkState } from "../protocol";
import { follow, guardFocus } from "./focus";
import { beginningOf } from "./options";
import { Page } from "./page";
import { connectWhen } from "./place";
import { chime } from "./sound";
import { takeOver } from "./takeover";
import { paint } from "./theme";
import { trap } from "./trap";
import { Widget } from "./views/widget";
import { Visit } from "./visit";
import { speak } from "./words";

/** report tells the page what it may know, when that changes; and rings for what comes while the visitor looks elsewhere. */
function report(visit: Visit, page: Page): void {
  let told: { state: TalkState; unread: number } | null = null;
  visit.subscribe(() => {
    const { phase } = visit.store.get();
    if (phase === "starting") return;
    const now = { state: visit.state, unread: visit.contact?.unread ?? 0 };
    if (told?.state === now.state && told.unread === now.unread) return;
    if (told && now.unread > told.unread) {
      page.tell({ kind: "message" });
      if (visit.visitor.options.sound) chime();
    }
    told = now;
    page.tell({ kind: "talk", ...now });
  });
}

function watch(visit: Visit): void {
  const tell = () => visit.store.apply({ type: "online", online: navigator.onLine });
  tell();
  addEventListener("offline", tell);
  addEventListener("online", () => {
    tell();
    visit.actions.wake();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && visit.contact) visit.actions.wake();
  });
}

function start(root: HTMLElement): void {
  const { options, page: origin, active } = beginningOf(location.hash);
  const lack = missing() === "wasm";
  let begin: () => void = () => undefined;
  const time = new Promise<void>((now) => {
    if (!lack) begin = now;
  });
  speak(options.lang);
  const visit = new Visit(options, (listener) => connectWhen(time, listener));
  const close = (): void => page.tell({ kind: "close" });
  const page = new Page(origin, {
    set(take) {
      const { lang } = visit.visitor.options;
      visit.setOptions(take(visit.visitor.options));
      if (visit.visitor.options.lang !== lang) speak(visit.visitor.options.lang);
      paint(visit.visitor.options);
    },
    show(focus) {
      begin();
      if (visit.visitor.shown) return;
      follow(focus);
      visit.change({ shown: true });
      draw();
    },
    hide() {
      follow(false);
      visit.change({ shown: false });
    },
  });
  let drawn = false;
  const draw = (): void => {
    if (!drawn) takeOver(root, visit, () => render(<Widget visit={visit} onClose={close} lack={lack} />, root));
    drawn = true;
  };
  guardFocus();
  paint(options);
  trap(() => visit.visitor.shown && !visit.visitor.options.inline, close);
  watch(visit);
  report(visit, page);
  if (active) begin();
  page.tell({ kind: "ready" });
}

const root = document.getElementById("app");
if (root) start(root);

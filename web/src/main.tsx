// The page: paints at once, starts the agent in its worker, and shows what the agent tells.
import { render } from "preact";
import { keepName, wasNamed } from "./naming";
import { connect, missing } from "./rpc";
import { createActions, type Actions } from "./state/actions";
import { clockError } from "./state/clock";
import { unsent } from "./state/contacts";
import { listenerOf } from "./state/hear";
import { createStore, type Store } from "./state/store";
import { prepareTimes } from "./text/time";
import { App } from "./views/app";
import { paceDrawing } from "./views/pace";
import { Stopped } from "./views/stopped";

// Tells the agent when the network or the person comes back.
function watch(store: Store, actions: Actions): void {
  const follow = () => store.apply({ type: "online", online: navigator.onLine });
  follow();
  addEventListener("offline", follow);
  addEventListener("online", () => {
    follow();
    actions.wake();
  });
  const look = () => void clockError().then((error) => store.apply({ type: "clock", error }), () => undefined); // offline
  setTimeout(look); // the page is painted first
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    actions.wake();
    if (store.get().clockError) look();
  });
}

// Asks before the page is left while the agent has not taken what was written last: it is nowhere else.
function guard(store: Store): void {
  addEventListener("beforeunload", (event) => {
    if (store.get().phase !== "stopped" && unsent(store.get()).length > 0) event.preventDefault();
  });
}

function start(root: HTMLElement): void {
  const lack = missing();
  if (lack) {
    render(<Stopped problem="" lack={lack} started={false} unsent={[]} />, root);
    return;
  }
  paceDrawing();
  const store = createStore();
  const actions = createActions(store, connect(listenerOf(store)));
  watch(store, actions);
  guard(store);
  keepName(store, actions);
  render(<App store={store} actions={actions} returning={wasNamed()} />, root);
  requestAnimationFrame(() => setTimeout(prepareTimes)); // painted, and the agent takes longer
}

const root = document.getElementById("app");
if (root) start(root);

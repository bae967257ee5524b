// The page: paints at once, starts the agent in its worker, and shows what the agent tells.
import { render } from "preact";
import type { Events } from "../api";
import { connect, missing, type Listener } from "./rpc";
import { createActions, type Actions } from "./state/actions";
import { unsent } from "./state/contacts";
import type { Change } from "./state/state";
import { createStore, type Store } from "./state/store";
import { App } from "./views/app";
import { Stopped } from "./views/stopped";

/** Remembers that a name was chosen here: without it a returning person would see the first view for a moment. */
const namedKey = "sotto-named";

function remembered(): boolean {
  try {
    return localStorage.getItem(namedKey) !== null;
  } catch {
    return false; // storage is refused: the agent will say so
  }
}

function remember(named: boolean): void {
  try {
    if (named) localStorage.setItem(namedKey, "1");
    else localStorage.removeItem(namedKey);
  } catch {
    return; // only a matter of looks
  }
}

function changeOf<K extends keyof Events>(name: K, data: Events[K]): Change {
  const changes: { [E in keyof Events]: (data: Events[E]) => Change } = {
    contact: (contact) => ({ type: "contact", contact }),
    contactDeleted: ({ id }) => ({ type: "contactDeleted", id }),
    item: (item) => ({ type: "item", item }),
    profile: (profile) => ({ type: "profile", profile }),
    relay: (relay) => ({ type: "relay", relay }),
    storage: (storage) => ({ type: "storage", storage }),
    fatal: ({ message }) => ({ type: "stopped", problem: message }),
  };
  return changes[name](data);
}

function listenerOf(store: Store): Listener {
  return {
    snapshot: (snapshot) => store.apply({ type: "snapshot", snapshot }),
    event: (name, data) => store.apply(changeOf(name, data)),
    restarting: () => store.apply({ type: "restarting" }),
    stopped: (problem) => store.apply({ type: "stopped", problem }),
  };
}

// Tells the agent when the network or the person comes back.
function watch(store: Store, actions: Actions): void {
  const follow = () => store.apply({ type: "online", online: navigator.onLine });
  follow();
  addEventListener("offline", follow);
  addEventListener("online", () => {
    follow();
    actions.wake();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") actions.wake();
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
  const store = createStore();
  const actions = createActions(store, connect(listenerOf(store)));
  watch(store, actions);
  guard(store);
  store.subscribe(() => {
    const { phase, profile, storage } = store.get();
    if (phase === "ready" && storage?.kind !== "unreadable") remember(profile !== null);
  });
  render(<App store={store} actions={actions} returning={remembered()} />, root);
}

const root = document.getElementById("app");
if (root) start(root);

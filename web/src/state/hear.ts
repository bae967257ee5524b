// What the agent tells, as changes of the state.
import type { Events, Snapshot } from "../../api";
import type { Change } from "./state";
import type { Store } from "./store";

/** What the page hears from the agent: rpc.ts calls it. */
export interface Hearing {
  snapshot(snapshot: Snapshot): void;
  event<K extends keyof Events>(name: K, data: Events[K]): void;
  together(tell: () => void): void;
  restarting(): void;
  stopped(message: string): void;
}

function changeOf<K extends keyof Events>(name: K, data: Events[K]): Change {
  const changes: { [E in keyof Events]: (data: Events[E]) => Change } = {
    contacts: ({ contacts, more }) => ({ type: "contacts", contacts, more }),
    contact: (contact) => ({ type: "changed", contacts: [contact] }),
    contactDeleted: ({ id }) => ({ type: "contactDeleted", id }),
    item: (item) => ({ type: "items", items: [item] }),
    itemDeleted: ({ contactId, seq }) => ({ type: "itemDeleted", contactId, seq }),
    profile: (profile) => ({ type: "profile", profile }),
    ownProfile: (own) => ({ type: "ownProfile", own }),
    profileDeleted: ({ id }) => ({ type: "profileDeleted", id }),
    profileSwitched: ({ profileId = "" }) => ({ type: "profileSwitched", id: profileId }),
    relay: (relay) => ({ type: "relay", relay }),
    relayRemoved: ({ address }) => ({ type: "relayRemoved", address }),
    storage: (storage) => ({ type: "storage", storage }),
    fatal: ({ message }) => ({ type: "stopped", problem: message }),
  };
  return changes[name](data);
}

// One change for two that come one after the other, if there is one: each copies what it changes.
function joined(a: Change, b: Change): Change | undefined {
  if (a.type === "items" && b.type === "items") return { type: "items", items: [...a.items, ...b.items] };
  if (a.type === "changed" && b.type === "changed") return { type: "changed", contacts: [...a.contacts, ...b.contacts] };
  return undefined;
}

/** listenerOf has the store follow the agent. */
export function listenerOf(store: Store): Hearing {
  let last: Change | undefined; // of what is told together
  let open = false;
  const flush = (): void => {
    const change = last;
    last = undefined;
    if (change) store.apply(change);
  };
  const hear = (change: Change): void => {
    const both = last && joined(last, change);
    if (!both) flush();
    last = both ?? change;
    if (!open) flush();
  };
  return {
    snapshot: (snapshot) => hear({ type: "snapshot", snapshot }),
    event: (name, data) => hear(changeOf(name, data)),
    together: (tell) =>
      store.together(() => {
        open = true;
        try {
          tell();
        } finally {
          open = false;
          flush();
        }
      }),
    restarting: () => hear({ type: "restarting" }),
    stopped: (problem) => hear({ type: "stopped", problem }),
  };
}

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
    contact: (contact) => ({ type: "contact", contact }),
    contactDeleted: ({ id }) => ({ type: "contactDeleted", id }),
    item: (item) => ({ type: "item", item }),
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

/** listenerOf has the store follow the agent. */
export function listenerOf(store: Store): Hearing {
  return {
    snapshot: (snapshot) => store.apply({ type: "snapshot", snapshot }),
    event: (name, data) => store.apply(changeOf(name, data)),
    together: (tell) => store.together(tell),
    restarting: () => store.apply({ type: "restarting" }),
    stopped: (problem) => store.apply({ type: "stopped", problem }),
  };
}

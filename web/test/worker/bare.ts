// A page with nothing but the connection to the agent, for worker.test.mjs.
import type { API, Contact, Item, Snapshot, Storage } from "../../api";
import { connect } from "../../src/rpc";

export interface Bare {
  agent: API;
  snapshots: Snapshot[];
  contacts: Map<string, Contact>;
  items: Map<string, Item>;
  restarts: number;
  stopped: string;
  storage: Storage | null;
}

const bare: Bare = {
  snapshots: [],
  contacts: new Map(),
  items: new Map(),
  restarts: 0,
  stopped: "",
  storage: null,
  agent: connect({
    snapshot(snapshot) {
      bare.snapshots.push(snapshot);
      for (const contact of snapshot.contacts) bare.contacts.set(contact.id, contact);
    },
    event(name, data) {
      if (name === "storage") bare.storage = data as Storage;
      if (name === "contact") bare.contacts.set((data as Contact).id, data as Contact);
      if (name === "item") bare.items.set(`${(data as Item).contactId}/${(data as Item).seq}`, data as Item);
    },
    restarting() {
      bare.restarts++;
    },
    stopped(message) {
      bare.stopped = message;
    },
  }),
};

(globalThis as unknown as { bare: Bare }).bare = bare;

// What a person can do with relays, and how messages go to other people's.
import type { API, Routing } from "../../api";
import type { Store } from "./store";

export function relayActions(store: Store, agent: API) {
  return {
    async addRelay(address: string) {
      store.apply({ type: "relay", relay: await agent.addRelay({ address }) });
    },
    testRelay: (address: string) => agent.testRelay({ address }),
    async setRelay(address: string, enabled: boolean) {
      store.apply({ type: "relay", relay: await agent.setRelay({ address, enabled }) });
    },
    async removeRelay(address: string) {
      await agent.removeRelay({ address });
      store.apply({ type: "relayRemoved", address });
    },
    async setRouting(profileId: string, routing: Routing) {
      store.apply({ type: "ownProfile", own: await agent.setRouting({ ...routing, profileId }) });
    },
  };
}

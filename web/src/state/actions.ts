// What a person can do. Each action shows its effect at once where it can, and then asks the agent.
import type { API } from "../../api";
import { copyActions } from "./copy";
import { messageActions } from "./messages";
import { peopleActions } from "./people";
import { profileActions } from "./profiles";
import { protectionActions } from "./protection";
import { relayActions } from "./relays";
import type { Store } from "./store";

export type Actions = ReturnType<typeof createActions>;

export function createActions(store: Store, agent: API) {
  return {
    ...profileActions(store, agent),
    ...peopleActions(store, agent),
    ...messageActions(store, agent),
    ...relayActions(store, agent),
    ...protectionActions(store, agent),
    ...copyActions(agent),
  };
}


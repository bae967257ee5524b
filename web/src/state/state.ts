// The state of the page: what the agent told, and what the person has just done and the agent has not answered yet.
import type { Contact, Item, OwnProfile, Profile, Relay, Snapshot, Storage } from "../../api";

export interface State {
  /** starting: the agent is on its way. restarting: it was lost, another one comes. stopped: it gave up for good. */
  phase: "starting" | "ready" | "restarting" | "stopped";
  /** stopped: what the agent said. */
  problem: string;
  /** The name chosen here while the agent was still starting, until it is stored. */
  chosenName: string | null;
  /** Why the chosen name was not stored. */
  nameProblem: string;
  /** The current one of profiles. */
  profile: Profile | null;
  profileId: string;
  profiles: readonly OwnProfile[];
  /** Of all profiles. */
  contacts: ReadonlyMap<string, Contact>;
  /** Those of the newest snapshot, while there are more to come; otherwise null. */
  coming: ReadonlyMap<string, Contact> | null;
  threads: ReadonlyMap<string, Thread>;
  relays: readonly Relay[];
  storage: Storage | null;
  echo: boolean;
  version: string;
  online: boolean;
  /** By how many seconds this device's clock is ahead of the site's; 0 if it is right. */
  clockError: number;
}

/** The loaded part of a conversation. */
export interface Thread {
  /** In ascending order of seq, without gaps up to the newest. */
  items: readonly Item[];
  /** Sent here and not answered by the agent yet. */
  outbox: readonly Outgoing[];
  /** There are older items to load. */
  more: boolean;
  loading: "first" | "older" | "none";
  failed: boolean;
}

export interface Outgoing {
  clientId: string;
  text: string;
  at: number;
  /** The message that it answers. */
  replyTo?: Item | undefined;
  /** Why it was not accepted; empty while on its way. */
  problem: string;
}

export const emptyThread: Thread = { items: [], outbox: [], more: true, loading: "none", failed: false };

export function initialState(): State {
  return {
    phase: "starting",
    problem: "",
    chosenName: null,
    nameProblem: "",
    profile: null,
    profileId: "",
    profiles: [],
    contacts: new Map(),
    coming: null,
    threads: new Map(),
    relays: [],
    storage: null,
    echo: false,
    version: "",
    online: true,
    clockError: 0,
  };
}

/** Everything that changes the state. */
export type Change =
  | { type: "snapshot"; snapshot: Snapshot }
  | { type: "restarting" }
  | { type: "stopped"; problem: string }
  | { type: "online"; online: boolean }
  | { type: "clock"; error: number }
  | { type: "named"; name: string }
  | { type: "nameRefused"; problem: string }
  | { type: "profile"; profile: Profile }
  | { type: "contacts"; contacts: readonly Contact[]; more: boolean }
  /** Conversations that are new or changed. */
  | { type: "changed"; contacts: readonly Contact[] }
  | { type: "contactDeleted"; id: string }
  | { type: "ownProfile"; own: OwnProfile }
  | { type: "profileDeleted"; id: string }
  | { type: "profileSwitched"; id: string }
  | { type: "relay"; relay: Relay }
  | { type: "relayRemoved"; address: string }
  | { type: "storage"; storage: Storage }
  | { type: "draft"; contactId: string; text: string }
  /** In the order in which they came. */
  | { type: "items"; items: readonly Item[] }
  | { type: "itemDeleted"; contactId: string; seq: number }
  /** The agent took a message. If an event told its further way already, that stays. */
  | { type: "answered"; item: Item }
  | { type: "loading"; contactId: string }
  /** It goes on if the next part was asked for already. */
  | { type: "loaded"; contactId: string; items: readonly Item[]; more: boolean; goesOn?: boolean }
  | { type: "loadFailed"; contactId: string }
  | { type: "left"; contactId: string }
  | { type: "sending"; contactId: string; outgoing: Outgoing }
  | { type: "notSent"; contactId: string; clientId: string; problem: string }
  | { type: "discarded"; contactId: string; clientId: string };

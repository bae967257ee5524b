import type { Contact, Item, OwnProfile, Snapshot } from "../../api";
import { emptyThread, type Change, type State, type Thread } from "./state";
import * as thread from "./thread";

/** reduce returns the state after a change. It never alters the old one. */
export function reduce(state: State, change: Change): State {
  switch (change.type) {
    case "snapshot":
      return begin(state, change.snapshot);
    case "restarting":
      return { ...state, phase: "restarting" };
    case "stopped":
      return { ...state, phase: "stopped", problem: change.problem };
    case "online":
      return { ...state, online: change.online };
    case "clock":
      return state.clockError === change.error ? state : { ...state, clockError: change.error };
    case "named":
      return { ...state, chosenName: change.name, nameProblem: "" };
    case "nameRefused":
      return { ...state, chosenName: null, nameProblem: change.problem };
    case "profile":
      return { ...state, profile: change.profile, chosenName: null };
    case "ownProfile":
      return withOwnProfile(state, change.own);
    case "profileDeleted":
      return withoutProfile(state, change.id);
    case "profileSwitched":
      return withProfile(state, change.id);
    case "relay":
      return { ...state, relays: replace(state.relays, change.relay, (r) => r.address === change.relay.address) };
    case "relayRemoved":
      return { ...state, relays: state.relays.filter((r) => r.address !== change.address) };
    case "storage":
      return { ...state, storage: change.storage };
    case "contacts":
      return withContacts(state, change.contacts, change.more);
    case "changed":
      return withChanged(state, change.contacts);
    case "contactDeleted":
      return withoutContact(state, change.id);
    case "draft":
      return withDraft(state, change.contactId, change.text);
    case "items":
      return withItems(state, change.items);
    case "answered":
      return isKnown(state, change.item) ? state : withItems(state, [change.item]);
    case "itemDeleted":
      return withoutItem(state, change.contactId, change.seq);
    default:
      return reduceThread(state, change);
  }
}

type ThreadChange = Extract<
  Change,
  { type: "loading" | "loaded" | "loadFailed" | "left" | "sending" | "notSent" | "discarded" }
>;

// Only loading and sending begin a thread; what comes late for one that is gone changes nothing.
function reduceThread(state: State, change: ThreadChange): State {
  const begins = change.type === "loading" || change.type === "sending";
  if (!begins && !state.threads.has(change.contactId)) return state;
  const old = state.threads.get(change.contactId) ?? emptyThread;
  return withThread(state, change.contactId, nextThread(old, change, state.contacts.get(change.contactId)?.unread ?? 0));
}

function nextThread(old: Thread, change: ThreadChange, unread: number): Thread {
  switch (change.type) {
    case "loading":
      return thread.startLoading(old);
    case "loaded":
      return thread.addPage(old, change.items, change.more, change.goesOn);
    case "loadFailed":
      return { ...old, loading: "none", failed: true };
    case "left":
      return thread.trim(old, unread);
    case "sending":
      return thread.addOutgoing(old, change.outgoing);
    case "notSent":
      return thread.refuse(old, change.clientId, change.problem);
    case "discarded":
      return thread.discard(old, change.clientId);
  }
}

// The first snapshot begins everything. A later one comes from an agent that started again, while the page
// stayed: conversations are loaded anew when they are shown, messages not answered yet stay.
function begin(state: State, snapshot: Snapshot): State {
  const threads = new Map<string, Thread>();
  for (const [id, old] of state.threads) {
    if (old.outbox.length) threads.set(id, { ...emptyThread, outbox: old.outbox });
  }
  const contacts = added(new Map(), snapshot.contacts);
  return {
    ...state,
    phase: "ready",
    problem: "",
    profile: snapshot.profile,
    chosenName: snapshot.profile ? null : state.chosenName,
    profileId: snapshot.profileId,
    profiles: snapshot.profiles,
    ...arriving(state.contacts, contacts, snapshot.contacts, snapshot.more ?? false),
    threads,
    relays: snapshot.relays,
    storage: snapshot.storage,
    echo: snapshot.echo,
    version: snapshot.version,
  };
}

// Until all of a snapshot are there, those of an earlier one stay.
function arriving(old: ReadonlyMap<string, Contact>, coming: ReadonlyMap<string, Contact>, some: readonly Contact[], more: boolean): Pick<State, "contacts" | "coming"> {
  return more ? { contacts: added(old, some), coming } : { contacts: coming, coming: null };
}

function withContacts(state: State, some: readonly Contact[], more: boolean): State {
  if (!state.coming) return { ...state, contacts: added(state.contacts, some) };
  return { ...state, ...arriving(state.contacts, added(state.coming, some), some, more) };
}

function added(contacts: ReadonlyMap<string, Contact>, some: readonly Contact[]): ReadonlyMap<string, Contact> {
  return new Map([...contacts, ...some.map((c): [string, Contact] => [c.id, c])]);
}

function withChanged(state: State, contacts: readonly Contact[]): State {
  return { ...state, contacts: added(state.contacts, contacts) };
}

function withoutContact(state: State, id: string): State {
  const [contacts, threads] = [new Map(state.contacts), new Map(state.threads)];
  contacts.delete(id);
  threads.delete(id);
  return { ...state, contacts, threads };
}

function withDraft(state: State, id: string, text: string): State {
  const contact = state.contacts.get(id);
  return contact && (contact.draft ?? "") !== text ? withChanged(state, [{ ...contact, draft: text }]) : state;
}

function withItems(state: State, items: readonly Item[]): State {
  const ids = new Set(items.map((item) => item.contactId));
  return [...ids].reduce((all, id) => withItemsOf(all, id, items.filter((item) => item.contactId === id)), state);
}

function withItemsOf(state: State, id: string, items: readonly Item[]): State {
  const old = state.threads.get(id);
  const next = old ? withThread(state, id, thread.addItems(old, items)) : state;
  const contact = state.contacts.get(id);
  const changed = contact && items.reduce(withLast, contact);
  return changed === contact || !changed ? next : withChanged(next, [changed]);
}

function withLast(contact: Contact, item: Item): Contact {
  if (contact.last && contact.last.seq > item.seq) return contact;
  return { ...contact, last: item, activeAt: Math.max(contact.activeAt, item.at) };
}

// What the list shows of the conversation is told by another event.
function withoutItem(state: State, contactId: string, seq: number): State {
  const old = state.threads.get(contactId);
  return old ? withThread(state, contactId, thread.removeItem(old, seq)) : state;
}

function withOwnProfile(state: State, own: OwnProfile): State {
  const profiles = replace(state.profiles, own, (p) => p.id === own.id);
  return { ...state, profiles, profile: own.id === state.profileId ? own.profile : state.profile };
}

function withProfile(state: State, id: string): State {
  const profile = state.profiles.find((p) => p.id === id)?.profile ?? state.profile;
  return { ...state, profileId: id, profile };
}

function withoutProfile(state: State, id: string): State {
  const contacts = new Map([...state.contacts].filter(([, c]) => c.profileId !== id));
  const threads = new Map([...state.threads].filter(([contactId]) => contacts.has(contactId)));
  return { ...state, contacts, threads, profiles: state.profiles.filter((p) => p.id !== id) };
}

function isKnown(state: State, item: Item): boolean {
  return state.threads.get(item.contactId)?.items.some((i) => i.seq === item.seq) ?? false;
}

function withThread(state: State, id: string, next: Thread): State {
  return state.threads.get(id) === next ? state : { ...state, threads: new Map(state.threads).set(id, next) };
}

function replace<T>(all: readonly T[], next: T, is: (one: T) => boolean): readonly T[] {
  return all.some(is) ? all.map((one) => (is(one) ? next : one)) : [...all, next];
}

// What views ask about contacts: order, search, names, one-line summaries.
import type { Contact, Relay } from "../../api";
import type { Words } from "../words/en";
import type { State } from "./state";

/** ofProfile keeps the conversations of one of the person's own profiles. */
export function ofProfile(contacts: ReadonlyMap<string, Contact>, profileId: string): ReadonlyMap<string, Contact> {
  const others = [...contacts.values()].some((c) => c.profileId !== profileId);
  return others && profileId ? new Map([...contacts].filter(([, c]) => c.profileId === profileId)) : contacts;
}

/** sorted lists contacts, the one that was active last first. */
export function sorted(contacts: ReadonlyMap<string, Contact>): Contact[] {
  return [...contacts.values()].sort((a, b) => b.activeAt - a.activeAt || b.createdAt - a.createdAt);
}

/** search keeps the contacts whose name or newest message contains all words of a query. */
export function search(contacts: readonly Contact[], query: string): readonly Contact[] {
  const wanted = fold(query).split(/\s+/).filter(Boolean);
  if (!wanted.length) return contacts;
  return contacts.filter((c) => {
    const text = fold(`${c.profile.displayName} ${c.profile.fullName} ${c.last?.text ?? ""}`);
    return wanted.every((word) => text.includes(word));
  });
}

// Without case and accents.
function fold(text: string): string {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}

/** nameOf is what a contact is called as long as its name is not known, and then its name. */
export function nameOf(contact: Contact, words: Words["contact"]): string {
  if (contact.profile.displayName) return contact.profile.displayName;
  switch (contact.state) {
    case "invited":
      return words.invited;
    case "joining":
    case "waiting":
      return words.joining;
    case "requested":
      return words.request;
    default:
      return words.unknown;
  }
}

/** stateLine says in a list how far a contact is that has no messages to show. */
export function stateLine(contact: Contact, words: Words["contact"]): string {
  switch (contact.state) {
    case "invited":
      return words.waitingForOpen;
    case "joining":
    case "waiting":
      return words.waitingForAnswer;
    case "requested":
      return words.requested;
    case "connected":
      return words.connected;
    case "ended":
      return words.ended;
    case "failed":
      return words.failed;
  }
}

/** trustLine is the line under a name. */
export function trustLine(contact: Contact, words: Words["contact"]): string {
  if (contact.state !== "connected") return stateLine(contact, words);
  const others = contact.members?.filter((m) => !m.gone).length ?? 0;
  if (contact.kind !== "person" && others > 0) return words.members(others);
  return contact.postQuantum ? words.postQuantum : words.encrypted;
}

/** unreadTotal counts new messages of all contacts. */
export function unreadTotal(contacts: ReadonlyMap<string, Contact>): number {
  let n = 0;
  for (const c of contacts.values()) n += c.unread;
  return n;
}

/** How the connection to the relays is, as far as the person must know. */
export type Connection = "fine" | "offline" | "reconnecting" | "connecting" | "starting";

export function connectionOf(state: Pick<State, "online" | "phase" | "relays" | "contacts">): Connection {
  if (state.phase === "starting") return "starting";
  if (!state.online) return "offline";
  if (state.phase === "restarting") return "reconnecting";
  if (state.relays.some((r: Relay) => r.state === "down")) return "reconnecting";
  // The agent connects when there is somebody to hear from; until then a relay that is not connected is no fault.
  const waits = [...state.contacts.values()].some((c) => c.state !== "ended" && c.state !== "failed");
  return waits && state.relays.some((r: Relay) => r.state === "connecting") ? "connecting" : "fine";
}

/** relayProblem is what the agent says of a relay that it does not reach, or nothing. */
export function relayProblem({ phase, relays }: Pick<State, "phase" | "relays">): string {
  if (phase !== "ready") return "";
  return relays.find((r: Relay) => r.state === "down")?.problem ?? "";
}

/** unsent lists what was written and the agent has not taken, in the order of writing. */
export function unsent({ threads }: Pick<State, "threads">): string[] {
  const all = [...threads.values()].flatMap((thread) => thread.outbox);
  return all.sort((a, b) => a.at - b.at).map((o) => o.text);
}

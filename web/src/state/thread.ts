// Changes of one conversation's loaded part. Items come as answers and as events, in any order, some of them twice.
import type { Item } from "../../api";
import { emptyThread, type Outgoing, type Thread } from "./state";

/** What stays loaded of a conversation that is not open. */
const keptItems = 60;

/** A conversation opens at the first new item, if there are no more than so many; and what is loaded before it. */
const mostNew = 1000;
const readBefore = 40;

/** newestFor is how many of the newest items a conversation needs to open at the first of so many new ones, or 0. */
export const newestFor = (unread: number): number => (unread <= mostNew ? unread + readBefore : 0);

/** merge puts new and changed items in their places. Both lists ascend. */
export function merge(old: readonly Item[], next: readonly Item[]): readonly Item[] {
  const [first, last] = [next[0], old[old.length - 1]];
  if (!first) return old;
  if (!last || first.seq > last.seq) return [...old, ...next];
  const known = new Map(old.map((item) => [item.seq, item]));
  for (const item of next) known.set(item.seq, item);
  return [...known.values()].sort(bySeq);
}

const bySeq = (a: Item, b: Item): number => a.seq - b.seq;

// What waits in the outbox when these are there.
function answered(outbox: readonly Outgoing[], items: readonly Item[]): readonly Outgoing[] {
  return items.reduce((left, item) => (item.clientId ? without(left, item.clientId) : left), outbox);
}

/**
 * addItems takes in items that events or answers brought, the newest of each last. One older than the loaded part is
 * left out, unless nothing older is left to load: it will be loaded in its turn.
 */
export function addItems(thread: Thread, items: readonly Item[]): Thread {
  const outbox = answered(thread.outbox, items);
  const some = new Map(items.filter((item) => !isBefore(thread, item)).map((item) => [item.seq, item]));
  return { ...thread, outbox, items: merge(thread.items, [...some.values()].sort(bySeq)) };
}

function isBefore(thread: Thread, item: Item): boolean {
  const oldest = thread.items[0];
  if (!thread.more || thread.loading === "first") return false;
  return !oldest || item.seq < oldest.seq;
}

/**
 * addPage takes in the answer to a request for items, after which others may go on. What events brought meanwhile is
 * newer than the answer.
 */
export function addPage(thread: Thread, items: readonly Item[], more: boolean, goesOn = false): Thread {
  const outbox = answered(thread.outbox, items);
  const oldest = items[0]?.seq ?? 0;
  const known = more && thread.loading === "first" ? thread.items.filter((i) => i.seq >= oldest) : thread.items;
  return { ...thread, outbox, items: merge(items, known), more, loading: goesOn ? thread.loading : "none", failed: false };
}

export function removeItem(thread: Thread, seq: number): Thread {
  return thread.items.some((i) => i.seq === seq) ? { ...thread, items: thread.items.filter((i) => i.seq !== seq) } : thread;
}

export function addOutgoing(thread: Thread, outgoing: Outgoing): Thread {
  return { ...thread, outbox: [...without(thread.outbox, outgoing.clientId), outgoing] };
}

export function refuse(thread: Thread, clientId: string, problem: string): Thread {
  return { ...thread, outbox: thread.outbox.map((o) => (o.clientId === clientId ? { ...o, problem } : o)) };
}

export function discard(thread: Thread, clientId: string): Thread {
  return { ...thread, outbox: without(thread.outbox, clientId) };
}

/** startLoading says which part is on its way: the first, or older ones. */
export function startLoading(thread: Thread = emptyThread): Thread {
  return { ...thread, loading: thread.items.length ? "older" : "first", failed: false };
}

/** trim lets go of all but the newest items when a conversation is left; not of new ones, at which it opens again. */
export function trim(thread: Thread, unread: number): Thread {
  const kept = Math.max(keptItems, newestFor(unread));
  if (thread.items.length <= kept || thread.loading !== "none") return thread;
  return { ...thread, items: thread.items.slice(-kept), more: true };
}

function without(outbox: readonly Outgoing[], clientId: string): readonly Outgoing[] {
  return outbox.some((o) => o.clientId === clientId) ? outbox.filter((o) => o.clientId !== clientId) : outbox;
}

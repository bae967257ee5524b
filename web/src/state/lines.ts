// The lines of a conversation as they are shown: items in groups and days, cut into chunks that are drawn or left out
// as a whole, so that ten thousand items cost no more than those near the window.
import type { Item, Quote } from "../../api";
import { daysAgo } from "../text/time";
import type { Span } from "./span";
import type { Outgoing, Thread } from "./state";

export interface Line {
  /** Stays the same from the moment an item is sent until the conversation is deleted. */
  key: string;
  item: Item;
  /** First and last of a group: same writer, same day, little time between. */
  first: boolean;
  last: boolean;
  /** The first line of its day. */
  day: boolean;
  /** The first line that was new when the conversation was opened. */
  unread: boolean;
  /** Time and tick are shown, not only told on request. */
  meta: boolean;
  /** Not stored by the agent yet. */
  outgoing: boolean;
}

export interface Chunk {
  key: number;
  lines: readonly Line[];
}

const chunkSize = 10;
const groupGap = 5 * 60 * 1000;

/** What a chunk was laid out beside: the items before and after it, and the first that was new. */
type Beside = readonly [before: Item | undefined, after: Item | undefined, unreadFrom: number];
const laidOut = new WeakMap<Chunk, Beside>();

/**
 * chunksOf lays out a conversation. Chunks of the previous layout that have not changed are the same objects, and cost
 * next to nothing where their items are. unreadFrom is the seq of the first item that was new, or 0.
 */
export function chunksOf(thread: Thread, contactId: string, unreadFrom: number, previous: readonly Chunk[]): readonly Chunk[] {
  const known = new Map(previous.map((chunk) => [chunk.key, chunk]));
  const items = itemsOf(thread, contactId);
  const chunks: Chunk[] = [];
  for (let from = 0, to = 0; from < items.length; from = to) {
    const key = keyOf(items[from]);
    to = from + 1;
    while (to < items.length && (items[to]?.seq === 0 || keyOf(items[to]) === key)) to++; // what is on its way comes last
    const beside: Beside = [items[from - 1], items[to], unreadFrom];
    const old = known.get(key);
    const chunk = old && stays(old, items, from, to, beside) ? old : reuse(old, { key, lines: linesIn(items, from, to, unreadFrom) });
    laidOut.set(chunk, beside);
    chunks.push(chunk);
  }
  return chunks;
}

const keyOf = (item: Item | undefined): number => Math.floor((item?.seq ?? 0) / chunkSize);

function stays(old: Chunk, items: readonly Item[], from: number, to: number, beside: Beside): boolean {
  const was = laidOut.get(old);
  return beside.every((one, i) => one === was?.[i]) && old.lines.length === to - from && old.lines.every(({ item }, i) => item === items[from + i]);
}

function reuse(old: Chunk | undefined, next: Chunk): Chunk {
  const same = old?.lines.length === next.lines.length && old.lines.every((line, i) => sameLine(line, next.lines[i]));
  return old && same ? old : next;
}

function sameLine(a: Line, b: Line | undefined): boolean {
  return (
    b !== undefined && a.key === b.key && a.first === b.first && a.last === b.last && a.day === b.day &&
    a.unread === b.unread && a.meta === b.meta && (a.item === b.item || (a.outgoing && sameOutgoing(a.item, b.item)))
  );
}

function sameOutgoing(a: Item, b: Item): boolean {
  return a.text === b.text && a.status === b.status && a.problem === b.problem && a.at === b.at;
}

/** chunkWith is the key of the chunk in which the last n lines begin. */
export function chunkWith(n: number, chunks: readonly Chunk[]): number {
  let at = chunks.length;
  for (let left = n; at > 0 && left > 0; left -= chunks[at]?.lines.length ?? 0) at--;
  return chunks[at]?.key ?? 0;
}

/** spanAround is the chunks with a line, so many above and so many below it; null if the line is not here. */
export function spanAround(seq: number, above: number, below: number, chunks: readonly Chunk[]): Span | null {
  const at = chunks.findIndex(({ lines }) => lines.some(({ item }) => item.seq === seq));
  const own = chunks[at]?.lines ?? [];
  const place = own.findIndex(({ item }) => item.seq === seq);
  if (place < 0) return null;
  let [from, to] = [at, at + 1];
  for (let left = above - place; from > 0 && left > 0; left -= chunks[from]?.lines.length ?? 0) from--;
  for (let left = below - (own.length - place - 1); to < chunks.length && left > 0; to++) left -= chunks[to]?.lines.length ?? 0;
  return { from: chunks[from]?.key ?? 0, to: chunks[to]?.key ?? Infinity };
}

/** linesOf groups items, oldest first. */
export function linesOf(thread: Thread, contactId: string, unreadFrom: number): Line[] {
  const items = itemsOf(thread, contactId);
  return linesIn(items, 0, items.length, unreadFrom);
}

function itemsOf(thread: Thread, contactId: string): readonly Item[] {
  return thread.outbox.length ? [...thread.items, ...thread.outbox.map((o) => shown(o, contactId))] : thread.items;
}

function linesIn(items: readonly Item[], from: number, to: number, unreadFrom: number): Line[] {
  return items.slice(from, to).map((item, i) => lineOf(item, items[from + i - 1], items[from + i + 1], unreadFrom));
}

function lineOf(item: Item, before: Item | undefined, after: Item | undefined, unreadFrom: number): Line {
  const unread = unreadFrom > 0 && item.seq === unreadFrom;
  const last = !after || !joined(item, after) || (unreadFrom > 0 && after.seq === unreadFrom);
  return {
    key: item.clientId ?? String(item.seq),
    item,
    first: !before || unread || !joined(before, item),
    last,
    day: !before || daysAgo(before.at, item.at) !== 0,
    unread,
    meta: last || item.status === "failed" || item.status !== after?.status,
    outgoing: item.seq === 0,
  };
}

function joined(a: Item, b: Item): boolean {
  return a.direction === b.direction && a.memberId === b.memberId && a.direction !== "note" && b.at - a.at < groupGap && daysAgo(a.at, b.at) === 0;
}

// A message on its way to the agent, as the item it will be. The agent's items begin at 1.
function shown(o: Outgoing, contactId: string): Item {
  const status = o.problem ? "failed" : "pending";
  return { seq: 0, contactId, direction: "sent", text: o.text, at: o.at, status, problem: o.problem, clientId: o.clientId, ...quoteOf(o) };
}

function quoteOf({ replyTo: to }: Outgoing): Pick<Item, "quote"> {
  if (!to) return {};
  const quote: Quote = { seq: to.seq, own: to.direction === "sent", kind: to.kind ?? "text", text: to.text };
  return { quote: to.author ? { ...quote, author: to.author } : quote };
}

/** firstUnread is the seq of the first of the n newest received items, or 0. */
export function firstUnread(items: readonly Item[], n: number): number {
  for (let i = items.length - 1; i >= 0 && n > 0; i--) {
    const item = items[i];
    if (item?.direction === "received" && --n === 0) return item.seq;
  }
  return 0;
}

import assert from "node:assert/strict";
import { test } from "node:test";
import type { API, Contact, Item, OwnProfile, Snapshot } from "../../api";
import { connectionOf, ofProfile, search, sorted } from "../../src/state/contacts";
import { chunksOf, chunkWith, firstUnread, linesOf, spanAround } from "../../src/state/lines";
import { listenerOf } from "../../src/state/hear";
import { messageActions } from "../../src/state/messages";
import { reduce } from "../../src/state/reduce";
import { piecesOf } from "../../src/state/span";
import { createStore } from "../../src/state/store";
import { newestFor } from "../../src/state/thread";
import { emptyThread, initialState, type Change, type State, type Thread } from "../../src/state/state";

const item = (seq: number, more: Partial<Item> = {}): Item => ({ seq, contactId: "a", direction: "received", text: `t${seq}`, at: seq * 1000, ...more });
const contact = (id: string, more: Partial<Contact> = {}): Contact => ({
  id, profileId: "me", kind: "person", state: "connected", profile: { displayName: id, fullName: "" }, postQuantum: true, verified: false, createdAt: 0, activeAt: 0, unread: 0, ...more,
});
const own = (id: string): OwnProfile => ({ id, profile: { displayName: id, fullName: "" }, address: null, routing: { policy: "unreachable", direct: true }, createdAt: 0 });
const snapshot = (contacts: Contact[]): Snapshot => ({
  profile: { displayName: "Me", fullName: "" }, profileId: "me", profiles: [own("me")], contacts, relays: [], storage: { persisted: false, kind: "indexeddb", protected: false, lockAfter: 0, problem: "" }, echo: false, version: "1",
});
const run = (changes: Change[], from = initialState()): State => changes.reduce(reduce, from);
const ready = () => run([{ type: "snapshot", snapshot: snapshot([contact("a")]) }]);
const seqs = (state: State) => state.threads.get("a")?.items.map((i) => i.seq);
const outgoing = { clientId: "k", text: "hi", at: 5000, problem: "" };

test("items keep their order, and none is twice, whatever comes when", () => {
  const state = run([
    { type: "loading", contactId: "a" },
    { type: "items", items: [item(9)] },
    { type: "loaded", contactId: "a", items: [item(7), item(8), item(9)], more: true },
    { type: "items", items: [item(11)] },
    { type: "items", items: [item(10)] },
    { type: "items", items: [item(8, { text: "changed" })] },
    { type: "items", items: [item(3)] }, // older than what is loaded: comes with its page
    { type: "loading", contactId: "a" },
    { type: "loaded", contactId: "a", items: [item(3), item(4), item(6)], more: false },
    { type: "items", items: [item(5)] },
  ], ready());
  assert.deepEqual(seqs(state), [3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.equal(state.threads.get("a")?.items.find((i) => i.seq === 8)?.text, "changed");
});

test("a snapshot in pieces is shown as it comes, and ends what is gone with its last piece", () => {
  const first = { ...snapshot([contact("b", { unread: 1 })]), more: true };
  const begun = run([{ type: "snapshot", snapshot: first }]);
  assert.deepEqual([...begun.contacts.keys()], ["b"]);
  const again = run([{ type: "restarting" }, { type: "snapshot", snapshot: first }, { type: "contacts", contacts: [contact("c")], more: true }], ready());
  assert.deepEqual([...again.contacts.keys()], ["a", "b", "c"]);
  const all = run([{ type: "contacts", contacts: [contact("d")], more: false }], again);
  assert.deepEqual([...all.contacts.keys()], ["b", "c", "d"]);
  assert.equal(all.coming, null);
  assert.equal(all.contacts.get("b")?.unread, 1);
});

test("rows are drawn near the window, and where the focus is", () => {
  const near = { from: 40, to: 72 };
  assert.deepEqual(piecesOf(1000, near, -1), [near]);
  assert.deepEqual(piecesOf(1000, near, 0), [{ from: 0, to: 2 }, near]);
  assert.deepEqual(piecesOf(1000, near, 39), [{ from: 38, to: 72 }]);
  assert.deepEqual(piecesOf(1000, near, 999), [near, { from: 998, to: 1000 }]);
  assert.deepEqual(piecesOf(12, { from: 0, to: 32 }, 3), [{ from: 0, to: 12 }]);
  assert.deepEqual(piecesOf(50, near, -1), [{ from: 18, to: 50 }]); // fewer than when the window was there
  assert.deepEqual(piecesOf(0, near, -1), [{ from: 0, to: 0 }]);
});

test("what an event brings while the first page is on its way leaves no gap and is not lost", () => {
  const state = run([
    { type: "loading", contactId: "a" },
    { type: "items", items: [item(2, { text: "old, changed" })] },
    { type: "items", items: [item(61, { status: "delivered" })] },
    { type: "loaded", contactId: "a", items: [item(60), item(61, { status: "sent" })], more: true },
  ], ready());
  assert.deepEqual(seqs(state), [60, 61]);
  assert.equal(state.threads.get("a")?.items[1]?.status, "delivered");
});

test("a sent message is replaced by the stored one, whether the answer or the event comes first", () => {
  const stored = item(1, { direction: "sent", clientId: "k", status: "pending" });
  const begun = run([{ type: "loading", contactId: "a" }, { type: "loaded", contactId: "a", items: [], more: false }, { type: "sending", contactId: "a", outgoing }], ready());
  for (const changes of [
    [{ type: "answered", item: stored }, { type: "items", items: [{ ...stored, status: "sent" }] }],
    [{ type: "items", items: [{ ...stored, status: "sent" }] }, { type: "answered", item: stored }],
  ] satisfies Change[][]) {
    const thread = run(changes, begun).threads.get("a");
    assert.deepEqual(thread?.outbox, []);
    assert.deepEqual(thread?.items.map((i) => i.status), ["sent"]);
  }
});

test("a refused message stays with its reason and can be sent again", () => {
  const refused = run([{ type: "sending", contactId: "a", outgoing }, { type: "notSent", contactId: "a", clientId: "k", problem: "full" }], ready());
  assert.equal(refused.threads.get("a")?.outbox[0]?.problem, "full");
  const again = run([{ type: "sending", contactId: "a", outgoing }], refused);
  assert.deepEqual(again.threads.get("a")?.outbox, [outgoing]);
});

test("an agent that started again keeps what was not answered, and nothing else", () => {
  const before = run([{ type: "loading", contactId: "a" }, { type: "loaded", contactId: "a", items: [item(1)], more: false }, { type: "sending", contactId: "a", outgoing }, { type: "restarting" }], ready());
  assert.equal(connectionOf(before), "reconnecting");
  const after = run([{ type: "snapshot", snapshot: snapshot([contact("a"), contact("b")]) }], before);
  assert.deepEqual([after.phase, after.contacts.size], ["ready", 2]);
  assert.deepEqual(after.threads.get("a"), { ...emptyThread, outbox: [outgoing] });
});

test("what comes late for a deleted conversation changes nothing", () => {
  const state = run([{ type: "loading", contactId: "a" }, { type: "contactDeleted", id: "a" }, { type: "loaded", contactId: "a", items: [item(1)], more: false }, { type: "left", contactId: "a" }, { type: "items", items: [item(2)] }, { type: "draft", contactId: "a", text: "x" }], ready());
  assert.deepEqual([state.contacts.size, state.threads.size], [0, 0]);
});

test("a left conversation keeps its newest items and can load the older ones again", () => {
  const items = Array.from({ length: 500 }, (_, i) => item(i + 1));
  const state = run([{ type: "loading", contactId: "a" }, { type: "loaded", contactId: "a", items, more: false }, { type: "left", contactId: "a" }], ready());
  const thread = state.threads.get("a");
  assert.deepEqual([thread?.items.length, thread?.items[0]?.seq, thread?.more], [60, 441, true]);
  const unread = run([{ type: "loading", contactId: "a" }, { type: "loaded", contactId: "a", items, more: false }, { type: "changed", contacts: [contact("a", { unread: 300 })] }, { type: "left", contactId: "a" }], ready());
  assert.equal(firstUnread(unread.threads.get("a")?.items ?? [], 300), 201);
  assert.deepEqual([300, 1000, 1001].map((n) => newestFor(n)), [340, 1040, 0]);
});

test("the newest item is the last line in the list, an older one is not", () => {
  const state = run([{ type: "items", items: [item(4)] }, { type: "items", items: [item(2)] }], ready());
  assert.equal(state.contacts.get("a")?.last?.seq, 4);
  assert.equal(state.contacts.get("a")?.activeAt, 4000);
});

test("items that are gone are not shown; what is left keeps its place", () => {
  const loaded = run([{ type: "loading", contactId: "a" }, { type: "loaded", contactId: "a", items: [item(1), item(2), item(3)], more: false }], ready());
  assert.deepEqual(seqs(run([{ type: "itemDeleted", contactId: "a", seq: 2 }], loaded)), [1, 3]);
  assert.equal(run([{ type: "itemDeleted", contactId: "b", seq: 2 }], loaded), loaded);
});

test("profiles are switched, changed and deleted with their conversations", () => {
  const two = run([
    { type: "ownProfile", own: own("work") },
    { type: "changed", contacts: [contact("boss", { profileId: "work" })] },
    { type: "profileSwitched", id: "work" },
  ], ready());
  assert.deepEqual([two.profileId, two.profile?.displayName, two.profiles.length], ["work", "work", 2]);
  assert.deepEqual([...ofProfile(two.contacts, "work").keys()], ["boss"]);
  const renamed = run([{ type: "ownProfile", own: { ...own("work"), profile: { displayName: "Work", fullName: "" } } }], two);
  assert.equal(renamed.profile?.displayName, "Work");
  const one = run([{ type: "profileSwitched", id: "me" }, { type: "profileDeleted", id: "work" }], two);
  assert.deepEqual([[...one.contacts.keys()], one.profiles.length, one.profile?.displayName], [["a"], 1, "me"]);
});

test("the connection line", () => {
  const relay = (state: "up" | "down" | "connecting") => [{ address: "r", host: "r", state, problem: "", enabled: true, own: false }];
  const known = new Map([["a", contact("a")]]);
  const of = (online: boolean, relays: State["relays"], phase: State["phase"] = "ready", contacts: State["contacts"] = known) => connectionOf({ online, relays, phase, contacts });
  assert.deepEqual(
    [of(true, relay("up")), of(true, []), of(false, relay("up")), of(true, relay("down")), of(true, relay("connecting")), of(true, [], "starting")],
    ["fine", "fine", "offline", "reconnecting", "connecting", "starting"],
  );
  assert.equal(of(true, relay("connecting"), "ready", new Map()), "fine");
  assert.equal(of(true, relay("connecting"), "ready", new Map([["a", contact("a", { state: "ended" })]])), "fine");
});

test("contacts are found by all words of a query, without accents and case", () => {
  const all = [contact("x", { profile: { displayName: "Émile Zola", fullName: "" } }), contact("y", { profile: { displayName: "Ada", fullName: "" }, last: item(1, { text: "zo la" }) })];
  assert.deepEqual(search(all, " EMILE zo ").map((c) => c.id), ["x"]);
  assert.deepEqual(search(all, "zo").map((c) => c.id), ["x", "y"]);
  assert.equal(search(all, "  ").length, 2);
  assert.deepEqual(sorted(new Map([["1", contact("old", { activeAt: 1 })], ["2", contact("new", { activeAt: 2 })]])).map((c) => c.id), ["new", "old"]);
});

const minute = 60_000;
const thread = (items: Item[], more: Partial<Thread> = {}): Thread => ({ ...emptyThread, items, more: false, ...more });

test("lines are grouped by writer, day and time", () => {
  const noon = Date.UTC(2026, 0, 10, 12);
  const lines = linesOf(thread([
    item(1, { at: noon }), item(2, { at: noon + minute }), item(3, { at: noon + 20 * minute }),
    item(4, { at: noon + 21 * minute, direction: "sent", status: "sent" }), item(5, { at: noon + 22 * minute, direction: "sent", status: "pending" }),
    item(6, { at: noon + 24 * 60 * minute, direction: "sent", status: "pending" }), item(7, { at: noon + 24 * 60 * minute, direction: "note" }),
  ]), "a", 3);
  const flags = lines.map((l) => [l.first, l.last, l.day, l.unread, l.meta].map(Number).join(""));
  assert.deepEqual(flags, ["10100", "01001", "11011", "10001", "01001", "11101", "11001"]);
});

test("a message has the same key before and after it is stored", () => {
  const [before] = linesOf(thread([], { outbox: [outgoing] }), "a", 0);
  const [after] = linesOf(thread([item(8, { direction: "sent", clientId: "k" })]), "a", 0);
  assert.equal(before?.key, after?.key);
  assert.deepEqual([before?.outgoing, after?.outgoing], [true, false]);
});

test("chunks that did not change are the same objects", () => {
  const items = Array.from({ length: 10_000 }, (_, i) => item(i + 1, { at: i * minute }));
  const first = chunksOf(thread(items), "a", 0, []);
  const second = chunksOf(thread([...items, item(10_001, { at: 1e4 * minute })]), "a", 0, first);
  assert.deepEqual(first.flatMap((c) => c.lines).length, 10_000);
  assert.equal(second.filter((c) => !first.includes(c)).length, 1);
});

test("a layout after another one is what it would be alone", () => {
  let seed = 7;
  const upTo = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
  let [now, previous] = [thread([item(30)]), chunksOf(thread([]), "a", 0, [])];
  for (let step = 0; step < 2000; step++) {
    const seqs = [now.items[0]?.seq ?? 30, now.items[now.items.length - 1]?.seq ?? 30] as const;
    const any = now.items[upTo(now.items.length)] ?? item(30);
    const one = (seq: number) => item(seq, { at: Math.floor(seq / 3) * 4 * 60 * minute, direction: seq % 5 < 3 ? "received" : "sent", status: "sent" });
    const steps: (() => Thread)[] = [
      () => ({ ...now, items: [...now.items, one(seqs[1] + 1), one(seqs[1] + 2 + upTo(3))] }),
      () => ({ ...now, items: seqs[0] > 1 ? [one(seqs[0] - 1), ...now.items] : now.items }),
      () => ({ ...now, items: now.items.map((i) => (i === any ? { ...i, status: "delivered" } : i)) }),
      () => ({ ...now, items: now.items.length > 1 ? now.items.filter((i) => i !== any) : now.items }),
      () => ({ ...now, outbox: upTo(2) ? [...now.outbox, { ...outgoing, clientId: `k${step}` }] : now.outbox.slice(1) }),
    ];
    now = steps[upTo(steps.length)]!();
    const unreadFrom = step % 40 < 20 ? 0 : seqs[1];
    previous = chunksOf(now, "a", unreadFrom, previous);
    assert.deepEqual(previous, chunksOf(now, "a", unreadFrom, []));
  }
  assert.ok(now.items.length > 100);
});

test("what is told together is one change, and comes to the same", () => {
  const tell = (hear: ReturnType<typeof listenerOf>) => {
    for (const seq of [3, 4, 2]) hear.event("item", item(seq));
    hear.event("item", item(4, { text: "changed" }));
    hear.event("item", item(7, { contactId: "b", clientId: "k" }));
    hear.event("contact", contact("b", { unread: 1 }));
    hear.event("contact", contact("c"));
    hear.event("contactDeleted", { id: "c" });
    hear.event("item", item(5));
  };
  const heard = (together: boolean) => {
    const store = createStore();
    const hear = listenerOf(store);
    hear.snapshot(snapshot([contact("a"), contact("b"), contact("d")]));
    for (const contactId of ["a", "b"]) store.apply({ type: "loading", contactId });
    store.apply({ type: "sending", contactId: "b", outgoing: { ...outgoing, clientId: "k" } });
    let told = 0;
    store.subscribe(() => void told++);
    if (together) hear.together(() => tell(hear));
    else tell(hear);
    return { told, state: store.get() };
  };
  const [one, each] = [heard(true), heard(false)];
  assert.deepEqual([one.told, each.told], [1, 9]);
  assert.deepEqual(one.state, each.state);
  assert.deepEqual(seqs(one.state), [2, 3, 4, 5]);
  assert.deepEqual([one.state.threads.get("b")?.outbox, one.state.contacts.get("a")?.last?.seq], [[], 5]);
});

test("what was told before something failed is taken in, and what comes after it", () => {
  const store = createStore();
  const hear = listenerOf(store);
  hear.snapshot(snapshot([contact("a")]));
  assert.throws(() => hear.together(() => {
    hear.event("contact", contact("b"));
    throw new Error("failed");
  }), /failed/);
  assert.equal(store.get().contacts.size, 2);
  hear.event("contact", contact("c"));
  assert.equal(store.get().contacts.size, 3);
});

test("the chunk in which the last lines begin", () => {
  const chunks = chunksOf(thread(Array.from({ length: 50 }, (_, i) => item(i + 5))), "a", 0, []);
  assert.deepEqual(chunks.map((c) => [c.key, c.lines.length]), [[0, 5], [1, 10], [2, 10], [3, 10], [4, 10], [5, 5]]);
  assert.deepEqual([1, 5, 6, 15, 16, 45, 46, 500].map((n) => chunkWith(n, chunks)), [5, 5, 4, 4, 3, 1, 0, 0]);
  assert.equal(chunkWith(5, []), 0);
  const around = (...[seq, above, below]: [number, number, number]) => spanAround(seq, above, below, chunks);
  assert.deepEqual(around(20, 0, 0), { from: 2, to: 3 });
  assert.deepEqual(around(23, 3, 6), { from: 2, to: 3 });
  assert.deepEqual(around(23, 4, 7), { from: 1, to: 4 });
  assert.deepEqual(around(23, 14, 17), { from: 0, to: 5 });
  assert.deepEqual(around(54, 5, 5), { from: 4, to: Infinity });
  assert.deepEqual(around(5, 100, 100), { from: 0, to: Infinity });
  assert.equal(around(55, 1, 1), null);
});

test("as many of the newest items are loaded as are wanted, however few the agent gives at once", async () => {
  const asked: [number, number][] = [];
  const agent = {
    items: async ({ before, limit }: { before: number; limit: number }) => {
      asked.push([before, limit]);
      const end = (before || 501) - 1;
      const items = Array.from({ length: Math.min(limit, end) }, (_, i) => item(Math.max(0, end - limit) + i + 1));
      return { items, more: end > limit };
    },
  };
  const store = createStore();
  store.apply({ type: "snapshot", snapshot: snapshot([contact("a")]) });
  const { load } = messageActions(store, agent as unknown as API);
  const loaded = async (wanted?: number) => {
    load("a", wanted);
    await new Promise((done) => setTimeout(done));
    const { items = [], more } = store.get().threads.get("a") ?? {};
    return [items[0]?.seq, items.length, more, asked.splice(0)];
  };
  assert.deepEqual(await loaded(410), [91, 410, true, [[0, 200], [301, 200], [101, 10]]]);
  assert.deepEqual(await loaded(), [41, 460, true, [[91, 50]]]);
  assert.deepEqual(await loaded(1000), [1, 500, false, [[41, 200]]]);
});

test("the first unread item", () => {
  const items = [item(1), item(2, { direction: "sent" }), item(3), item(4, { direction: "note" }), item(5)];
  assert.deepEqual([0, 1, 2, 3, 4].map((n) => firstUnread(items, n)), [0, 5, 3, 1, 0]);
});

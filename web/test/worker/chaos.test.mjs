// Workers killed again and again while two people write: each message arrives once, and in order. KILLS says how often.
import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../e2e/harness.mjs";
import { connected, everything, profile, read, setUp, tab, targets } from "./tabs.mjs";

setUp();

const kills = Number(process.env.KILLS ?? 12);

/** Runs in a page: writes one message after the other, as fast as they are taken, until it is told to stop. */
function write(name) {
  const { bare } = globalThis;
  const contactId = [...bare.contacts.keys()][0];
  globalThis.writing = true;
  globalThis.written = (async () => {
    const texts = [];
    while (globalThis.writing) {
      const text = `${name}${texts.length}`;
      texts.push(text);
      await bare.agent.send({ contactId, text, clientId: text });
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return texts;
  })();
}

/** Runs in a page: what to know if nothing goes on. */
async function state() {
  const { stopped, restarts, snapshots, items } = globalThis.bare;
  const { held, pending } = await navigator.locks.query();
  const names = (locks) => locks.map(({ name }) => name.slice(0, 14)).sort();
  const last = [...items.values()].slice(-3).map((i) => `${i.direction} ${i.text} ${i.status ?? ""}`);
  return { stopped, restarts, snapshots: snapshots.length, relays: snapshots.at(-1)?.relays, items: items.size, last, held: names(held), pending: names(pending) };
}

function finish() {
  globalThis.writing = false;
  return globalThis.written;
}

/** arrived waits until all of it is there and delivered, as long as something goes on. */
async function arrived(page, own, others) {
  for (let [before, still] = ["", 0]; still < 60; still++) {
    const all = await everything(page);
    const open = all.filter((i) => i.direction === "sent" && i.status !== "delivered");
    const missing = others.filter((text) => !all.some((i) => i.direction === "received" && i.text === text));
    if (open.length === 0 && missing.length === 0) return all;
    const now = `open: ${open.map((i) => `${i.text} ${i.status}`).slice(0, 5)}; missing: ${missing.slice(0, 5)}; ${open.length} and ${missing.length} of ${own.length} and ${others.length}`;
    if (now !== before) [before, still] = [now, 0];
    if (still === 59) assert.fail(now);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

test(`workers killed ${kills} times while two people write`, { timeout: 300_000 + kills * 60_000 }, async (t) => {
  const [a, b] = [await tab(await profile()), await tab(await profile())];
  await connected(a, b);
  await a.evaluate(write, "a");
  await b.evaluate(write, "b");
  const { devtools } = await targets("shared_worker");
  for (let done = 0; done < kills; ) {
    const { found } = await targets("shared_worker");
    if (found.length === 0) continue;
    const killed = found[done % found.length];
    await devtools.send("Target.closeTarget", { targetId: killed.targetId }).catch(() => undefined); // it may have ended just now
    done++;
    // Three times out of four both are let work again first, for a while that is different each time.
    if (done % 4 === 0) continue;
    const sent = await Promise.all([a, b].map((page) => read(page, "items.size")));
    await waitFor("both to go on", async () => {
      const now = await Promise.all([a, b].map((page) => read(page, "items.size")));
      return now.every((n, i) => n > sent[i] + (done % 7));
    }, 180).catch(async (error) => {
      for (const page of [a, b]) error.message += `; ${done} kills: ${JSON.stringify(await page.evaluate(state))}`;
      throw error;
    });
  }
  const [fromA, fromB] = [await a.evaluate(finish), await b.evaluate(finish)];
  t.diagnostic(`${fromA.length} and ${fromB.length} messages`);
  for (const [page, own, others] of [[a, fromA, fromB], [b, fromB, fromA]]) {
    const all = await arrived(page, own, others);
    assert.deepEqual(all.filter((i) => i.direction === "sent").map((i) => i.text), own);
    assert.deepEqual(all.filter((i) => i.direction === "received").map((i) => i.text), others);
  }
});

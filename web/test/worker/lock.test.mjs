// A passphrase: set, asked for, wrong, changed and removed, in one tab and two, and with the worker killed meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../e2e/harness.mjs";
import { call, connected, items, killWorker, profile, read, send, setUp, tab, ways } from "./tabs.mjs";

setUp();

const kind = (page) => read(page, "snapshots.at(-1)?.storage.kind");
const locked = (page) => waitFor("the lock", async () => (await kind(page)) === "locked", 100);
const unlocked = (page) => waitFor("the conversations", async () => (await kind(page)) === "indexeddb");

/** code returns the code of a refused call, or an empty text. */
const code = (page, method, params) =>
  page.evaluate(([method, params]) => globalThis.bare.agent[method](params).then(() => "", (error) => error.code), [method, params]);

for (const [name, init] of ways) {
  test(`conversations are locked in all tabs and unlocked in all of them, with ${name}`, { timeout: 300_000 }, async () => {
    const alice = await profile(init);
    const [a, a2, b] = [await tab(alice), await tab(alice), await tab(await profile(init))];
    await connected(a, b);
    await call(a, "setPassphrase", { current: "", next: "correct horse" });
    assert.equal(await code(a, "setPassphrase", { current: "", next: "other" }), "passphrase");
    await waitFor("the second tab to hear it", () => read(a2, "storage?.protected"));
    await call(a, "lock");
    for (const page of [a, a2]) await locked(page);
    const shown = await read(a2, "snapshots.at(-1)");
    assert.deepEqual([shown.profile, shown.contacts, shown.relays], [null, [], []]);
    assert.equal(await code(a, "setProfile", { displayName: "Mallory" }), "storage");
    await send(b, "while it is locked");
    assert.equal(await code(a2, "unlock", { passphrase: "wrong" }), "passphrase");
    await call(a2, "unlock", { passphrase: "correct horse" });
    for (const page of [a, a2]) {
      await unlocked(page);
      await waitFor("the message", async () => (await items(page)).includes("received:while it is locked:"));
    }
    await send(a, "unlocked again");
    await waitFor("the answer", async () => (await items(b)).includes("received:unlocked again:"));
  });
}

test("a passphrase is asked for after the browser's worker ended, until it is removed", { timeout: 300_000 }, async () => {
  const context = await profile();
  let page = await tab(context);
  await call(page, "setProfile", { displayName: "Alice" });
  await call(page, "setPassphrase", { current: "", next: "first" });
  await call(page, "setPassphrase", { current: "first", next: "second" });
  await page.close();
  page = await tab(context);
  assert.equal(await kind(page), "locked");
  assert.equal(await code(page, "unlock", { passphrase: "first" }), "passphrase");
  await call(page, "unlock", { passphrase: "second" });
  await unlocked(page);
  assert.equal(await code(page, "removePassphrase", { current: "first" }), "passphrase");
  await call(page, "removePassphrase", { current: "second" });
  await page.close();
  page = await tab(context);
  assert.equal(await kind(page), "indexeddb");
  assert.equal(await read(page, "snapshots.at(-1).profile.displayName"), "Alice");
});

test("a worker killed while the passphrase changes has the old one or the new one", { timeout: 300_000 }, async () => {
  const page = await tab(await profile());
  await call(page, "setProfile", { displayName: "Alice" });
  await call(page, "setPassphrase", { current: "", next: "p0" });
  let known = ["p0"];
  for (let i = 1; i <= 3; i++) {
    const before = await read(page, "restarts");
    const next = `p${i}`;
    // It is asked for again when the worker is back, which is locked then: that is refused.
    const asked = code(page, "setPassphrase", { current: known[0], next });
    await page.waitForTimeout(i * 400); // anywhere in the two seconds that it takes
    await killWorker();
    await asked;
    await waitFor("the next worker", async () => (await read(page, "restarts")) > before && (await kind(page)) === "locked");
    known = [next, ...known].slice(0, 2);
    let right = "";
    for (const passphrase of known) {
      if ((await code(page, "unlock", { passphrase })) === "") {
        right = passphrase;
        break;
      }
    }
    assert.notEqual(right, "", "one of the two opens it");
    known = [right];
    await unlocked(page);
  }
  assert.equal(await read(page, "snapshots.at(-1).profile.displayName"), "Alice");
});

test("too many wrong passphrases have to wait", { timeout: 300_000 }, async () => {
  const page = await tab(await profile());
  await call(page, "setPassphrase", { current: "", next: "right" });
  await call(page, "lock");
  await locked(page);
  // Pauses double; so after some of them an attempt comes too early, however slow this machine is.
  await waitFor("the pause", async () => (await code(page, "unlock", { passphrase: "wrong" })) === "wait", 90);
  await waitFor("its end", async () => (await code(page, "unlock", { passphrase: "right" })) === "", 90);
  await unlocked(page);
});

test("conversations are locked when nobody is there, and not while somebody is", { timeout: 300_000, skip: !process.env.LONG && "takes two minutes: LONG=1" }, async () => {
  const page = await tab(await profile());
  await call(page, "setProfile", { displayName: "Alice" });
  await call(page, "setPassphrase", { current: "", next: "right" });
  await call(page, "lockAfter", { minutes: 1 });
  for (const begin = Date.now(); Date.now() - begin < 75_000; ) {
    await page.mouse.move(Math.random() * 100, 60);
    await page.waitForTimeout(500);
    assert.equal(await kind(page), "indexeddb");
  }
  await locked(page);
});

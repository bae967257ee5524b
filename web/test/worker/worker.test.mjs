// The worker's life: shared by tabs, killed, replaced, refused storage, and what pages hear of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../e2e/harness.mjs";
import { browser, call, connected, contactStates, front, items, killWorker, profile, read, send, setUp, snapshots, stopped, tab, targets, ways } from "./tabs.mjs";

setUp();

for (const [name, init] of ways) {
  test(`two people talk through ${name}, and a second tab sees it`, { timeout: 300_000 }, async () => {
    const alice = await profile(init);
    const [a, a2, b] = [await tab(alice), await tab(alice), await tab(await profile(init))];
    await connected(a, b);
    await send(a, "hello");
    await waitFor("two ticks", async () => (await items(a2)).includes("sent:hello:delivered"), 60);
    await waitFor("the message", async () => (await items(b)).includes("received:hello:"), 60);
    assert.equal((await targets("shared_worker")).found.length, init ? 0 : 2);
    await a.reload();
    await snapshots(a, 1);
    assert.equal((await read(a, "snapshots[0].contacts[0].last.text")), "hello");
    assert.equal(await read(a, "snapshots[0].storage.kind"), "indexeddb");
  });

  test(`a tab that closes leaves the others with ${name}`, { timeout: 300_000 }, async () => {
    const alice = await profile(init);
    const [a, a2, b] = [await tab(alice), await tab(alice), await tab(await profile(init))];
    await connected(a, b);
    await waitFor("the second tab to know", async () => (await contactStates(a2)).includes("connected"), 60);
    await a.close();
    await send(a2, "still here");
    await waitFor("the message", async () => (await items(b)).includes("received:still here:"), 60);
    assert.equal(await read(a2, "restarts"), init ? 1 : 0);
  });
}

test("a killed worker is replaced, and calls meanwhile are answered once", { timeout: 300_000 }, async () => {
  const alice = await profile();
  const a = await tab(alice);
  await call(a, "setProfile", { displayName: "Alice" });
  for (let i = 1; i <= 3; i++) {
    const before = await read(a, "snapshots.length");
    await killWorker();
    const renamed = call(a, "setProfile", { displayName: `Alice ${i}` });
    await snapshots(a, before + 1);
    assert.equal((await renamed).displayName, `Alice ${i}`);
    assert.equal(await read(a, "restarts"), i);
    assert.equal((await targets("shared_worker")).found.length, 1);
  }
});

test("a message under way when the worker is killed arrives once", { timeout: 300_000 }, async () => {
  const [a, b] = [await tab(await profile()), await tab(await profile())];
  await connected(a, b);
  const devtools = await browser.newBrowserCDPSession();
  const workers = (await targets("shared_worker")).found;
  const sent = [];
  for (let i = 0; i < 20; i++) {
    sent.push(send(a, `m${i}`));
    if (i === 10) for (const { targetId } of workers) await devtools.send("Target.closeTarget", { targetId });
  }
  await Promise.all(sent);
  await waitFor("all messages", async () => (await items(b)).length === 20, 60);
  const received = await items(b);
  assert.deepEqual(received.toSorted(), Array.from({ length: 20 }, (_, i) => `received:m${i}:`).toSorted());
});

test("pages that crash or close are forgotten", { timeout: 300_000 }, async () => {
  const context = await profile();
  const a = await tab(context);
  for (let i = 0; i < 3; i++) {
    const page = await tab(context);
    if (i === 0) await page.close();
    else {
      const devtools = await context.newCDPSession(page);
      devtools.send("Page.crash").catch(() => undefined);
      await new Promise((crashed) => page.once("crash", crashed));
      await page.close();
    }
  }
  const held = () => a.evaluate(async () => (await navigator.locks.query()).held.filter((l) => l.name.startsWith("sotto-page-")).length);
  await waitFor("their locks to be free", async () => (await held()) === 1, 60);
  const waiting = () => a.evaluate(async () => (await navigator.locks.query()).pending.filter((l) => l.name.startsWith("sotto-page-")).length);
  await waitFor("the worker to watch one page", async () => (await waiting()) === 1, 60);
});

/** Lets the program end when a page says so, as it does in a panic. */
const mortal = `
  const run = Go.prototype.run;
  const end = new Promise((ended) => (new BroadcastChannel("test").onmessage = ended));
  Go.prototype.run = function (instance) { return Promise.race([run.call(this, instance), end]); };`;

test("an agent that stops tells all pages, and a reload starts another", { timeout: 300_000 }, async () => {
  front.changes.set("/worker.js", (text) => text + mortal);
  const context = await profile();
  const [a, a2] = [await tab(context), await tab(context)];
  await a.evaluate(() => new BroadcastChannel("test").postMessage("end"));
  for (const page of [a, a2]) assert.match(await stopped(page), /because of an error inside it/);
  await assert.rejects(call(a, "wake"), /because of an error inside it/);
  await waitFor("the worker to end", async () => (await targets("shared_worker")).found.length === 0, 60);
  await a.reload();
  await snapshots(a, 1);
});

test("storage that is refused is said, and the agent works", { timeout: 300_000 }, async () => {
  front.changes.set("/worker.js", (text) => `Object.defineProperty(globalThis, "indexedDB", { value: undefined });\n${text}`);
  const a = await tab(await profile());
  assert.equal(await read(a, "snapshots[0].storage.kind"), "memory");
  assert.match(await read(a, "snapshots[0].storage.problem"), /does not let Sotto keep anything/);
  await call(a, "setProfile", { displayName: "Alice" });
});

for (const [what, path, words] of [
  ["the worker", "/worker.js", /worker could not be started/],
  ["the client", "client", /could not be loaded/],
  ["the configuration", "/config.json", /could not be loaded/],
]) {
  test(`pages hear that ${what} cannot be loaded`, { timeout: 300_000 }, async () => {
    front.changes.set(path === "client" ? front.wasmURL : path, () => null);
    const a = await tab(await profile(), { ready: false });
    assert.match(await waitFor("the page to hear it", () => read(a, "stopped"), 60), words);
  });
}

test("a site that is set up wrongly is said", { timeout: 300_000 }, async () => {
  front.changes.set("/config.json", () => '{"relay":"","url":"/smp"}');
  const a = await tab(await profile(), { ready: false });
  assert.match(await stopped(a), /not set up correctly/);
});

test("a page of a newer build ends the worker of an older one", { timeout: 300_000 }, async () => {
  const current = front.wasmURL;
  const older = "/assets/client-0000000000ff.wasm";
  const context = await profile();
  // An old page and its worker, from before the site was updated.
  front.changes.set("/worker.js", (text) => text.replaceAll(current, older));
  await front.bundle(older);
  front.aliases.set(older, current);
  const old = await tab(context);
  // The site now serves the newer build.
  front.changes.delete("/worker.js");
  await front.bundle(current);
  const fresh = await tab(context);
  assert.match(await stopped(old), /was updated/);
  await call(fresh, "setProfile", { displayName: "Alice" });
  assert.equal((await targets("shared_worker")).found.length, 1);
});

test("what the browser promised to keep is known to the next worker", { timeout: 300_000 }, async () => {
  const context = await profile();
  const devtools = await browser.newBrowserCDPSession();
  const { browserContextIds } = await devtools.send("Target.getBrowserContexts");
  const a = await tab(context);
  assert.equal(await read(a, "snapshots[0].storage.persisted"), false);
  for (const browserContextId of browserContextIds) {
    await devtools.send("Browser.grantPermissions", { permissions: ["durableStorage"], origin: front.url, browserContextId });
  }
  assert.equal(await a.evaluate(() => navigator.storage.persist()), true);
  await call(a, "storage", { persisted: true });
  assert.equal(await read(a, "storage.persisted"), true);
  const before = await read(a, "snapshots.length");
  await killWorker();
  await waitFor("the next worker", async () => (await read(a, "snapshots.length")) > before, 60);
  assert.equal(await read(a, "snapshots.at(-1).storage.persisted"), true);
});

// Many tabs, and one that goes: one agent serves them all, never two, and another one follows at once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { waitFor } from "../e2e/harness.mjs";
import { call, connected, everything, front, items, profile, read, send, setUp, stopped, tab, ways } from "./tabs.mjs";

setUp({ bfcache: true });

/** Every running agent says so all the time; the page of this name notes whenever it was another one than before. */
const announce = `
  const run = Go.prototype.run;
  const agents = new BroadcastChannel("agents");
  Go.prototype.run = function (instance) {
    const name = crypto.randomUUID();
    setInterval(() => agents.postMessage(name), 60);
    return run.call(this, instance);
  };`;

const count = () => {
  globalThis.agents = [];
  new BroadcastChannel("agents").onmessage = ({ data }) => globalThis.agents.at(-1) === data || globalThis.agents.push(data);
};

/** counter opens a page that counts the agents of a profile. It is no tab of Sotto. */
async function counter(context) {
  front.changes.set("/worker.js", (text) => text + announce);
  const page = await context.newPage();
  await page.goto(front.url + "/integrity.json");
  await page.evaluate(count);
  return page;
}

/** agents returns how many there were. Two at a time would have said so in turns. */
async function agents(page) {
  const seen = await page.evaluate(() => globalThis.agents);
  assert.equal(new Set(seen).size, seen.length, "never two agents at a time");
  return seen.length;
}

const answers = async (page) => (await call(page, "setProfile", { displayName: "Alice" })).displayName === "Alice";

for (const [name, init] of ways) {
  test(`ten tabs share one agent, through ${name}, whichever of them close`, { timeout: 300_000 }, async (t) => {
    const context = await profile(init);
    const watch = await counter(context);
    const tabs = [];
    for (let i = 0; i < 10; i++) tabs.push(await tab(context));
    assert.deepEqual(await Promise.all(tabs.map(answers)), Array(10).fill(true));
    assert.equal(await agents(watch), 1);
    const gaps = [];
    while (tabs.length > 1) {
      const first = tabs.shift(); // it has the worker, where there is no SharedWorker
      const begin = performance.now();
      if (tabs.length % 2) await first.close();
      else await crash(context, first);
      assert.ok(await answers(tabs.at(-1)));
      gaps.push(Math.round(performance.now() - begin));
    }
    t.diagnostic(`from the end of a tab to an answer in another: ${gaps.join(", ")} ms`);
    const were = await agents(watch);
    assert.ok(init ? were <= 10 : were === 1, `${were} agents`);
    assert.ok(await answers(tabs[0]));
  });

  test(`a frozen tab does not keep others from ${name}, and comes back`, { timeout: 300_000 }, async () => {
    const context = await profile(init);
    const watch = await counter(context);
    const [first, second] = [await tab(context), await tab(context)];
    const devtools = await context.newCDPSession(first);
    await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
    assert.ok(await answers(second));
    await devtools.send("Page.setWebLifecycleState", { state: "active" });
    assert.ok(await answers(first));
    assert.ok(await answers(second));
    assert.ok((await agents(watch)) <= 2);
  });

  test(`a tab that the browser keeps aside comes back, with ${name}`, { timeout: 300_000 }, async (t) => {
    const context = await profile(init);
    const watch = await counter(context);
    const [first, second] = [await tab(context), await tab(context)];
    await first.evaluate(() => addEventListener("pageshow", ({ persisted }) => (globalThis.kept = persisted)));
    for (let i = 0; i < 3; i++) {
      await first.goto(front.url + "/integrity.json");
      assert.ok(await answers(second));
      await first.goBack({ waitUntil: "commit" }); // a page that was kept does not load
      await waitFor("the page", () => first.evaluate(() => globalThis.bare?.snapshots.length > 0));
      assert.ok(await answers(first));
    }
    t.diagnostic(`kept aside: ${await first.evaluate(() => globalThis.kept ?? false)}`);
    await agents(watch);
  });
}

async function crash(context, page) {
  const devtools = await context.newCDPSession(page);
  devtools.send("Page.crash").catch(() => undefined);
  await new Promise((crashed) => page.once("crash", crashed));
  await page.close();
}

test("an update of the program in the middle of sending loses nothing unsaid", { timeout: 300_000 }, async () => {
  const current = front.wasmURL;
  const older = "/assets/client-0000000000ff.wasm";
  front.changes.set("/worker.js", (text) => text.replaceAll(current, older));
  await front.bundle(older);
  front.aliases.set(older, current);
  const context = await profile();
  const [old, bob] = [await tab(context), await tab(await profile())];
  await connected(old, bob);
  front.changes.delete("/worker.js");
  await front.bundle(current);
  // The old page writes, and is told what was taken; meanwhile a new one is opened.
  const writing = old.evaluate(async () => {
    const contactId = [...globalThis.bare.contacts.keys()][0];
    const taken = [];
    for (let i = 0; !globalThis.bare.stopped; i++) {
      const text = `m${i}`;
      await globalThis.bare.agent.send({ contactId, text, clientId: text }).then(() => taken.push(text), () => undefined);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return taken;
  });
  const fresh = await tab(context);
  assert.match(await stopped(old), /was updated/);
  const taken = await writing;
  await send(fresh, "the last");
  await waitFor("the last", async () => (await items(bob)).includes("received:the last:"), 60);
  const received = (await everything(bob)).filter((i) => i.direction === "received").map((i) => i.text);
  assert.equal(new Set(received).size, received.length, "each once");
  assert.deepEqual(received.filter((text) => taken.includes(text)), taken, "all that was taken, in order");
  assert.equal(await read(fresh, "stopped"), "");
});

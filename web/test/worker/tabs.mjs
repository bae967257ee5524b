// What tests of the worker share: a site behind a front, a browser for each test, and bare pages in it.
import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach } from "node:test";
import { chromium } from "playwright-core";
import { flags, Site, waitFor } from "../e2e/harness.mjs";
import { Front } from "./front.mjs";

export let site, front, browser;

/** setUp starts them before the tests of a file. Chromium keeps pages aside only if it is told to. */
export function setUp({ bfcache = false } = {}) {
  before(async () => {
    site = await Site.start();
    front = await Front.start(site);
  });
  after(async () => {
    await front?.stop();
    await site?.stop();
  });
  beforeEach(async () => {
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags, ignoreDefaultArgs: bfcache ? ["--disable-back-forward-cache"] : [] });
  });
  afterEach(async () => {
    await browser.close();
    front.changes.clear();
  });
}

/** In a browser without SharedWorker, pages use the other way. */
export const ways = [
  ["a SharedWorker", ""],
  ["a dedicated worker", "delete globalThis.SharedWorker"],
];

export async function profile(init = "") {
  const context = await browser.newContext();
  if (init) await context.addInitScript(init);
  return context;
}

/** tab opens the bare page and waits for the agent. */
export async function tab(context, { ready = true } = {}) {
  const page = await context.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.goto(front.url + "/bare");
  if (ready) await snapshots(page, 1);
  return page;
}

export const read = (page, what) => page.evaluate((what) => eval(`globalThis.bare.${what}`), what);
export const call = (page, method, params = {}) => page.evaluate(([method, params]) => globalThis.bare.agent[method](params), [method, params]);
export const snapshots = (page, n) => waitFor(`snapshot ${n}`, async () => (await read(page, "snapshots.length")) >= n, 60);
export const stopped = (page) => waitFor("the page to hear that the agent stopped", () => read(page, "stopped"), 60);
export const contactStates = (page) => page.evaluate(() => [...globalThis.bare.contacts.values()].map((c) => c.state));
export const items = (page) => page.evaluate(() => [...globalThis.bare.items.values()].map((i) => `${i.direction}:${i.text}:${i.status ?? ""}`));

/** everything reads the whole conversation, oldest first. */
export async function everything(page) {
  return page.evaluate(async () => {
    const contactId = [...globalThis.bare.contacts.keys()][0];
    let all = [];
    for (let more = true; more; ) {
      const part = await globalThis.bare.agent.items({ contactId, before: all[0]?.seq ?? 0, limit: 200 });
      all = [...part.items, ...all];
      more = part.more;
    }
    return all.filter((i) => i.direction !== "note").map(({ direction, text, status, seq }) => ({ direction, text, status, seq }));
  });
}

export async function connected(a, b) {
  await call(a, "setProfile", { displayName: "Alice" });
  await call(b, "setProfile", { displayName: "Bob" });
  const { link } = await call(a, "invite");
  await call(b, "connect", { text: link });
  for (const page of [a, b]) await waitFor("the connection", async () => (await contactStates(page)).includes("connected"), 60);
}

export const contact = (page) => page.evaluate(() => [...globalThis.bare.contacts.keys()][0]);

export async function send(page, text, clientId = text) {
  return call(page, "send", { contactId: await contact(page), text, clientId });
}

/** targets lists the running workers. */
export async function targets(type) {
  const devtools = await browser.newBrowserCDPSession();
  const { targetInfos } = await devtools.send("Target.getTargets");
  return { devtools, found: targetInfos.filter((t) => t.type === type) };
}

export async function killWorker() {
  const { devtools, found } = await targets("shared_worker");
  assert.equal(found.length, 1);
  await devtools.send("Target.closeTarget", { targetId: found[0].targetId });
}

// The widget on a site of another origin: what it costs the site, and how soon a visitor is heard.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Site, waitFor } from "../e2e/harness.mjs";
import { Shop, Visitor } from "../e2e/shop.mjs";
import { watchTalk } from "./probe.mjs";
import { slowLine } from "./slowline.mjs";
import { times } from "./table.mjs";

const dist = join(import.meta.dirname, "../../dist");

/** New visitors, and messages of one who is connected. */
const visitors = 4;
const messages = 10;

/** How long people hold a button when they click, in milliseconds. The chat begins to load when it goes down; a click is when it comes up. */
const held = 80;

/** A line of 10 Mbit/s with 40 ms there and back. */
const line = { delay: 20, rate: 10e6 };

export async function widget(own) {
  const site = await Site.start({ echo: true, args: ["-widget", "*"] });
  own(() => site.stop());
  const address = await waitFor("Echo's address", () => addressOf(site.url));
  const slow = `http://localhost:${await slowLine(own, site.port, line)}`;
  const [near, far] = [await measure(own, site.url, address, held), await measure(own, slow, address, held)];
  const hasty = await measure(own, site.url, address, 0);
  return [
    ...bytes(),
    times("longest task on the site's page, until the first answer", [...near.tasks, ...far.tasks], 50),
    times(`click (held ${held} ms) → message can be typed, first time`, near.usable, 100),
    times("the same at 10 Mbit/s, 40 ms", far.usable),
    times("button down → message can be typed, first time", hasty.usable),
    times("send → one tick, new visitor, at 10 Mbit/s, 40 ms", far.cold, 2500),
    times("send → one tick, connected, at 10 Mbit/s, 40 ms", far.warm, 300),
  ];
}

async function addressOf(url) {
  const answer = await fetch(url + "/echo/address").catch(() => null);
  return answer?.ok && (await answer.json()).link;
}

/** What is downloaded when, beside what others have published of theirs. */
function bytes() {
  const files = Object.keys(JSON.parse(readFileSync(join(dist, "integrity.json"), "utf8")));
  const sum = (pattern, suffix) => files.filter((name) => pattern.test(name)).reduce((all, name) => all + statSync(join(dist, name + suffix)).size, 0) / 1024;
  const script = /^widget\.js$/;
  const opened = /^(widget\.js|widget\/frame\.html|assets\/frame-.*)$/;
  const written = /^(widget\.js|widget\/frame\.html|assets\/frame-.*|worker\.js|assets\/client-.*)$/;
  const row = (what, value, aim) => ({ what, value, unit: "KiB", aim });
  return [
    row("before the visitor acts, brotli", sum(script, ".br"), 6),
    row("the same, raw (GoChat: 461, Chatwoot: 170, Crisp: 130)", sum(script, "")),
    row("chat opened, brotli (GoChat: 461 raw, all of it)", sum(opened, ".br")),
    row("first message sent, brotli", sum(written, ".br")),
  ];
}

async function measure(own, relay, address, press) {
  const shop = await Shop.start(relay, { address });
  own(() => shop.stop());
  const found = { usable: [], cold: [], warm: [], tasks: [] };
  for (let i = 0; i < visitors; i++) await visit(own, shop, found, press, i === visitors - 1 ? messages : 0);
  return found;
}

async function visit(own, shop, found, press, more) {
  const visitor = await Visitor.open(shop.url);
  own(() => visitor.leave());
  await visitor.person.browser.addInitScript(watchTalk);
  await visitor.person.browser.addInitScript(watchSite);
  await visitor.visit();
  await visitor.open(press);
  found.cold.push(await say(visitor, "first"));
  await visitor.hears("first");
  const chat = visitor.page.frames().find((frame) => frame !== visitor.page.mainFrame());
  const [clicked, tasks] = await visitor.page.evaluate(() => [watched.clicked, watched.tasks]);
  found.usable.push((await chat.evaluate(() => watched.usable)) - clicked);
  found.tasks.push(Math.max(0, ...tasks));
  for (let i = 0; i < more; i++) found.warm.push(await say(visitor, `more ${i}`));
  await visitor.leave();
}

/** say sends a message and returns how long it took until its tick was painted. */
async function say(visitor, text) {
  await visitor.send(text);
  const chat = visitor.page.frames().find((frame) => frame !== visitor.page.mainFrame());
  return waitFor("the tick", () => chat.evaluate((said) => talk.sent[said] > 0 && talk.sent[said] - talk.pressed[said], text));
}

/** Runs in the page and in the chat: when the launcher was clicked, when the composer was painted and had the focus, how long tasks took. */
function watchSite() {
  const watched = (globalThis.watched = { clicked: 0, usable: 0, tasks: [] });
  const now = (at = performance.now()) => performance.timeOrigin + at;
  addEventListener("click", (event) => (watched.clicked ||= now(event.timeStamp)), true);
  new PerformanceObserver((list) => watched.tasks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask", buffered: true });
  const look = new MutationObserver(() => {
    if (!document.querySelector(".composer textarea")) return;
    look.disconnect();
    const focused = new Promise((resolve) => {
      const ask = () => document.activeElement?.matches(".composer textarea") && resolve();
      addEventListener("focusin", ask);
      ask();
    });
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => focused.then(() => (watched.usable = now()));
      painted.port2.postMessage(null);
    });
  });
  look.observe(document, { childList: true, subtree: true });
}

// Checks every state of the widget with the scripted agent, on a page of another origin with a strict policy: axe finds
// nothing, no script fails, nothing sticks out, what can be pressed is large enough; and what visitors and pages do works.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch } from "../fixture/browser.mjs";
import { widgetSite } from "../fixture/widget-site.mjs";
import { chatOf, checkedViews, openView, page as pageWith, unlock } from "../fixture/widget-views.mjs";
import { waitFor } from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const address = "simplex:/contact#/?scene=fresh";
let browser;
let site;

before(async () => {
  [browser, site] = await Promise.all([launch(), widgetSite()]);
});

after(async () => {
  await browser.close();
  site.close();
});

test("views", { concurrency: 3 }, async (t) => {
  await Promise.all(checkedViews.map((view) => t.test(view.name, () => check(view))));
});

async function check(view) {
  const { page, problems, close } = await openView(browser, site, view, { still: true });
  assert.deepEqual(problems, []);
  for (const frame of page.frames()) {
    if (!(await frame.evaluate(() => document.querySelector("main")?.checkVisibility()))) continue; // a chat that nobody sees
    await frame.evaluate(axe);
    const found = await frame.evaluate(async () => {
      const { violations } = await axe.run({ resultTypes: ["violations"], iframes: false });
      return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html} ${n.any.map((a) => a.message).join(" ")}`));
    });
    assert.deepEqual(found, [], frame.url().slice(0, 60));
    if (frame !== page.mainFrame()) assert.deepEqual(await frame.evaluate(misfits), []);
  }
  await close();
}

// Runs in the chat: what sticks out, and what is too small to be pressed.
function misfits() {
  const shown = (el) => el.checkVisibility({ visibilityProperty: true }) && !el.closest(".hidden");
  const wide = [document.documentElement, ...document.querySelectorAll(".scroll, dialog[open]")].filter((el) => el.scrollWidth > el.clientWidth + 1);
  const small = [...document.querySelectorAll("button, a, input, textarea")].filter((el) => {
    const { width, height } = (el.closest("label") ?? el).getBoundingClientRect();
    return shown(el) && !el.closest(".text, label.agree, .quote, .reactions") && (width < 43.5 || height < 43.5);
  });
  return [...wide.map((el) => `too wide: ${el.className}`), ...small.map((el) => `too small: ${el.outerHTML.slice(0, 120)}`)];
}

/** tab opens a page of the site with some widget in it. */
async function tab(name, data, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 760 }, reducedMotion: "reduce", ...options.context });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  if (!options.locked) await page.addInitScript(unlock);
  page.told = [];
  page.on("console", (m) => page.told.push(m.text()));
  site.put("/style.css", "", { type: "text/css" });
  if (options.script !== undefined) site.put(`/${name}.js`, options.script, { type: "text/javascript" });
  const head = options.script === undefined ? "" : `<script src="/${name}.js"></script>`;
  site.put(`/${name}`, pageWith(site.relay, data, { ...options, head }));
  await page.goto(`${site.origin}/${name}`);
  return page;
}

const focused = (frame) => frame.evaluate(() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at?.getAttribute("aria-label") ?? at?.tagName.toLowerCase();
});

/** early opens the chat of a widget whose program comes only once begin is called. */
async function early(t, data) {
  let begin;
  const promise = new Promise((resolve) => (begin = resolve));
  site.hold("/frame.js", promise);
  t.after(() => (begin(), site.hold("/frame.js")));
  const page = await tab(`early-${Object.keys(data).length}`, { address, ...data });
  await page.locator(".launcher").click();
  const frame = page.frames().at(-1);
  await frame.locator(".composer textarea").waitFor();
  return { page, frame, field: frame.locator(".composer textarea"), begin };
}

test("what is written and sent before the program of the chat is there", async (t) => {
  const { page, frame, field, begin } = await early(t, {});
  await waitFor("the focus", () => field.evaluate((el) => el === document.activeElement));
  await page.keyboard.type("Are you open?");
  await page.keyboard.press("Enter");
  await page.keyboard.type("I could come by");
  await page.keyboard.press("Home");
  await frame.locator(".entry.own", { hasText: "Are you open?" }).waitFor();
  assert.equal(await frame.evaluate(() => (document.querySelector("textarea").same = typeof agent)), "undefined");
  begin();
  await frame.getByText("Waiting for an answer").waitFor();
  await frame.locator('.entry.own[role="listitem"]', { hasText: "Are you open?" }).waitFor();
  await waitFor("it once", async () => (await frame.locator(".entry.own").count()) === 1); // not while one is drawn in place of the other
  await page.keyboard.type("Then ");
  assert.equal(await field.inputValue(), "Then I could come by");
  assert.equal(await field.evaluate((el) => el.same), "undefined", "it is the same field");
  await page.context().close();
});

test("before the program is there, a chat that asks for more sends nothing, speaks its language, and can be closed", async (t) => {
  const { page, frame, field, begin } = await early(t, { name: "required", lang: "de" });
  assert.deepEqual([await field.getAttribute("placeholder"), await frame.locator("h1").textContent()], ["Nachricht", "Vertraulicher Chat"]);
  await waitFor("the focus", () => field.evaluate((el) => el === document.activeElement));
  await page.keyboard.type("Hallo");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.locator("iframe").waitFor({ state: "hidden" });
  await page.locator(".launcher").click();
  begin();
  await frame.getByLabel("Ihr Name").waitFor();
  assert.equal(await field.inputValue(), "Hallo");
  assert.equal(await frame.locator(".entry.own").count(), 0);
  await page.context().close();
});

test("a visitor with a keyboard opens, writes, goes round and closes", async () => {
  const page = await tab("keys", { address, name: "optional" });
  await page.locator(".launcher").waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Talk privately");
  await page.keyboard.press("Enter");
  const chat = chatOf(page);
  await chat.getByRole("textbox", { name: "Message" }).waitFor();
  const inside = page.frames().find((frame) => frame !== page.mainFrame());
  await waitFor("the composer to have the focus", async () => (await focused(inside)) === "Message");
  await page.keyboard.type("Hello");
  await chat.getByLabel("Your name").waitFor(); // the program is there
  const round = [];
  for (let i = 0; i < 7; i++) {
    await page.keyboard.press("Tab");
    round.push(await focused(inside));
  }
  assert.deepEqual(round, ["Send", "More", "Close chat", "Messages", "input", "Message", "Send"], "Tab stays in the chat, and goes round");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  await chat.getByText("Waiting for an answer").waitFor();
  await page.keyboard.press("Escape");
  await waitFor("the launcher to have the focus", async () => (await focused(page)) === "Talk privately");
  assert.equal(await page.locator(".launcher").getAttribute("aria-expanded"), "false");
  await page.context().close();
});

test("a chat that opens by itself leaves the focus where it is", async () => {
  const page = await tab("open", { address, open: "true" }, { body: "<input id=search aria-label=Search autofocus>" });
  await chatOf(page).locator(".composer textarea").waitFor();
  await page.keyboard.type("cups");
  assert.equal(await page.locator("#search").inputValue(), "cups");
  assert.equal(await focused(page), "Search");
  await page.context().close();
});

test("answers are announced, in the open chat and at the launcher", async () => {
  const page = await tab("told", { address: "simplex:/contact#/?scene=talk" });
  await page.locator(".launcher").click();
  const chat = chatOf(page);
  await chat.getByText("The small ones.").waitFor();
  const receive = (text) => chat.locator("body").evaluate((_, said) => agent.receive(said), text);
  await receive("It is ready");
  await chat.locator("[aria-live=polite]", { hasText: "It is ready" }).waitFor({ state: "attached" });
  await page.keyboard.press("Escape");
  await receive("Come by");
  await page.getByRole("status").filter({ hasText: "new messages: 1" }).waitFor({ state: "attached" });
  await page.context().close();
});

test("the API: a queue before it loads, events, options, several widgets, and nothing left behind", async () => {
  const script = `window.sotto = window.sotto || function () { (sotto.q = sotto.q || []).push(arguments) };
    window.events = []; for (const name of ["ready", "open", "close", "talk", "message"]) sotto("on", name, (detail) => events.push(name + ":" + detail.id + ":" + detail.state + ":" + detail.unread));
    sotto("new", { id: "sales", address: "${address}", position: "bottom-left", trigger: ".ask", accent: "teal" });
    sotto("open", "sales");`;
  const page = await tab("api", { address, id: "help" }, { script, body: '<button class="ask">Ask</button>' });
  await waitFor("the second widget to be open", () => page.evaluate(() => events.includes("ready:sales:none:0")));
  assert.equal(await page.locator("sotto-widget").count(), 2);
  await page.evaluate(() => sotto("close", "sales"));
  await page.getByRole("button", { name: "Ask" }).click();
  assert.deepEqual(await page.evaluate(() => events.filter((e) => /^(open|close)/.test(e))), ["open:sales:none:0", "close:sales:none:0", "open:sales:none:0"]);
  await page.evaluate(() => sotto("set", { title: "Sales", text: "Write to us", theme: "dark" }, "sales"));
  const chat = page.frameLocator("iframe").first();
  await chat.getByRole("heading", { name: "Sales" }).waitFor();
  await page.evaluate(() => document.body.replaceWith(document.createElement("body"))); // as pages do that load the next one by script
  assert.equal(await page.locator("sotto-widget").count(), 2);
  await page.evaluate(() => sotto("destroy"));
  assert.equal(await page.locator("sotto-widget, iframe, link[rel=preconnect]").count(), 0);
  assert.deepEqual(await page.evaluate(() => [typeof window.sotto, document.title, Object.keys(localStorage)]), ["undefined", "Clay & Kiln", []]);
  await page.context().close();
});

test("wrong options are told in the console, and the usual ones are used", async () => {
  const page = await tab("wrong", { address, position: "middle", accent: "nocolour", zIndex: "high", theme: "pink", trigger: "((", name: "yes" });
  await page.locator(".launcher").waitFor();
  const told = page.told.join("\n");
  for (const option of ["position", "accent", "zIndex", "theme", "trigger", "name"]) assert.match(told, new RegExp(`Sotto widget: option ${option} cannot be`));
  const box = await page.locator(".launcher").boundingBox();
  assert.deepEqual(box, { x: 924, y: 684, width: 56, height: 56 });
  const none = await tab("none", { title: "No address" });
  await waitFor("the complaint", () => none.told.some((text) => text.includes("needs an address")));
  assert.equal(await none.locator("sotto-widget").count(), 0);
  await page.context().close();
  await none.context().close();
});

test("a page whose policy forbids the frame is told what to allow", async () => {
  site.put("/strict", pageWith(site.relay, { address }), { policy: `default-src 'none'; script-src ${site.relay}; style-src 'self'` });
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript(unlock);
  const told = [];
  page.on("console", (m) => told.push(m.text()));
  await page.goto(site.origin + "/strict");
  await page.locator(".launcher").click();
  await page.getByRole("button", { name: "Not loaded. Try again" }).waitFor();
  assert.ok(told.some((text) => text.includes(`must allow frame-src ${site.relay}`)));
  await context.close();
});

test("the page cannot reach into the shadow root", async () => {
  const page = await tab("closed-root", { address }, { locked: true });
  await page.locator("sotto-widget").waitFor({ state: "attached" });
  assert.equal(await page.evaluate(() => document.querySelector("sotto-widget").shadowRoot), null);
  assert.equal(await page.evaluate(() => document.querySelector("sotto-widget").outerHTML), "<sotto-widget></sotto-widget>");
  await page.context().close();
});

test("on a phone the chat fills the screen, and what the keyboard leaves of it", async () => {
  const page = await tab("phone", { address }, { context: { viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true } });
  await page.locator(".launcher").tap();
  await chatOf(page).locator(".composer textarea").waitFor();
  assert.deepEqual(await page.locator(".panel").boundingBox(), { x: 0, y: 0, width: 360, height: 640 });
  assert.equal(await page.locator(".launcher").isVisible(), false);
  await page.setViewportSize({ width: 360, height: 340 });
  await waitFor("the panel to follow", async () => (await page.locator(".panel").boundingBox()).height === 340);
  await page.context().close();
});

test("every colour can be read", async () => {
  const page = await tab("colours", { address: "simplex:/contact#/?scene=talk" });
  await page.locator(".launcher").click();
  const chat = chatOf(page);
  await chat.getByText("The small ones.").waitFor();
  for (const theme of ["light", "dark"]) {
    for (const accent of ["#000000", "#ffffff", "#ffff00", "#00ff00", "#00ffff", "#0000ff", "#ff00ff", "#ff0000", "#808080", "#b3261e"]) {
      await page.evaluate((options) => sotto("set", options), { theme, accent });
      await waitFor("the colour", () => chat.locator("html").evaluate((html, wanted) => html.style.colorScheme === wanted && html.style.getPropertyValue("--accent-hue"), theme));
      const faint = async () => {
        const ratios = { ...(await chat.locator("body").evaluate(contrasts, [".composer .round", ".own .text", ".own .meta", ".quote-from"])), ...(await page.locator(".launcher").evaluate(contrasts, ["self"])) };
        return Object.entries(ratios).filter(([, ratio]) => ratio < 4.5);
      };
      // What it stood on before may be painted for a moment.
      await waitFor("words to be readable", async () => !(await faint()).length, 10).catch(async () => assert.deepEqual(await faint(), [], `${theme} ${accent}`));
    }
  }
  await page.context().close();
});

// In a document: the contrast of words and what they stand on.
function contrasts(around, selectors) {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (layers) => {
    for (const fill of ["white", ...layers]) {
      pen.fillStyle = fill;
      pen.fillRect(0, 0, 1, 1);
    }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = (parts) => parts.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (el) => (el ? [...ground(el.parentElement), getComputedStyle(el).backgroundColor] : []);
  const ratios = {};
  for (const selector of selectors) {
    const el = selector === "self" ? around : around.querySelector(selector);
    if (!el) continue;
    if (selector === ".composer .round") el.removeAttribute("aria-disabled");
    el.style.transition = "none";
    const [a, b] = [light(rgb([...ground(el), getComputedStyle(el).color])), light(rgb(ground(el)))].sort((x, y) => y - x);
    ratios[selector] = Math.round(((a + 0.05) / (b + 0.05)) * 100) / 100;
  }
  return ratios;
}

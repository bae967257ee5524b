// The widget with everything real: sites of other origins with strict policies, a relay, the agent in the frame; and at
// the other side Sotto in a tab, or Echo.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { Person, Site, waitFor } from "./harness.mjs";
import { Shop, storage, Visitor } from "./shop.mjs";

const args = ["-widget", "*", "-proxy-allow", "127.0.0.0/8,::1/128"];
let site;
let echo;
before(async () => {
  site = await Site.start({ echo: true, args });
  echo = await waitFor("Echo's address", () => addressOfEcho(site));
});
after(() => site?.stop());

async function addressOfEcho({ url }) {
  const answer = await fetch(url + "/echo/address").catch(() => null);
  return answer?.ok && (await answer.json()).link;
}

/** ownerWithAddress is somebody who made an address in a tab, and the link to it. */
async function ownerWithAddress() {
  const owner = await Person.open("Nadia", site.url);
  await owner.enter();
  await owner.page.goto(site.url + "/#address");
  await owner.page.getByRole("button", { name: "Make an address" }).click();
  const link = await owner.page.getByRole("textbox", { name: "Your address" }).inputValue();
  await owner.page.goto(site.url + "/#list");
  return { owner, link };
}

/** act does something to a message in the page, by its menu. */
async function act(page, text, name) {
  const line = page.locator(".entry", { hasText: text }).last();
  await line.hover();
  await line.getByRole("button", { name: "What to do with this message" }).click();
  await page.getByRole("menuitem", { name, exact: true }).or(page.getByRole("button", { name, exact: true })).first().click();
}

test("a visitor writes on a page of another origin, and the owner answers in a tab", { timeout: 240_000 }, async () => {
  const { owner, link } = await ownerWithAddress();
  const shop = await Shop.start(site.url, { address: link, name: "optional" });
  const visitor = await Visitor.open(shop.url);
  try {
    const asked = [];
    visitor.page.on("request", (request) => asked.push(new URL(request.url())));
    await visitor.visit();
    await visitor.launcher.hover();
    const ofRelay = () => asked.filter((url) => url.origin === site.url).map((url) => url.pathname);
    assert.deepEqual(ofRelay(), ["/widget.js"], "nothing is asked for before the visitor acts");

    await visitor.open();
    await visitor.chat.getByRole("heading", { name: "Nadia" }).first().waitFor();
    await visitor.chat.getByLabel("Your name").fill("Vera");
    await visitor.send("*Hello* from the shop");
    await visitor.chat.getByText("Waiting for an answer").waitFor();
    await visitor.told("Hello from the shop", "sent");

    await owner.page.getByText("Hello from the shop").first().click();
    await owner.page.getByRole("heading", { name: "Vera wants to talk to you" }).waitFor();
    await owner.page.getByRole("button", { name: "Accept", exact: true }).click();
    await owner.send("Hello Vera");
    await visitor.hears("Hello Vera");
    await visitor.told("Hello from the shop", "delivered");
    await visitor.send("Is it open?");
    await visitor.told("Is it open?", "delivered");

    await changes(owner, visitor);
    await away(owner, visitor);
    await elsewhere(owner, visitor);
    await end(owner, visitor);
    assert.deepEqual(visitor.person.uncaught(), []);
    assert.deepEqual(owner.uncaught(), []);
  } finally {
    await visitor.leave();
    await owner.leave();
    shop.stop();
  }
});

/** What the owner does to messages is shown: a reaction, a reply, another text, a deletion. */
async function changes(owner, visitor) {
  await act(owner.page, "Is it open?", "Thumbs up");
  await visitor.chat.locator(".entry.own", { hasText: "Is it open?" }).getByText("👍").waitFor();
  await act(owner.page, "Is it open?", "Reply");
  await owner.send("Until six");
  await visitor.chat.locator(".entry", { hasText: "Until six" }).locator(".quote", { hasText: "Is it open?" }).waitFor();
  await act(owner.page, "Until six", "Change");
  await owner.send("Until seven");
  await owner.page.locator(".intent").waitFor({ state: "detached" });
  await visitor.hears("Until seven");
  await visitor.chat.locator(".entry", { hasText: "Until seven" }).getByText("edited").waitFor();
  await owner.send("Wrong window");
  await visitor.hears("Wrong window");
  await act(owner.page, "Wrong window", "Delete");
  await owner.page.getByRole("button", { name: "Delete for everyone" }).click();
  await visitor.chat.getByText("This message was deleted.").first().waitFor();
}

/** While the chat is closed, new messages are counted at the launcher and in the title, and read when it is opened. */
async function away(owner, visitor) {
  await visitor.chat.getByRole("button", { name: "Close chat" }).click();
  await owner.send("One more thing");
  await visitor.page.getByRole("button", { name: "Talk privately, new messages: 1" }).waitFor();
  assert.equal(await visitor.page.title(), "(1) Shop");
  await visitor.open();
  await visitor.hears("One more thing");
  await waitFor("the title", async () => (await visitor.page.title()) === "Shop");
}

/** The conversation goes on, on other pages of the site and after a restart of the browser. */
async function elsewhere(owner, visitor) {
  await visitor.visit("/other"); // open on one page, open on the next
  await visitor.send("On another page"); // before the conversation is there
  await visitor.hears("One more thing");
  await visitor.told("On another page", "delivered");
  await visitor.chat.getByRole("button", { name: "Close chat" }).click();
  await visitor.person.close();
  await owner.send("Are you still there?");
  await visitor.person.startBrowser();
  await visitor.visit("/third");
  await visitor.page.getByRole("button", { name: "Talk privately, new messages: 1" }).waitFor();
  await visitor.open();
  await visitor.hears("Are you still there?");
  await visitor.send("Yes");
  await waitFor("the answer", async () => (await owner.texts()).at(-1).text === "Yes");
}

/** The visitor takes the conversation along as text, then ends it, and the owner is told. */
async function end(owner, visitor) {
  const download = visitor.page.waitForEvent("download");
  await visitor.menu("Save as text");
  const text = await readFile(await (await download).path(), "utf8");
  assert.match(text, /^Conversation with Nadia\n\n[-\d]+ [:\d]+ You: \*Hello\* from the shop\n/);
  assert.match(text, /Nadia: Until seven\n/);
  await visitor.menu("End and delete");
  await visitor.chat.getByRole("dialog").getByRole("button", { name: "End and delete" }).click();
  await visitor.chat.getByText("Write here in private.").waitFor();
  await owner.page.getByText("This conversation has ended").first().waitFor();
}

test("the owner has a new address, and the conversation goes on", { timeout: 120_000 }, async () => {
  const { owner, link } = await ownerWithAddress();
  const shops = [await Shop.start(site.url, { address: link })];
  const visitor = await Visitor.open(shops[0].url);
  try {
    await visitor.visit();
    await visitor.open();
    await visitor.chat.getByRole("heading", { name: "Nadia" }).first().waitFor();
    await visitor.send("Before");
    await owner.page.getByText("Before").first().click();
    await owner.page.getByRole("button", { name: "Accept", exact: true }).click();
    await owner.send("After that");
    await visitor.hears("After that");
    await owner.page.goto(site.url + "/#address");
    const address = owner.page.getByRole("textbox", { name: "Your address" });
    await owner.page.getByRole("button", { name: "Make a new link" }).click();
    await owner.page.getByRole("dialog").getByRole("button", { name: "Make a new link" }).click();
    const next = await waitFor("the new address", async () => {
      const value = await address.inputValue();
      return value !== link && value;
    });
    shops.push(await Shop.start(site.url, { address: next }));
    visitor.url = shops[1].url;
    await visitor.visit();
    await visitor.open();
    await visitor.hears("After that");
    await visitor.send("Still me");
    await visitor.told("Still me", "delivered");
    assert.deepEqual(visitor.person.uncaught(), []);
  } finally {
    await visitor.leave();
    await owner.leave();
    for (const shop of shops) shop.stop();
  }
});

test("a browser that lets other sites' frames keep nothing", { timeout: 120_000 }, async () => {
  const shop = await Shop.start(site.url, { address: echo, title: "Echo’s shop" }, { host: "shop.localhost" });
  const visitor = await Visitor.open(shop.url, { preferences: storage(false) });
  try {
    await visitor.visit();
    await visitor.open();
    await visitor.send("Anybody?");
    await visitor.hears("Anybody?");
    await visitor.chat.getByText("When you leave this page, the conversation is gone.").waitFor();
    await visitor.visit("/next");
    await visitor.chat.getByText("Write here in private.").waitFor({ state: "attached" });
    assert.deepEqual(visitor.person.uncaught(), []);
  } finally {
    await visitor.leave();
    shop.stop();
  }
});

// What a page could try, from before the widget's script runs.
const curious = `
  window.heard = [];
  addEventListener("message", (event) => heard.push(JSON.stringify(event.data)), true);
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) { return (window.root = attach.call(this, { ...init, mode: "open" })); };
  const post = Window.prototype.postMessage;
  const set = Object.getOwnPropertyDescriptor(HTMLIFrameElement.prototype, "src").set;
  Object.defineProperty(HTMLIFrameElement.prototype, "src", { set(url) { window.frameURL = url; set.call(this, url); } });
`;
const ugly = `* { display: none !important; opacity: 0 !important; transform: scale(0) !important; color: red !important; }
  sotto-widget, iframe { position: absolute !important; left: -9999px !important; visibility: hidden !important; pointer-events: none !important; }
  html, body { display: block !important; opacity: 1 !important; transform: none !important; }`;

test("a hostile page neither reads the chat nor hides it", { timeout: 120_000 }, async () => {
  const shop = await Shop.start(site.url, { address: echo, name: "optional" }, { styles: ugly, script: curious });
  const visitor = await Visitor.open(shop.url);
  try {
    await visitor.visit();
    await visitor.open();
    await visitor.chat.getByLabel("Your name").fill("Valentina");
    await visitor.send("The code is 4711");
    await visitor.hears("The code is 4711");
    await visitor.told("The code is 4711", "delivered");
    const seen = await visitor.page.evaluate(tryEverything);
    assert.deepEqual(seen.read, [], "what the page could read");
    for (const text of [seen.everything, ...seen.heard]) assert.doesNotMatch(text, /4711|Valentina|Echo/);
    assert.match(seen.heard.join(), /"unread"/, "the page hears only what it may know");
    // It can say what it likes to the chat, too: nothing leaves, and the conversation stays.
    await visitor.page.evaluate(pretend);
    await visitor.send("Still here");
    await visitor.hears("Still here");
    assert.deepEqual(visitor.person.uncaught(), []);
  } finally {
    await visitor.leave();
    shop.stop();
  }
});

/** In the page: every way to the frame's insides that there is. */
async function tryEverything() {
  const frame = window.root.querySelector("iframe");
  const inside = frame.contentWindow;
  const read = [];
  const attempt = (what, look) => {
    try {
      const found = look();
      if (found !== null && found !== undefined) read.push(what);
    } catch {
      return; // refused
    }
  };
  attempt("contentDocument", () => frame.contentDocument);
  for (const name of ["document", "localStorage", "indexedDB", "crypto", "agent", "name"]) attempt(name, () => inside[name]);
  attempt("location", () => inside.location.href);
  attempt("frames", () => (inside.length > 0 ? inside[0].document : null));
  attempt("eval", () => inside.eval("document.body.innerText"));
  attempt("getSVGDocument", () => frame.getSVGDocument());
  const stored = [...Object.entries(localStorage), ...Object.entries(sessionStorage), ...(await indexedDB.databases()).map(({ name }) => name), ...(await caches.keys())];
  const everything = JSON.stringify([stored, document.cookie, document.documentElement.outerHTML, window.root.innerHTML, decodeURIComponent(window.frameURL), performance.getEntries().map((entry) => entry.name)]);
  return { read, heard: window.heard, everything: everything.replaceAll(/data-address[^>]*|"address":"[^"]*"/g, "") };
}

/** In the page: messages in shapes that the chat does not know, or must not obey. */
function pretend() {
  const inside = window.root.querySelector("iframe").contentWindow;
  const strange = [null, 1, "show", {}, { sotto: 1 }, { sotto: 2, kind: "hide" }, { sotto: 1, kind: "eval", text: "1" }, { sotto: 1, kind: "items", contactId: "1" },
    { sotto: 1, kind: "set", options: { title: 7, theme: "pink", name: { length: 1 }, __proto__: { inline: true }, greeting: "x".repeat(100_000), unknown: 1 } }, { sotto: 1, kind: "set", options: "all" }];
  for (const message of strange) inside.postMessage(message, "*");
}

test("an owner on another relay is reached through the site's own", { timeout: 120_000 }, async () => {
  const far = await Site.start({ echo: true, args });
  const address = await waitFor("the other Echo's address", () => addressOfEcho(far));
  const shop = await Shop.start(site.url, { address });
  const visitor = await Visitor.open(shop.url);
  try {
    await visitor.visit();
    const sockets = [];
    visitor.page.on("request", (request) => sockets.push(new URL(request.url()).origin));
    await visitor.open();
    await visitor.chat.getByRole("heading", { name: "Echo" }).first().waitFor();
    await visitor.send("From far away");
    await visitor.hears("From far away");
    assert.ok(sockets.every((origin) => [site.url, shop.url].includes(origin)), "the browser speaks to its own relay only");
    assert.deepEqual(visitor.person.uncaught(), []);
  } finally {
    await visitor.leave();
    shop.stop();
    await far.stop();
  }
});

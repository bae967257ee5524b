// Browsers with no room, or that let the site store nothing: the page says so, and what was stored stays.
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { arrived, couple, Person, Site, waitFor } from "./harness.mjs";
import { Liar } from "./liar.mjs";

let site;
before(async () => (site = await Site.start()));
after(() => site?.stop());

const noRoom = /There is no room left to store anything. Free some space on this device. Everything stored is kept. Reload to go on./;

/** leaveRoom lets the site store so many bytes more. Chromium looks at this when it opens the database, hence the page that opens none. */
async function leaveRoom(person, bytes) {
  await person.page.goto(site.url + "/integrity.json");
  const usage = await person.page.evaluate(async () => (await navigator.storage.estimate()).usage);
  const devtools = await person.browser.newCDPSession(person.page);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin: site.url, quotaSize: Math.max(1, usage + bytes) });
}

test("no room left in the middle of a conversation", { timeout: 120_000 }, async () => {
  const { alice, bob } = await couple(site);
  try {
    await alice.send("before");
    await arrived(bob, [], ["before"]);
    const at = alice.page.url();
    await alice.close(); // so that Chromium looks at the quota anew
    await alice.startBrowser();
    await leaveRoom(alice, 1_500_000);
    await alice.page.goto(at);
    await arrived(alice, ["before"], []);
    // She writes until nothing can be stored any more.
    const stopped = alice.page.getByRole("heading", { name: "Sotto has stopped" });
    const sent = [];
    alice.page.setDefaultTimeout(5000);
    while (!(await stopped.isVisible()) && sent.length < 200) {
      const text = `${sent.length} ${noise(12_000)}`;
      await alice.send(text).then(() => sent.push(text), () => undefined); // the composer is gone with the rest
    }
    await alice.says(noRoom, "full");
    const unsent = alice.page.getByRole("textbox", { name: /not stored. Copy/ });
    const kept = (await unsent.isVisible()) ? (await unsent.inputValue()).split("\n\n") : [];
    await bob.send("meanwhile");
    // With room again all is there that was not called unsent, and what came meanwhile.
    await alice.close();
    await alice.startBrowser();
    await alice.page.goto(at);
    await waitFor("the message", async () => (await alice.texts()).at(-1)?.text === "meanwhile");
    await alice.send("after");
    await waitFor("the answer", async () => (await bob.texts()).at(-1)?.text === "after");
    const arrivedAtBob = await heard(bob, "before");
    const lost = sent.slice(0, -1).filter((text) => !arrivedAtBob.has(text.slice(0, 40)) && !kept.includes(text));
    assert.deepEqual(lost, []);
    assert.deepEqual([...alice.uncaught(), ...bob.uncaught()], []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

// The beginnings of all that was received since some text: from the end up, as only what is near the window is drawn.
async function heard(person, since) {
  const all = new Set();
  const isDrawn = () => [...document.querySelectorAll(".chunk:empty")].every((box) => {
    const { top, bottom } = box.getBoundingClientRect();
    return bottom < -600 || top > innerHeight;
  });
  while (!all.has(since)) {
    await person.page.waitForFunction(isDrawn);
    for (const { own, text } of await person.texts()) if (!own) all.add(text.slice(0, 40));
    await person.page.getByRole("region", { name: "Messages" }).evaluate((el) => (el.scrollTop -= 600));
  }
  return all;
}

// Text that cannot be compressed.
function noise(length) {
  return Buffer.from(crypto.getRandomValues(new Uint8Array((length * 3) / 4))).toString("base64").slice(0, length);
}

test("no room at the first visit", { timeout: 60_000 }, async () => {
  const ada = await Person.open("Ada", site.url);
  try {
    await leaveRoom(ada, 0);
    await ada.page.goto(site.url);
    await ada.says("Sotto cannot start");
    await ada.says(/This browser has no room left for Sotto. Free some space, then reload. Nothing that was stored is lost./, "full-at-start");
    await ada.close();
    await ada.startBrowser();
    await ada.enter();
    assert.deepEqual(ada.uncaught(), []);
  } finally {
    await ada.leave();
  }
});

test("a browser that lets the site store nothing", { timeout: 60_000 }, async () => {
  const ada = await Person.open("Ada", site.url);
  try {
    await ada.enter();
    await ada.close();
    await blockSiteData(ada, true);
    await ada.startBrowser();
    await ada.page.goto(site.url);
    await ada.says("Sotto cannot start");
    await ada.says(/This browser lets this site store nothing.* Allow cookies and site data for this site, then reload./, "blocked");
    await ada.close();
    await blockSiteData(ada, false);
    await ada.startBrowser();
    await ada.page.goto(site.url);
    await ada.page.getByRole("heading", { name: "No conversations yet" }).waitFor(); // and the name is known
    assert.deepEqual(ada.uncaught(), []);
  } finally {
    await ada.leave();
  }
});

/** blockSiteData sets the browser to refuse cookies and everything like them, or no more. */
async function blockSiteData(person, blocked) {
  const profile = join(person.folder, "Default");
  await mkdir(profile, { recursive: true });
  const settings = { profile: { default_content_setting_values: { cookies: blocked ? 2 : 1 } } };
  await writeFile(join(profile, "Preferences"), JSON.stringify(settings));
}

test("a browser that refuses databases only", { timeout: 60_000 }, async () => {
  const liar = await Liar.start(site);
  liar.changes.set("/worker.js", (text) => `Object.defineProperty(globalThis, "indexedDB", { value: undefined });\n${text}`);
  const ada = await Person.open("Ada", liar.url);
  try {
    await ada.enter();
    await ada.says(/This browser does not let Sotto keep anything, as some do in private windows. Conversations last until the last tab of Sotto is closed./, "refused");
    assert.match(await ada.invite(), /^http:.*#/);
    assert.deepEqual(ada.uncaught(), []);
  } finally {
    await ada.leave();
    await liar.stop();
  }
});

// Browsers that lack something, and workers and pages that end in the middle of sending.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { arrived, couple, killWorker, Person, Site, waitFor } from "./harness.mjs";

let site;
before(async () => (site = await Site.start()));
after(() => site?.stop());

test("a browser without WebAssembly", { timeout: 60_000 }, async () => {
  const ada = await Person.open("Ada", site.url, { args: ["--js-flags=--jitless"] });
  try {
    await ada.page.goto(site.url);
    assert.equal(await ada.page.evaluate(() => typeof WebAssembly), "undefined");
    await ada.says("This browser cannot run Sotto");
    await ada.says(/Sotto needs WebAssembly, and this browser has none or has switched it off. Nothing was changed./, "no-wasm");
    assert.deepEqual(ada.uncaught(), []);
  } finally {
    await ada.leave();
  }
});

test("a browser without workers", { timeout: 60_000 }, async () => {
  const ada = await Person.open("Ada", site.url, { init: "delete globalThis.SharedWorker; delete globalThis.Worker" });
  try {
    await ada.page.goto(site.url);
    await ada.says(/Sotto works in the background of the page, in a worker, and this browser does not allow one./, "no-worker");
    assert.deepEqual(ada.uncaught(), []);
  } finally {
    await ada.leave();
  }
});

test("without SharedWorker two tabs share one agent, and one takes over from the other", { timeout: 60_000 }, async () => {
  const { alice, bob } = await couple(site, { init: "delete globalThis.SharedWorker" });
  try {
    const [sent, received] = [[], []];
    const first = alice.page;
    const second = await alice.browser.newPage();
    await second.goto(first.url());
    await second.getByRole("textbox", { name: "Message" }).waitFor();
    assert.equal(await agents(second), 1);
    for (const page of [first, second]) {
      alice.page = page;
      sent.push(`from tab ${sent.length}`);
      await alice.send(sent.at(-1));
      await waitFor("the tick", async () => (await alice.texts()).at(-1)?.status === "delivered");
    }
    // The tab with the worker goes, in the middle of sending.
    for (let i = 0; i < 10; i++) {
      sent.push(`handed over ${i}`);
      await alice.send(sent.at(-1));
      if (i === 5) await first.close();
      received.push(`meanwhile ${i}`);
      await bob.send(received.at(-1));
    }
    await arrived(alice, sent, received);
    await arrived(bob, received, sent);
    assert.equal(await agents(second), 1);
    assert.deepEqual([...alice.uncaught(), ...bob.uncaught()], []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

/** agents counts who runs an agent of this profile, and who waits to. */
async function agents(page) {
  const held = await page.evaluate(async () => (await navigator.locks.query()).held.filter((lock) => lock.name === "sotto"));
  return held.length;
}

test("a worker killed in the middle of sending", { timeout: 60_000 }, async () => {
  const { alice, bob } = await couple(site);
  try {
    const [sent, received] = [[], []];
    for (let i = 0; i < 20; i++) {
      sent.push(`a${i}`);
      received.push(`b${i}`);
      const sending = [alice.send(sent.at(-1)), bob.send(received.at(-1))];
      if (i % 8 === 7) await killWorker(i % 16 === 7 ? alice : bob);
      await Promise.all(sending);
    }
    await arrived(alice, sent, received);
    await arrived(bob, received, sent);
    assert.deepEqual([...alice.uncaught(), ...bob.uncaught()], []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

test("a page reloaded in the middle of sending", { timeout: 60_000 }, async () => {
  const { alice, bob } = await couple(site);
  try {
    const sent = [];
    for (let i = 0; i < 30; i++) {
      sent.push(`a${i}`);
      await alice.send(sent.at(-1));
      if (i % 10 === 9) {
        await reload(alice.page);
        await alice.composer().waitFor();
      }
    }
    await arrived(alice, sent, []);
    await arrived(bob, [], sent);
    assert.deepEqual([...alice.uncaught(), ...bob.uncaught()], []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

/** reload does it as people do: if the browser asks because something is not stored yet, they stay, and try again. */
async function reload(page) {
  const stay = (dialog) => dialog.dismiss();
  page.on("dialog", stay);
  await waitFor("the reload", () => page.reload({ timeout: 3000 }).then(() => true, () => false));
  page.off("dialog", stay);
}

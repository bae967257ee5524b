// Two people in two browser profiles talk through one relay, whatever happens meanwhile.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { couple, killWorker, Person, Site, waitFor } from "./harness.mjs";

let site;
before(async () => (site = await Site.start({ echo: true })));
after(() => site?.stop());

/** talk has both write count messages in turns; between(i) may disturb them. */
async function talk(alice, bob, count, between = async () => {}) {
  for (let i = 0; i < count; i++) {
    await between(i);
    await alice.send(`a${i}`);
    await bob.send(`b${i}`);
  }
}

/** settled waits until both see everything exactly once, in order, with two ticks. */
async function settled(alice, bob, count) {
  for (const [person, own, other] of [
    [alice, "a", "b"],
    [bob, "b", "a"],
  ]) {
    await waitFor(
      `${person.name} to see everything`,
      async () => {
        const seen = await person.texts();
        return seen.length >= 2 * count && seen.every((m) => !m.own || m.status === "delivered");
      },
      120,
    );
    const seen = await person.texts();
    const numbers = Array.from({ length: count }, (_, i) => i);
    assert.deepEqual(seen.filter((m) => m.own).map((m) => m.text), numbers.map((i) => own + i));
    assert.deepEqual(seen.filter((m) => !m.own).map((m) => m.text), numbers.map((i) => other + i));
  }
}

for (const way of ["directly", "through the bridge"]) {
  test(`100 messages each way, ${way}, with a second tab, a reload, a relay restart and a killed worker in the middle`, { timeout: 600_000 }, async () => {
    const url = way === "directly" ? site.url : (await site.bridge()).url;
    const { alice, bob } = await couple(site, { url, height: 12000 }); // room to draw all of it
    const tab = await alice.browser.newPage();
    try {
      await talk(alice, bob, 100, async (i) => {
        if (i === 10) await tab.goto(alice.page.url());
        if (i === 25) await alice.page.reload();
        if (i === 50) {
          await site.server.stop();
          await site.startServer();
        }
        if (i === 75) await killWorker(bob);
      });
      await settled(alice, bob, 100);
      await waitFor("the second tab", async () => JSON.stringify(await alice.texts(tab)) === JSON.stringify(await alice.texts()));
    } finally {
      await alice.leave();
      await bob.leave();
    }
  });
}

test("a second tab shows the same, live", { timeout: 300_000 }, async () => {
  const { alice, bob } = await couple(site);
  try {
    const tab = await alice.browser.newPage();
    await tab.goto(alice.page.url());
    await talk(alice, bob, 5);
    await settled(alice, bob, 5);
    const all = await alice.texts();
    await waitFor("the same in the second tab", async () => isDeepStrictEqual(await alice.texts(tab), all));
    await tab.getByRole("textbox", { name: "Message" }).fill("from the second tab");
    await tab.getByRole("textbox", { name: "Message" }).press("Enter");
    await waitFor("Bob", async () => (await bob.texts()).at(-1).text === "from the second tab");
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

test("what was sent while the browser was closed arrives the next day", { timeout: 300_000 }, async () => {
  const { alice, bob } = await couple(site);
  try {
    await talk(alice, bob, 2);
    await settled(alice, bob, 2);
    const at = new URL(bob.page.url()).hash;
    await bob.close();
    await alice.send("a2");
    await waitFor("one tick", async () => (await alice.texts()).at(-1).status === "sent");
    await bob.startBrowser();
    await bob.page.goto(bob.url + "/" + at);
    await waitFor("the message", async () => (await bob.texts()).at(-1)?.text === "a2");
    await bob.send("b2");
    await settled(alice, bob, 3);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

test("Echo answers", { timeout: 120_000 }, async () => {
  const ada = await Person.open("Ada", site.url);
  try {
    await ada.enter();
    await ada.page.getByRole("button", { name: /Talk to Echo/ }).click();
    await ada.composer().waitFor();
    await ada.send("Is anybody there?");
    await waitFor("the answer", async () => (await ada.texts()).length === 2);
    assert.deepEqual((await ada.texts()).map((m) => m.text), ["Is anybody there?", "Is anybody there?"]);
    assert.deepEqual(ada.faults, []);
  } finally {
    await ada.leave();
  }
});

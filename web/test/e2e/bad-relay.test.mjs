// Relays that lie, are somebody else, or are not there: the page says so, and nothing is lost.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import { arrived, couple, Person, Site, waitFor } from "./harness.mjs";
import { hangUp, Liar } from "./liar.mjs";

let site, liar;
before(async () => {
  site = await Site.start();
  liar = await Liar.start(site);
});
after(async () => {
  await liar?.stop();
  await site?.stop();
});
afterEach(() => {
  liar.changes.clear();
  liar.lie = null;
  liar.refuses = false;
});

const size = 16384;
const flipped = (block, at) => {
  const copy = Buffer.from(block);
  copy[at] ^= 1;
  return copy;
};

const unreadable = /The relay sent something that cannot be read/;
const ended = /The relay ended the connection/;
const impostor = /Something that is not the relay answers in its place, so nothing was sent to it/;
const unreachable = /The relay cannot be reached/;

/** What a relay says instead of a block, and what people read then. */
const lies = [
  ["a random block", () => [randomBytes(size)], unreadable],
  ["a truncated block", (block) => [block.subarray(0, 1000)], unreadable],
  ["an empty message", () => [Buffer.alloc(0)], unreadable],
  ["a block that is too long", (block) => [Buffer.concat([block, Buffer.alloc(1)])], unreadable],
  ["a block with one bit flipped", (block) => [flipped(block, 300)], unreadable],
  ["text", () => ["hello"], unreadable],
  ["nothing any more", () => [hangUp], ended],
];

test("a conversation outlives a relay that lies in the middle of it", { timeout: 120_000 }, async () => {
  const { alice, bob } = await couple(site, { url: liar.url });
  try {
    const [sent, received] = [[], []];
    for (const [what, lie, words] of [...lies, ["every block twice", (block) => [block, block], unreadable]]) {
      liar.lie = (block, n) => (n === 0 ? [block] : lie(block));
      sent.push(`a: ${what}`);
      received.push(`b: ${what}`);
      await alice.send(sent.at(-1));
      await bob.send(received.at(-1));
      await alice.says(words, `relay-${what.replaceAll(" ", "-")}`);
      liar.lie = null;
      for (const person of [alice, bob]) await person.wake();
      await arrived(alice, sent, received);
      await arrived(bob, received, sent);
    }
    assert.deepEqual([...alice.uncaught(), ...bob.uncaught()], []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

test("a relay whose first block is wrong gets no answer, and the right one is found later", { timeout: 120_000 }, async () => {
  const ada = await Person.open("Ada", liar.url);
  try {
    for (const [what, lie, words] of [...lies.filter(([what]) => !/flipped/.test(what)), ["a damaged certificate", (block) => [flipped(block, 300)], /relay/]]) {
      const taken = liar.taken;
      liar.lie = lie;
      liar.heard = 0;
      if (ada.page.url() === "about:blank") await ada.enter();
      await ada.wake();
      await waitFor("another attempt", () => liar.taken > taken);
      await ada.says(words);
      assert.equal(liar.heard, 0, what);
    }
    liar.lie = null;
    await ada.wake();
    assert.match(await ada.invite(), /^http:.*#/);
    assert.deepEqual(ada.uncaught(), []);
  } finally {
    await ada.leave();
  }
});

test("a relay with another fingerprint is told nothing", { timeout: 60_000 }, async () => {
  liar.changes.set("/config.json", (text) => {
    const config = JSON.parse(text);
    const relay = new URL(config.relay.replace("smp:", "http:"));
    const print = flipped(Buffer.from(decodeURIComponent(relay.username), "base64url"), 0).toString("base64url");
    return JSON.stringify({ ...config, relay: `smp://${print}=@${relay.host}` });
  });
  liar.heard = 0;
  const ada = await Person.open("Ada", liar.url);
  try {
    await ada.enter();
    await ada.says(impostor, "fingerprint-list");
    await ada.page.getByRole("link", { name: "New conversation" }).first().click();
    await ada.page.getByRole("button", { name: /Invite someone/ }).click();
    await ada.says(/The link was not made. Something that is not the relay answers/, "fingerprint-invite");
    await ada.page.getByRole("link", { name: "Settings" }).click();
    await ada.page.getByRole("link", { name: /Relays/ }).click();
    await ada.says("Not reachable", "fingerprint-settings");
    assert.ok(liar.taken > 0, "there were connections");
    assert.equal(liar.heard, 0, "blocks sent");
    assert.deepEqual(ada.uncaught(), []);
    // Once the site is right, everything goes on with the name that was chosen.
    liar.changes.clear();
    await ada.close();
    await ada.startBrowser();
    await ada.page.goto(liar.url);
    assert.match(await ada.invite(), /^http:.*#/);
  } finally {
    await ada.leave();
  }
});

test("a relay that cannot be reached at the start keeps nobody from beginning", { timeout: 60_000 }, async () => {
  const bob = await Person.open("Bob", site.url);
  const ada = await Person.open("Ada", liar.url);
  try {
    await bob.enter();
    const link = await bob.invite();
    liar.refuses = true;
    await ada.enter();
    await ada.says(unreachable, "unreachable-list");
    await ada.page.getByRole("link", { name: "New conversation" }).first().click();
    await ada.page.getByRole("button", { name: /Invite someone/ }).click();
    await ada.says(/The link was not made. The relay cannot be reached. Try again in a moment./, "unreachable-invite");
    await ada.connect(link.replace(site.url, liar.url));
    await ada.says("Waiting for an answer", "unreachable-joining");
    await ada.page.reload(); // it waits across a reload, too
    await ada.says("Waiting for an answer");
    liar.refuses = false;
    await ada.wake();
    await ada.composer().waitFor();
    await ada.send("At last");
    await arrived(bob, [], ["At last"]);
    assert.deepEqual([...ada.uncaught(), ...bob.uncaught()], []);
  } finally {
    await ada.leave();
    await bob.leave();
  }
});

test("what is written while the relay is gone is sent when it is back", { timeout: 60_000 }, async () => {
  const { alice, bob } = await couple(site);
  try {
    await site.server.stop();
    const [sent, received] = [["a1", "a2"], ["b1"]];
    for (const text of sent) await alice.send(text);
    for (const text of received) await bob.send(text);
    await alice.says(unreachable, "gone-conversation");
    assert.deepEqual((await alice.texts()).map((m) => m.status), ["pending", "pending"]);
    await site.startServer();
    for (const person of [alice, bob]) await person.wake();
    await arrived(alice, sent, received);
    await arrived(bob, received, sent);
    await waitFor("the line to go", async () => !(await alice.page.getByText(unreachable).filter({ visible: true }).count()));
    assert.deepEqual([...alice.uncaught(), ...bob.uncaught()], []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

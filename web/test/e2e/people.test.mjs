// People find each other by addresses and short links, check who they talk to, and change what they said.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { couple, Person, Site, waitFor } from "./harness.mjs";

let site;
before(async () => (site = await Site.start()));
after(() => site?.stop());

const button = (person, name) => person.page.getByRole("button", { name, exact: true });
const told = (person, text) => person.page.getByText(text).filter({ visible: true }).first().waitFor({ timeout: 60_000 });

/** address makes an address and returns its link. */
async function address(person, welcome = "") {
  await person.page.goto(site.url + "/#address");
  await button(person, "Make an address").click();
  const link = await person.page.getByRole("textbox", { name: "Your address" }).inputValue({ timeout: 60_000 });
  if (!welcome) return link;
  await person.page.getByLabel("Greeting").fill(welcome);
  await button(person, "Save").click();
  await button(person, "Saved").waitFor();
  return link;
}

/** ask opens an address and sends the first message with the request. */
async function ask(person, link, message) {
  await person.page.goto(link);
  await person.page.getByLabel("First words, if you like").fill(message);
  if (await person.page.getByLabel("Your name").isVisible()) await person.page.getByLabel("Your name").fill(person.name);
  await button(person, "Connect").click();
  await told(person, "Waiting for an answer");
}

const said = (person) => person.texts().then((all) => all.map((m) => m.text));
const hears = (person, text) => waitFor(`${person.name} to see ${text}`, async () => (await said(person)).includes(text), 60);

/** act picks something in the menu of a message. */
async function act(person, text, name) {
  await person.page.locator(".entry", { hasText: text }).locator(".text").first().click({ button: "right" });
  await person.page.getByRole("menu").waitFor();
  const role = ["Thumbs up"].includes(name) ? "button" : "menuitem";
  await person.page.getByRole(role, { name, exact: true }).click();
}

test("an address: shown before anything is sent, asked at, accepted, ignored", { timeout: 300_000 }, async () => {
  const ada = await Person.open("Ada", site.url);
  const bob = await Person.open("Bob", site.url);
  try {
    await ada.enter();
    const link = await address(ada, "I answer in the evening.");
    await bob.enter();
    await bob.page.goto(link);
    await told(bob, "Ada");
    await told(bob, "I answer in the evening.");
    await ask(bob, link, "May I ask something?");

    await ada.page.goto(site.url);
    await ada.page.getByRole("link", { name: /Bob/ }).click({ timeout: 60_000 });
    await told(ada, "May I ask something?");
    await button(ada, "Accept").click();
    await ada.composer().waitFor({ timeout: 60_000 });
    await ada.send("Of course");
    await hears(bob, "Of course");
    await bob.send("Thank you");
    await hears(ada, "Thank you");
    assert.ok((await said(ada)).includes("May I ask something?"));

    const eve = await Person.open("Eve", site.url);
    try {
      await ask(eve, link, "Buy this");
      await ada.page.getByRole("link", { name: /Eve/ }).click({ timeout: 60_000 });
      await button(ada, "Ignore").click();
      await ada.page.locator(".row", { hasText: "Eve" }).waitFor({ state: "detached" });
      await told(eve, "Waiting for an answer");
    } finally {
      await eve.leave();
    }
    assert.deepEqual([...ada.uncaught(), ...bob.uncaught()], []);
  } finally {
    await ada.leave();
    await bob.leave();
  }
});

test("two who met by a short invitation see the same code, and reply, change, react and take back", { timeout: 300_000 }, async () => {
  const { alice, bob } = await couple(site);
  try {
    await alice.send("One");
    await hears(bob, "One");
    await act(bob, "One", "Reply");
    await bob.send("And two");
    await hears(alice, "And two");
    assert.equal(await alice.page.locator(".entry", { hasText: "And two" }).locator(".quote-text").textContent(), "One");

    await act(alice, "And two", "Thumbs up");
    await bob.page.getByRole("button", { name: "Thumbs up, 1. Add yours" }).waitFor({ timeout: 60_000 });

    await act(bob, "And two", "Change");
    await bob.send("And three");
    await bob.page.locator(".intent").waitFor({ state: "detached" });
    await hears(alice, "And three");
    await alice.page.locator(".entry", { hasText: "And three" }).getByText("edited").waitFor();

    await act(bob, "And three", "Delete");
    await button(bob, "Delete for everyone").click();
    await hears(alice, "This message was deleted.");

    const codes = [await code(alice), await code(bob)];
    assert.match(codes[0], /^(\d{5} ?)+\d*$/);
    assert.equal(codes[0], codes[1]);
    await button(alice, "It is the same").click();
    await told(alice, "You compared it, and it was the same.");
    assert.deepEqual([...alice.uncaught(), ...bob.uncaught()], []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

async function code(person) {
  await person.page.getByRole("link", { name: /Show details/ }).click();
  await button(person, "Show security code").click();
  return (await person.page.locator(".digits").textContent({ timeout: 60_000 })).trim();
}

test("a second profile has its own conversations, and goes with them", { timeout: 300_000 }, async () => {
  const ada = await Person.open("Ada", site.url);
  try {
    await ada.enter();
    await ada.invite();
    await ada.page.goto(site.url + "/#settings/profiles");
    await ada.page.getByLabel("Name of the new profile").fill("Countess");
    await button(ada, "Add a profile").click();
    await ada.page.getByRole("button", { name: /^Countess In use/ }).waitFor();
    await ada.page.getByRole("heading", { name: "No conversations yet" }).waitFor();
    await ada.page.getByRole("button", { name: /^Use Ada/ }).click();
    await ada.page.getByRole("link", { name: /Invitation/ }).waitFor();
    await button(ada, "Delete Countess").click();
    await button(ada, "Delete").click();
    await ada.page.getByRole("button", { name: /^Use Countess/ }).waitFor({ state: "detached" });
    assert.deepEqual(ada.uncaught(), []);
  } finally {
    await ada.leave();
  }
});

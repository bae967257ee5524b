// Links that cannot be opened: the page says what they are and what to do, and no conversation is made of them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { arrived, Person, Site } from "./harness.mjs";

let site;
before(async () => (site = await Site.start()));
after(() => site?.stop());

const relay = "smp%3A%2F%2Fu2dS9sG8nMNURyZwqASV4yROM28Er0luVTx5X1CsMrU%3D%40smp4.simplex.im%2FKXNE1m2E1m0lm92WGKet9CL6-lO742Vy5G6nsrkvgs8%23%2F%3Fv%3D1-4%26dh%3DMCowBQYDK2VuAyEAoMYtlh4CBZ6ZmiXEA2ZsOHqxPTHDGc3lWHC5IhGUdE4%253D";
const ratchet = "v%3D2-3%26x3dh%3DMEIwBQYDK2VvAzkAmKuSYeQ_m0SixPDS8Wq8VBaTS1cW-Lp0n0h4Diu-kUpR-qXx4SDJ32YGEFoGFGSbGPry5Ychr6U%3D%2CMEIwBQYDK2VvAzkAmKuSYeQ_m0SixPDS8Wq8VBaTS1cW-Lp0n0h4Diu-kUpR-qXx4SDJ32YGEFoGFGSbGPry5Ychr6U%3D";

/** Links of others and no links at all, and what people read then. */
const foreign = [
  ["a group link", `https://simplex.chat/contact#/?v=2-7&smp=${relay}&data=%7B%22type%22%3A%22group%22%2C%22groupLinkId%22%3A%22abc%22%7D`, /This is a link to a group/],
  ["a short group link", "https://smp4.simplex.im/g#qrstuvwxyzabcdefghijklmnopqrstuvwxyz0123454", /This is a link to a group/],
  ["text", "See you at eight, then?", /There is no SimpleX link in this text/],
  ["the address of something else", "https://example.org/news?id=1#top", /There is no SimpleX link in this text/],
  ["a truncated invitation", `simplex:/invitation#/?v=2-7&smp=${relay.slice(0, 120)}`, /This link is damaged or incomplete. Please copy all of it again/],
  ["an invitation without its key", `simplex:/invitation#/?v=2-7&smp=${relay}`, /This link is damaged or incomplete/],
  ["an invitation with a damaged key", `simplex:/invitation#/?v=2-7&smp=${relay}&e2e=${ratchet.slice(0, -30)}`, /This link is damaged or incomplete/],
  ["an invitation to a relay to which this site's never connects", `simplex:/invitation#/?v=2-7&smp=${relay.replace("smp4.simplex.im", "127.0.0.1")}&e2e=${ratchet}`, null],
];

test("links of others, broken links and no links at all", { timeout: 60_000 }, async () => {
  const ada = await Person.open("Ada", site.url);
  try {
    await ada.enter();
    for (const [what, link, words] of foreign.filter(([, , words]) => words)) {
      await ada.page.goto(site.url + "/#open");
      await ada.page.getByLabel("Link", { exact: true }).fill(link);
      await ada.says(words, `link-${what.replaceAll(/\W/g, "-")}`);
      await ada.page.getByLabel("Link", { exact: true }).press("Enter"); // opens nothing
      assert.equal(await ada.page.getByRole("button", { name: "Connect" }).isDisabled(), true, what);
      if (!/^(simplex:|https:\/\/(simplex|smp))/.test(link)) continue;
      // The same in the address bar: what a link on a page or in a message leads to.
      await ada.page.goto(`${site.url}/#${link}`);
      await ada.says(words, `address-${what.replaceAll(/\W/g, "-")}`);
      assert.equal(await ada.page.getByRole("button", { name: "Connect" }).count(), 0, what);
      await ada.page.getByRole("button", { name: "Go to Sotto" }).click();
    }
    await ada.page.getByRole("heading", { name: "No conversations yet" }).waitFor();
    assert.deepEqual(ada.uncaught(), []);
  } finally {
    await ada.leave();
  }
});

test("a link to a relay inside the site's own network fails with a reason, and goes away", { timeout: 60_000 }, async () => {
  const ada = await Person.open("Ada", site.url);
  try {
    await ada.enter();
    await ada.connect(`${site.url}/#${foreign.at(-1)[1]}`);
    await ada.says(/The other person uses a relay that cannot be reached from here./, "link-other-relay");
    await remove(ada);
    await ada.page.getByRole("heading", { name: "No conversations yet" }).waitFor();
    assert.deepEqual(ada.uncaught(), []);
  } finally {
    await ada.leave();
  }
});

test("a link used twice, and one's own", { timeout: 60_000 }, async () => {
  const people = await Promise.all(["Alice", "Bob", "Carol"].map((name) => Person.open(name, site.url)));
  const [alice, bob, carol] = people;
  try {
    await alice.enter();
    const link = await alice.invite();
    // Her own, in her own browser: nothing happens to it.
    const tab = await alice.browser.newPage();
    await tab.goto(link);
    await tab.getByText("This is your own link. Send it to the person you want to talk to.").waitFor();
    assert.equal(await tab.getByRole("button", { name: "Connect" }).count(), 0);
    await tab.close();
    // Carol only looks at the page, perhaps to open the link in the app: it is nobody's yet.
    await carol.page.goto(link);
    await carol.says("A person invites you");
    await bob.connect(link);
    await alice.composer().waitFor();
    await bob.composer().waitFor();
    // Bob opens it again: it leads to the conversation that he has.
    await bob.page.goto(link);
    await bob.page.getByRole("link", { name: "Go to the conversation" }).click();
    await bob.composer().waitFor();
    assert.equal(await bob.page.getByRole("navigation", { name: "Conversations" }).getByRole("listitem").count(), 1);
    // Carol is too late, and told so when she begins to write her name.
    await carol.page.goto(link);
    await carol.page.getByLabel("Your name").fill("Carol");
    await carol.says("This link was used already or has been deleted.", "link-used");
    assert.equal(await carol.page.getByRole("button", { name: "Connect" }).count(), 0);
    // Nothing has happened to the first two, and Carol can come by a new one.
    await alice.send("for Bob only");
    await arrived(bob, [], ["for Bob only"]);
    const fresh = await alice.invite();
    await carol.connect(fresh);
    await carol.composer().waitFor();
    await carol.send("Here I am");
    await arrived(alice, [], ["Here I am"]);
    assert.deepEqual(people.flatMap((p) => p.uncaught()), []);
  } finally {
    for (const person of people) await person.leave();
  }
});

/** remove deletes the conversation that is open. */
async function remove(person) {
  await person.page.getByRole("button", { name: /^Delete/ }).first().click();
  await person.page.getByRole("dialog").getByRole("button", { name: "Delete", exact: true }).click();
}

// A copy of everything, saved in one browser and brought into another, where the conversation goes on.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { arrived, couple, Person, Site } from "./harness.mjs";

let site;
before(async () => (site = await Site.start()));
after(() => site?.stop());

const passphrase = "correct horse battery staple";

/** save makes a copy in the settings and returns the path of the file. */
async function save(person) {
  await person.page.goto(site.url + "/#settings/copy");
  await person.page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await person.page.getByLabel("The same once more").fill(passphrase);
  const [download] = await Promise.all([person.page.waitForEvent("download"), person.page.getByRole("button", { name: "Save a copy" }).click()]);
  const path = person.folder + "/saved.copy";
  await download.saveAs(path);
  return path;
}

/** check gives a file to the page. */
async function check(page, path) {
  await page.getByLabel("File").setInputFiles(path);
  await page.getByLabel("Its passphrase").fill(passphrase);
  await page.getByRole("button", { name: "Check the file" }).click();
}

test("a profile moves to another browser", { timeout: 120_000 }, async () => {
  const { alice, bob } = await couple(site);
  const other = await Person.open("Somebody", site.url);
  try {
    await alice.send("one");
    await bob.send("two");
    await arrived(alice, ["one"], ["two"]);
    const talk = alice.page.url();
    const path = await save(alice);
    await alice.close();
    await bob.send("three"); // waits on the relay

    await other.enter();
    const tab = await other.browser.newPage(); // it follows, too
    await tab.goto(site.url);
    await other.page.goto(site.url + "/#settings/copy");
    const file = await readFile(path);
    await writeFile(path + ".cut", file.subarray(0, -100));
    await check(other.page, path + ".cut");
    await other.says(/The passphrase is wrong, or the file is damaged. Nothing was changed./, "cut-off");
    await check(other.page, path);
    await other.says("Replace everything here?", "replace");
    await other.page.getByRole("button", { name: "Replace", exact: true }).click();
    await tab.getByRole("link", { name: /Bob/ }).waitFor();
    await other.page.goto(talk);
    await arrived(other, ["one"], ["two", "three"]);
    await other.send("four");
    await arrived(bob, ["two", "three"], ["one", "four"]);
    await other.page.goto(site.url + "/#settings/profile");
    assert.equal(await other.page.getByLabel("Your name").inputValue(), "Alice");
    assert.deepEqual([...other.uncaught(), ...bob.uncaught()], []);
  } finally {
    for (const person of [alice, bob, other]) await person.leave();
  }
});

test("a copy takes the place of what the browser lost", { timeout: 120_000 }, async () => {
  const { alice, bob } = await couple(site);
  try {
    const talk = alice.page.url();
    const path = await save(alice);
    await alice.page.goto(site.url + "/integrity.json");
    await alice.page.evaluate(() => new Promise((resolve) => (indexedDB.deleteDatabase("sotto").onsuccess = resolve)));
    await alice.page.goto(talk);
    await alice.says("Your conversations cannot be opened");
    await check(alice.page, path);
    await alice.page.getByRole("button", { name: "Replace", exact: true }).click();
    await alice.composer().waitFor();
    await alice.send("back again");
    await arrived(bob, [], ["back again"]);
    assert.deepEqual(alice.uncaught(), []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

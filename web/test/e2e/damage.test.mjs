// Storage that was damaged, half removed, or is not opened: the page says so, and nothing begins anew unasked.
import assert from "node:assert/strict";
import { cp, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { arrived, couple, Site, waitFor } from "./harness.mjs";
import { Liar } from "./liar.mjs";

let site;
before(async () => (site = await Site.start()));
after(() => site?.stop());

/** databases returns the folders in which Chromium keeps a person's databases. */
async function databases(person) {
  const folder = join(person.folder, "Default", "IndexedDB");
  return (await readdir(folder)).map((name) => join(folder, name));
}

/** again starts the browser and returns where the person was. */
async function again(person) {
  const at = person.page.url();
  await person.close();
  return async () => {
    await person.startBrowser();
    await person.page.goto(at);
  };
}

/** beginsAnew presses the buttons and expects the first view. */
async function beginsAnew(person) {
  assert.equal(await person.page.getByLabel("Your name").count(), 0);
  await person.page.getByRole("button", { name: "Begin anew" }).click();
  await person.page.getByRole("button", { name: "Delete and begin anew" }).click();
  await person.page.getByLabel("Your name").waitFor();
  await person.enter();
}

test("a database that the browser does not open for a while", { timeout: 60_000 }, async () => {
  const liar = await Liar.start(site);
  const { alice, bob } = await couple(site, { url: liar.url });
  try {
    await bob.send("before");
    await arrived(alice, [], ["before"]);
    const back = await again(alice);
    const fail = `indexedDB.open = () => { const r = { error: new DOMException("Internal error opening backing store", "UnknownError") }; setTimeout(() => r.onerror({})); return r; };`;
    liar.changes.set("/worker.js", (text) => `${fail}\n${text}`);
    await back();
    await alice.says(/kept in this browser, but it does not open them now/, "unopened");
    assert.equal(await alice.page.getByLabel("Your name").count(), 0);
    await alice.close();
    liar.changes.clear();
    await back();
    await arrived(alice, [], ["before"]);
    await alice.send("after");
    await arrived(bob, ["before"], ["after"]);
    assert.deepEqual(alice.uncaught(), []);
  } finally {
    await alice.leave();
    await bob.leave();
    await liar.stop();
  }
});

test("a damaged database", { timeout: 60_000 }, async () => {
  const { alice, bob } = await couple(site);
  try {
    const back = await again(alice);
    for (const folder of await databases(alice)) {
      for (const file of await readdir(folder)) await writeFile(join(folder, file), "damaged");
    }
    await back();
    await alice.says("Your conversations cannot be opened", "damaged");
    await beginsAnew(alice);
    assert.deepEqual(alice.uncaught(), []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

test("a database that the browser removed", { timeout: 60_000 }, async () => {
  const { alice, bob } = await couple(site);
  try {
    const back = await again(alice);
    for (const folder of await databases(alice)) await rm(folder, { recursive: true });
    await back();
    await alice.says(/The browser removed the conversations that were kept here/, "removed");
    await alice.page.reload();
    await alice.says(/The browser removed the conversations that were kept here/);
    await beginsAnew(alice);
    assert.deepEqual(alice.uncaught(), []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

test("an older copy of the database", { timeout: 180_000 }, async () => {
  const { alice, bob } = await couple(site);
  try {
    await bob.send("before");
    await arrived(alice, [], ["before"]);
    let back = await again(alice);
    const kept = join(alice.folder, "kept");
    const folder = join(alice.folder, "Default", "IndexedDB");
    await cp(folder, kept, { recursive: true });
    await back();
    await arrived(alice, [], ["before"]);
    await alice.send("lost here");
    await arrived(bob, ["before"], ["lost here"]);
    await bob.send("lost, too");
    await arrived(alice, ["lost here"], ["before", "lost, too"]);
    // The browser has the databases of that time again; what it keeps elsewhere tells.
    back = await again(alice);
    await rm(folder, { recursive: true });
    await cp(kept, folder, { recursive: true });
    await back();
    await alice.send("after");
    await waitFor("the message", async () => (await bob.texts()).some((m) => m.text === "after"), 60);
    await bob.send("and back");
    await waitFor("the answer", async () => (await alice.texts()).some((m) => m.text === "and back"), 60);
    assert.deepEqual([...alice.uncaught(), ...bob.uncaught()], []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

test("a key that is gone", { timeout: 60_000 }, async () => {
  const { alice, bob } = await couple(site);
  try {
    const back = await again(alice);
    await alice.startBrowser();
    await alice.page.goto(site.url + "/integrity.json");
    await alice.page.evaluate(removeKey);
    await alice.close();
    await back();
    await alice.says(/the key that opens them is damaged or gone/, "keyless");
    await beginsAnew(alice);
    assert.deepEqual(alice.uncaught(), []);
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

// Runs in the page.
function removeKey() {
  return new Promise((resolve, reject) => {
    const open = indexedDB.open("sotto");
    open.onerror = () => reject(open.error);
    open.onsuccess = () => {
      const tx = open.result.transaction("keys", "readwrite");
      tx.objectStore("keys").clear();
      tx.oncomplete = () => resolve();
      tx.onabort = () => reject(tx.error);
    };
  });
}

// From opening the page until one can write, and until the agent works.
import { Person, Site, waitFor } from "../e2e/harness.mjs";
import { watchOpening } from "./probe.mjs";
import { times } from "./table.mjs";

const runs = 5;

/** How long a browser that was just started has before the page is opened, in milliseconds. */
const pause = 500;

/** opening measures in new profiles, and in one that has a conversation. */
export async function opening(own) {
  const site = await Site.start({ echo: true });
  own(() => site.stop());
  const cold = [];
  for (let i = 0; i < runs; i++) cold.push(await first(own, site));
  const warm = await again(own, site);
  const column = (list, name) => list.map((run) => run[name]);
  return [
    times("new profile: name can be typed", column(cold, "usable"), 150),
    times("new profile: agent ready", column(cold, "ready"), 400),
    times("same profile again: message can be typed", column(warm, "usable")),
    times("same profile again: agent ready", column(warm, "ready")),
  ];
}

async function first(own, site) {
  const person = await Person.open("Ada", site.url, { init: watchOpening });
  own(() => person.leave());
  const times = await measure(person, site.url);
  await person.leave();
  return times;
}

async function again(own, site) {
  const person = await Person.open("Ada", site.url, { init: watchOpening });
  own(() => person.leave());
  await person.enter();
  await person.page.getByRole("button", { name: /Talk to Echo/ }).click();
  await person.composer().waitFor();
  const conversation = person.page.url();
  const list = [];
  for (let i = 0; i < runs; i++) {
    await person.close();
    await person.startBrowser();
    list.push(await measure(person, conversation));
  }
  return list;
}

async function measure({ page }, url) {
  await page.waitForTimeout(pause);
  await page.goto(url);
  return waitFor("the page", () => page.evaluate(() => opening.usable > 0 && opening.ready > 0 && opening));
}

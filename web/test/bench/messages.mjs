// From a key press to the tick, and to the other person's window.
import { setTimeout as pause } from "node:timers/promises";
import { couple, Site, waitFor } from "../e2e/harness.mjs";
import { watchTalk } from "./probe.mjs";
import { times } from "./table.mjs";

const count = 100;

/** How long both rest between messages, in milliseconds: somebody who writes fast. */
const rest = 400;

/** Messages each way before it is measured: the ratchets agree on the KEM meanwhile. */
const before = 4;

/** messages has two people write in turns, one message at a time. */
export async function messages(own) {
  const site = await Site.start();
  own(() => site.stop());
  const people = await couple(site, { init: watchTalk });
  own(() => Promise.all([people.alice.leave(), people.bob.leave()]));
  await talk(people, "before", 2 * before, 0);
  for (const person of [people.alice, people.bob]) await person.page.getByText("post-quantum").first().waitFor({ timeout: 5000 });
  const calm = after(await talk(people, "calm", count, rest));
  const fast = after(await talk(people, "fast", count, 0));
  return [
    times("key press → own message shown", calm("own")),
    times("key press → one tick (on the relay)", calm("sent")),
    times("key press → shown in the other window", calm("shown"), 60),
    times("the same, without a rest between messages", fast("shown")),
    times("key press → two ticks (on the other device)", calm("delivered")),
  ];
}

const after = (list) => (name) => list.map((m) => m[name] - m.pressed);

async function talk(people, word, count, rest) {
  const list = [];
  for (let i = 0; i < count; i++) {
    list.push(await say(people, i, `${word} ${i}`));
    await pause(rest);
  }
  return list;
}

/** say sends a message and waits until both windows are at rest. */
async function say({ alice, bob }, i, text) {
  const [from, to] = i % 2 ? [bob, alice] : [alice, bob];
  await from.send(text);
  const of = (person, ...names) => person.page.evaluate(([text, names]) => names.map((name) => talk[name][text]), [text, names]);
  const [pressed, own, sent, delivered] = await waitFor("two ticks", async () => {
    const all = await of(from, "pressed", "shown", "sent", "delivered");
    return all.every(Boolean) && all;
  });
  const [shown] = await waitFor("the message", async () => {
    const all = await of(to, "shown");
    return all.every(Boolean) && all;
  });
  return { pressed, own, sent, delivered, shown };
}

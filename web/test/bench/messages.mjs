// From a key press to the tick, and to the other person's window.
import { couple, Site, waitFor } from "../e2e/harness.mjs";
import { watchTalk } from "./probe.mjs";
import { times } from "./table.mjs";

const count = 120;

/** Messages each way before it is measured: the ratchets agree on the KEM meanwhile. */
const before = 4;

/** messages has two people write in turns, one message at a time. */
export async function messages(own) {
  const site = await Site.start();
  own(() => site.stop());
  const people = await couple(site, { init: watchTalk });
  own(() => Promise.all([people.alice.leave(), people.bob.leave()]));
  for (let i = 0; i < 2 * before; i++) await say(people, i, `before ${i}`);
  for (const person of [people.alice, people.bob]) await person.page.getByText("post-quantum").first().waitFor({ timeout: 5000 });
  const list = [];
  for (let i = 0; i < count; i++) list.push(await say(people, i, `message ${i}`));
  const after = (name) => list.map((m) => m[name] - m.pressed);
  return [
    times("key press → own message shown", after("own")),
    times("key press → one tick (on the relay)", after("sent")),
    times("key press → shown in the other window", after("shown"), 60),
    times("key press → two ticks (on the other device)", after("delivered")),
  ];
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

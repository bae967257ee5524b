// Two people whose pages come from two sites: each site's relay passes on what is for the other's.
import { after, before, test } from "node:test";
import { arrived, Person, Site } from "./harness.mjs";

const args = ["-proxy-allow", "127.0.0.0/8,::1/128"];
const sites = [];
before(async () => {
  for (let i = 0; i < 2; i++) sites.push(await Site.start({ args }));
});
after(async () => {
  for (const site of sites) await site.stop();
});

test("people of two sites talk, and go on after either relay restarts", { timeout: 300_000 }, async () => {
  const alice = await Person.open("Alice", sites[0].url);
  const bob = await Person.open("Bob", sites[1].url);
  try {
    await alice.enter();
    const link = await alice.invite();
    await bob.connect(sites[1].url + link.slice(sites[0].url.length));
    await alice.composer().waitFor();
    await bob.composer().waitFor();
    const said = { alice: [], bob: [] };
    const say = async (text) => {
      await alice.send(`a${text}`);
      await bob.send(`b${text}`);
      said.alice.push(`a${text}`);
      said.bob.push(`b${text}`);
    };
    await say(0);
    await arrived(alice, said.alice, said.bob);
    for (const site of sites) {
      await site.server.stop();
      await say(said.alice.length);
      await site.startServer();
      await alice.wake();
      await bob.wake();
      await arrived(alice, said.alice, said.bob);
      await arrived(bob, said.bob, said.alice);
    }
  } finally {
    await alice.leave();
    await bob.leave();
  }
});

import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { options } from "preact";
import { drawNext, paceDrawing, tellFlood } from "../../src/views/pace";

test("what changes after a rest is drawn soon, what follows soon a little later, and before a person does something", async () => {
  const listeners = new Map<string, () => void>();
  const scope = globalThis as unknown as { addEventListener: (event: string, listener: () => void) => void };
  const real = scope.addEventListener;
  scope.addEventListener = (event, listener) => void listeners.set(event, listener);
  paceDrawing();
  scope.addEventListener = real;
  let now = 1000;
  mock.method(performance, "now", () => now);
  mock.timers.enable({ apis: ["setTimeout"] });
  let drawn = 0;
  const change = () => options.debounceRendering?.(() => void drawn++);
  // Changes something, and returns after how many milliseconds it was drawn.
  const wait = async () => {
    const [before, begin] = [drawn, now];
    change();
    await Promise.resolve();
    while (drawn === before) {
      now++;
      mock.timers.tick(1);
    }
    return now - begin;
  };
  assert.equal(await wait(), 1, "as the next task");
  change();
  listeners.get("keydown")?.();
  assert.equal(drawn, 2, "before a key is handled");
  listeners.get("keydown")?.();
  assert.equal(drawn, 2, "only what is to be drawn");
  assert.equal(listeners.has("input"), false);
  listeners.get("click")?.();
  drawNext();
  assert.equal(await wait(), 1, "what a click leads to, as the next task");
  listeners.get("click")?.();
  drawNext();
  change();
  listeners.get("keydown")?.();
  assert.equal(drawn, 4, "or before the next key is handled");
  assert.equal(await wait(), 0, "what a key did, at once");
  const waits = [];
  for (let i = 0; i < 8; i++) waits.push(await wait());
  assert.deepEqual(waits, [33, 33, 33, 33, 33, 33, 100, 100], "a stream is drawn ten times a second");
  tellFlood(true);
  assert.deepEqual([await wait(), await wait()], [100, 500], "and a flood twice");
  listeners.get("wheel")?.();
  assert.equal(await wait(), 0, "until a person does something");
  assert.equal(await wait(), 33);
  now += 1000;
  assert.equal(await wait(), 1, "or nothing has changed for some time: the next task");
  mock.restoreAll();
  mock.timers.reset();
  options.debounceRendering = undefined as never;
});

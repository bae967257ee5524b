import assert from "node:assert/strict";
import { test } from "node:test";
import { options } from "preact";
import { paceDrawing } from "../../src/views/pace";

test("what changes after a rest is drawn at once, what follows soon a little later, and before a person does something", async () => {
  const listeners = new Map<string, () => void>();
  const scope = globalThis as unknown as { addEventListener: (event: string, listener: () => void) => void };
  const real = scope.addEventListener;
  scope.addEventListener = (event, listener) => void listeners.set(event, listener);
  paceDrawing();
  scope.addEventListener = real;
  let drawn = 0;
  const change = () => options.debounceRendering?.(() => void drawn++);
  change();
  await Promise.resolve();
  assert.equal(drawn, 1, "at once");
  change();
  listeners.get("keydown")?.();
  assert.equal(drawn, 2, "before a key is handled");
  listeners.get("keydown")?.();
  assert.equal(drawn, 2, "only what is to be drawn");
  assert.equal(listeners.has("input"), false);
  const later = new Promise<void>((resolve) => options.debounceRendering?.(resolve));
  await later;
  options.debounceRendering = undefined as never;
});

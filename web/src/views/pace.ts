import { options } from "preact";

/** The least time between two drawings, in milliseconds. */
const pause = 33;

/**
 * Draws at most thirty times a second. What changes after a rest is drawn at once; when thousands of messages come in,
 * one drawing shows many of them, and the page has time for the person in between. What a person does finds everything
 * drawn.
 */
export function paceDrawing(): void {
  let next = 0;
  let due: (() => void) | null = null;
  const draw = (): void => {
    const now = due;
    due = null;
    now?.();
    next = performance.now() + pause;
  };
  options.debounceRendering = (drawing) => {
    due = drawing;
    const wait = next - performance.now();
    if (wait > 0) setTimeout(draw, wait);
    else queueMicrotask(draw);
  };
  // Not "input": a field would get back what it held before.
  for (const event of ["keydown", "pointerdown", "click", "submit"]) addEventListener(event, () => due && draw(), { capture: true });
}

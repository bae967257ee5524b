import { options } from "preact";

/** The least time between two drawings, in milliseconds. */
const pause = 33;

/**
 * Draws at most thirty times a second. What changes after a rest is drawn at once; when thousands of messages come in,
 * one drawing shows many of them, and the page has time for the person in between.
 */
export function paceDrawing(): void {
  let next = 0;
  options.debounceRendering = (draw) => {
    const run = (): void => {
      draw();
      next = performance.now() + pause;
    };
    const wait = next - performance.now();
    if (wait > 0) setTimeout(run, wait);
    else queueMicrotask(run);
  };
}

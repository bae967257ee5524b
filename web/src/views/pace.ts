import { options } from "preact";

/** The least time between two drawings, in milliseconds. */
const pause = 33;

/** The same in a stream of changes, which is one after so many drawings without a rest between them. */
const streamPause = 100;
const streamAfter = 6;

/** The same in a flood: nobody can read what passes by. */
const floodPause = 500;

/** A shorter time in which nothing changes is no rest: of a stream the agent tells now and then. */
const rest = 200;

/** Nothing new for so long after a drawing, and a stream is over. */
export const calm = floodPause + rest + 100;

let restless = 0; // drawings one after the other
let flood = false;

/** inStream reports whether more comes than a person can follow. */
export const inStream = (): boolean => restless >= streamAfter;

/** tellFlood is told after a drawing whether more had come than the window can show at once. */
export const tellFlood = (more: boolean): void => void (flood = more);

let acted = false; // a person, since the last drawing

/** drawNext has what a person does drawn as the next task, or before they do something else: not in the task of a click. */
export const drawNext = (): void => void (acted = false);

const pauseNow = (): number => (!inStream() ? pause : flood ? floodPause : streamPause);

/**
 * Draws at most thirty times a second. What changes after a rest is drawn as the next task; when thousands of messages
 * come in, ten drawings a second or fewer show them, and the page has time for the person in between. What a person does
 * finds drawn what was due, and is drawn at once.
 */
export function paceDrawing(): void {
  let next = 0;
  let due: (() => void) | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const draw = (): void => {
    clearTimeout(timer);
    const now = due;
    due = null;
    acted = false;
    now?.();
    next = performance.now() + pauseNow();
  };
  options.debounceRendering = (drawing) => {
    due = drawing;
    const wait = next - performance.now();
    restless = wait > -rest ? restless + 1 : 0;
    clearTimeout(timer);
    if (acted) queueMicrotask(draw);
    else timer = setTimeout(draw, Math.max(wait, 0)); // not in the task that took in what is drawn
  };
  const act = (): void => {
    if (due) draw();
    next = restless = 0;
    acted = true;
    flood = false;
  };
  // Not "input": a field would get back what it held before.
  for (const event of ["keydown", "pointerdown", "click", "submit", "wheel"]) addEventListener(event, act, { capture: true, passive: true });
}

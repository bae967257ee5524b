/** How often it is said at most, in milliseconds. */
const interval = 10_000;

/** Calls used when somebody uses the page, now and then. */
export function watchActivity(used: () => void): void {
  let next = 0;
  const seen = ({ timeStamp }: Event): void => {
    if (timeStamp < next) return;
    next = timeStamp + interval;
    used();
  };
  for (const event of ["pointerdown", "pointermove", "keydown", "wheel", "touchmove"]) {
    addEventListener(event, seen, { capture: true, passive: true });
  }
}

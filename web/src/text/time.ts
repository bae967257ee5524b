// Times for people. Everything takes its clock as an argument, and the reader's language from the browser.
const day = 24 * 60 * 60 * 1000;

export interface DayWords {
  today: string;
  yesterday: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

// Making a format takes long, the first of all some 15 ms; using it does not.
function format(at: number, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify(options);
  let f = formats.get(key);
  if (!f) formats.set(key, (f = new Intl.DateTimeFormat(undefined, options)));
  return f.format(at);
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}

/** daysAgo counts calendar days between two times: 0 is the same day. Days of 23 and 25 hours count as days. */
export function daysAgo(at: number, now: number): number {
  return Math.round((midnight(now) - midnight(at)) / day);
}

let hour: "numeric" | "2-digit" | undefined;

/** clock is the time of day: 09:05, but 9:05 am. */
export function clock(at: number): string {
  hour ??= new Intl.DateTimeFormat(undefined, { hour: "numeric" }).resolvedOptions().hour12 ? "numeric" : "2-digit";
  return format(at, { hour, minute: "2-digit" });
}

/** prepareTimes makes the formats that nearly every list and conversation needs, while there is time for it: one a task. */
export function prepareTimes(): void {
  clock(0);
  setTimeout(moment, 0, 0);
}

/** moment is a time in full, for tooltips. */
export function moment(at: number): string {
  return format(at, { dateStyle: "full", timeStyle: "short" });
}

/** shortTime fits in a list: the time today, then yesterday, the weekday for a week, the date. */
export function shortTime(at: number, now: number, words: DayWords): string {
  const days = daysAgo(at, now);
  if (days <= 0) return clock(at);
  if (days === 1) return words.yesterday;
  if (days < 7) return format(at, { weekday: "short" });
  return format(at, sameYear(at, now) ? { day: "numeric", month: "short" } : { dateStyle: "short" });
}

/** dayName separates the days of a conversation. */
export function dayName(at: number, now: number, words: DayWords): string {
  const days = daysAgo(at, now);
  if (days === 0) return words.today;
  if (days === 1) return words.yesterday;
  const options: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long" };
  return format(at, sameYear(at, now) ? options : { ...options, year: "numeric" });
}

function sameYear(a: number, b: number): boolean {
  return new Date(a).getFullYear() === new Date(b).getFullYear();
}

/** span is a length of sound or video, as players write it: 0:07, 1:02:03. */
export function span(seconds: number): string {
  const whole = Math.round(seconds);
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

const units: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3600], ["minute", 60]];

/** lasting is a length of time in its largest unit: 3 hours. */
export function lasting(seconds: number): string {
  const [unit, length] = units.find(([, n]) => seconds >= n) ?? ["second", 1];
  return new Intl.NumberFormat(undefined, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 0 }).format(seconds / length);
}

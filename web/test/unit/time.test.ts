import assert from "node:assert/strict";
import { test } from "node:test";
import { initials, hue } from "../../src/text/initials";
import { fileSize } from "../../src/text/size";
import { dayName, daysAgo, lasting, shortTime, span } from "../../src/text/time";

const words = { today: "Today", yesterday: "Yesterday" };
const now = new Date(2026, 6, 15, 12, 0).getTime();
const at = (y: number, m: number, d: number, h = 9) => new Date(y, m, d, h, 5).getTime();

test("times are short and get shorter with age", () => {
  assert.match(shortTime(at(2026, 6, 15), now, words), /0?9:05/);
  assert.equal(shortTime(at(2026, 6, 14, 23), now, words), "Yesterday");
  assert.match(shortTime(at(2026, 6, 11), now, words), /^Sat/);
  assert.match(shortTime(at(2026, 2, 3), now, words), /Mar/);
  assert.match(shortTime(at(2024, 2, 3), now, words), /24/);
  assert.match(shortTime(at(2026, 6, 16), now, words), /0?9:05/, "a clock that is ahead is today");
});

test("days have names", () => {
  assert.equal(dayName(at(2026, 6, 15, 0), now, words), "Today");
  assert.equal(dayName(at(2026, 6, 14), now, words), "Yesterday");
  assert.match(dayName(at(2026, 6, 1), now, words), /Wednesday/);
  assert.match(dayName(at(2025, 6, 1), now, words), /2025/);
});

test("days are counted by the calendar", () => {
  assert.equal(daysAgo(new Date(2026, 6, 14, 23, 59).getTime(), new Date(2026, 6, 15, 0, 1).getTime()), 1);
  assert.equal(daysAgo(new Date(2026, 6, 15, 0, 0).getTime(), new Date(2026, 6, 15, 23, 59).getTime()), 0);
  assert.equal(daysAgo(new Date(2026, 2, 28).getTime(), new Date(2026, 2, 30).getTime()), 2);
});

test("lengths of time, for players and for people", () => {
  assert.deepEqual([0, 7.4, 74, 3723].map(span), ["0:00", "0:07", "1:14", "1:02:03"]);
  assert.deepEqual([1, 45, 60, 3600 * 3, 86_400 * 7].map(lasting), ["1 second", "45 seconds", "1 minute", "3 hours", "7 days"]);
});

test("sizes of files", () => {
  assert.deepEqual([1, 999, 1500, 2_840_000, 12_000_000, 5e9, 5e13].map(fileSize), ["1 byte", "999 bytes", "1.5 kB", "2.8 MB", "12 MB", "5 GB", "50,000 GB"]);
});

test("initials and hues", () => {
  const cases: [string, string][] = [["Ada Lovelace", "AL"], ["ada", "A"], ["", ""], ["👻", ""], ["anna-maria von der heide", "AH"], ["נועה לוי", "נל"], ["(bo)", "B"], ["𝒜b", "𝒜"]];
  for (const [name, want] of cases) assert.equal(initials(name), want, name);
  assert.equal(hue("Ada"), hue("Ada"));
  assert.ok(hue("x") >= 0 && hue("x") < 360);
});

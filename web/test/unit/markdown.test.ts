import assert from "node:assert/strict";
import { test } from "node:test";
import { isFewEmoji, parseMarkdown, plainText, type Segment } from "../../src/text/markdown";

const link = (text: string, href = text): Segment => ({ kind: "link", text, href });
const plain = (text: string): Segment => ({ kind: "text", text });

const cases: [string, Segment[]][] = [
  ["", []],
  ["just words", [plain("just words")]],
  ["*bold*", [{ kind: "bold", text: "bold" }]],
  ["_two words_", [{ kind: "italic", text: "two words" }]],
  ["~gone~", [{ kind: "strike", text: "gone" }]],
  ["`code *as* is`", [{ kind: "code", text: "code *as* is" }]],
  ["a *b* c", [plain("a "), { kind: "bold", text: "b" }, plain(" c")]],
  ["(*b*), then", [plain("("), { kind: "bold", text: "b" }, plain("), then")]],
  ["snake_case_name", [plain("snake_case_name")]],
  ["2*3*4", [plain("2*3*4")]],
  ["* not bold *", [plain("* not bold *")]],
  ["*open", [plain("*open")]],
  ["**", [plain("**")]],
  ["*a\nb*", [plain("*a\nb*")]],
  ["*a* *b*", [{ kind: "bold", text: "a" }, plain(" "), { kind: "bold", text: "b" }]],
  ["https://example.org", [link("https://example.org", "https://example.org/")]],
  ["see https://example.org/a_b_c.", [plain("see "), link("https://example.org/a_b_c"), plain(".")]],
  ["(https://example.org/x)", [plain("("), link("https://example.org/x"), plain(")")]],
  ["https://example.org/a_(b)", [link("https://example.org/a_(b)")]],
  ["HTTP://EXAMPLE.org/", [link("HTTP://EXAMPLE.org/", "http://example.org/")]],
  ["http://", [plain("http://")]],
  ["javascript:alert(1) data:text/html,x", [plain("javascript:alert(1) data:text/html,x")]],
  ["<b>&amp;</b>", [plain("<b>&amp;</b>")]],
  ["https://exämple.org", [link("https://exämple.org", "https://xn--exmple-cua.org/")]],
];

for (const [text, want] of cases) {
  test(`markdown: ${JSON.stringify(text)}`, () => assert.deepEqual(parseMarkdown(text), want));
}

test("markdown: nothing of a text is lost, and only http and https are linked", () => {
  const alphabet = ["*", "_", "~", "`", " ", "\n", "a", "https://x.y/", "http://", ")", "(", ".", "é", "😀", "<"];
  let seed = 7;
  const next = () => (seed = (seed * 1103515245 + 12345) % 2147483648);
  for (let i = 0; i < 3000; i++) {
    const text = Array.from({ length: next() % 14 }, () => alphabet[(next() >> 8) % alphabet.length]).join("");
    const segments = parseMarkdown(text);
    const whole = segments.map((s) => (s.kind === "text" || s.kind === "link" ? s.text : `${mark(s.kind)}${s.text}${mark(s.kind)}`)).join("");
    assert.equal(whole, text);
    for (const s of segments) if (s.kind === "link") assert.match(s.href, /^https?:\/\//);
  }
});

function mark(kind: string): string {
  return { bold: "*", italic: "_", strike: "~", code: "`" }[kind] ?? "";
}

test("markdown: the longest hostile texts take no long time", () => {
  for (const piece of ["*a ", "*", "_ _", " *a _b", "(*x ", "https://", "https://%", "https://a)))))", ")", ".", "`x`"]) {
    const start = process.cpuUsage(); // the machine may do other things meanwhile
    parseMarkdown("https://a" + piece.repeat(65_536 / piece.length)); // as much as a message can unpack to
    parseMarkdown(piece.repeat(65_536 / piece.length));
    assert.ok(process.cpuUsage(start).user < 60_000_000, JSON.stringify(piece)); // hostile ones took minutes
  }
});

test("plain text is without marks", () => assert.equal(plainText("*a* and `b` at https://x.y/z"), "a and b at https://x.y/z"));

test("few emoji", () => {
  for (const yes of ["👋", "👋🏽", "👨‍👩‍👧‍👦", "🇩🇪", "😀 😀", "❤️❤️❤️"]) assert.ok(isFewEmoji(yes), yes);
  for (const no of ["", " ", "1", "12", "#", "a", "😀a", "😀😀😀😀", "✓ ok"]) assert.ok(!isFewEmoji(no), no);
});

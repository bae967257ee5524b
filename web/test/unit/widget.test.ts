// The widget's parts that need no browser: colours, options from a page, the owner's line, limits, the saved text.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Item } from "../../api";
import { accentOf, teal } from "../../src/widget/accent";
import { beginningOf, defaults, takeOptions } from "../../src/widget/frame/options";
import { Pace } from "../../src/widget/frame/pace";
import { asText, everything } from "../../src/widget/frame/text";
import { ar } from "../../src/widget/frame/words/ar";
import { de } from "../../src/widget/frame/words/de";
import { en } from "../../src/widget/frame/words/en";
import { early } from "../../src/widget/frame/words/early";
import { en as shared } from "../../src/words/en";
import { es } from "../../src/widget/frame/words/es";
import { fr } from "../../src/widget/frame/words/fr";
import { plain, snippetOf } from "../../src/widget/owner/snippet";

test("widget: the accent keeps its hue, and only as much colour as can be shown at every lightness", () => {
  assert.deepEqual(accentOf(""), teal);
  assert.deepEqual(accentOf("#12345"), teal);
  const { hue, chroma } = accentOf("#ff0000");
  assert.equal(hue, 29);
  assert.ok(chroma > 0.08 && chroma <= 0.16);
  for (const grey of ["#000000", "#808080", "#ffffff"]) assert.ok(accentOf(grey).chroma < 0.01);
  for (const color of ["#ffff00", "#00ff00", "#00ffff", "#0000ff", "#ff00ff"]) assert.ok(accentOf(color).chroma > 0.03, color);
});

test("widget: of what a page gives, only options of the right shape are taken", () => {
  const wrong = [null, 1, "all", [], { title: 7 }, { title: "x".repeat(61) }, { theme: "pink" }, { name: { length: 3 } }, { sound: "yes" }, { unknown: 1 }, JSON.parse('{"__proto__": {"title": "x"}}')];
  for (const given of wrong) assert.deepEqual(takeOptions(given, defaults), defaults);
  assert.deepEqual(takeOptions({ title: "Shop", theme: "dark", sound: true, name: "no" }, defaults), { ...defaults, title: "Shop", theme: "dark", sound: true });
});

test("widget: the fragment of the frame's address", () => {
  const given = { sotto: 1, page: "https://shop.example", active: true, options: { title: "Shop", evil: 1 } };
  assert.deepEqual(beginningOf("#" + encodeURIComponent(JSON.stringify(given))), { page: "https://shop.example", active: true, options: { ...defaults, title: "Shop" } });
  for (const hash of ["", "#", "#{", "#%", "#null", "#" + encodeURIComponent(JSON.stringify({ ...given, sotto: 2 }))]) {
    assert.deepEqual(beginningOf(hash), { page: "", active: false, options: defaults });
  }
  for (const page of ["*", "null", "https://shop.example/path", "javascript:x", 1]) {
    assert.equal(beginningOf("#" + encodeURIComponent(JSON.stringify({ ...given, page }))).page, "");
  }
});

test("widget: only so much at once", () => {
  const pace = new Pace(2, 1000);
  assert.deepEqual([0, 10, 20, 1005, 1006, 1011].map((at) => pace.allows(at)), [true, true, false, true, false, true]);
});

test("widget: a conversation as text, fetched in parts", async () => {
  const item = (seq: number, some: Partial<Item>): Item => ({ seq, contactId: "c", direction: "received", text: "", at: Date.UTC(2026, 10, 23, 9, seq), ...some });
  const all = [item(1, { direction: "sent", text: "One\ntwo" }), item(2, { text: "Hi" }), item(3, { text: "gone", deleted: true }), item(4, { author: "Ben", text: "Me too" }), item(5, { kind: "image" })];
  const agent = { items: async ({ before }: { before: number }) => ({ items: all.filter((i) => !before || i.seq < before).slice(-2), more: before === 0 || before > 2 }) };
  const words = { head: "With Ada", you: "You", them: "Ada", deleted: "(deleted)" };
  assert.equal(
    asText(await everything(agent, "c"), words),
    "With Ada\n\n2026-11-23 09:01 You: One\n    two\n2026-11-23 09:02 Ada: Hi\n2026-11-23 09:03 Ada: (deleted)\n2026-11-23 09:04 Ben: Me too\n2026-11-23 09:05 Ada: [image]\n",
  );
});

test("widget: the owner's line has what was chosen, and nothing in it ends an attribute", () => {
  assert.equal(snippetOf("https://r.example", "https://r.example/a#x?p=1&c=2", plain, null), '<script src="https://r.example/widget.js"\n  data-address="https://r.example/a#x?p=1&amp;c=2" async></script>');
  const line = snippetOf("https://r.example", "a", { ...plain, title: '"><script>x</script>', sound: true }, { url: "/assets/widget-0.js", integrity: "sha384-x" });
  assert.match(line, /src="https:\/\/r\.example\/assets\/widget-0\.js"\n {2}integrity="sha384-x"\n {2}crossorigin="anonymous"/);
  assert.match(line, /data-title="&quot;>&lt;script>x&lt;\/script>"\n {2}data-sound="true" async/);
});

test("widget: every language says everything", () => {
  for (const [name, { own }] of Object.entries({ ar, de, es, fr })) {
    assert.deepEqual(Object.keys(own).sort(), Object.keys(en).sort(), name);
    assert.equal(own.aboutList("Ada", "r.example", false).length, en.aboutList("Ada", "r.example", false).length, name);
  }
});

test("widget: what is said before the program is there is said by it, too", () => {
  const own = { de: de.own, fr: fr.own, es: es.own, ar: ar.own };
  const composer = { de: de.shared.composer, fr: fr.shared.composer, es: es.shared.composer, ar: ar.shared.composer };
  for (const [lang, { title, trust, close }] of Object.entries({ en, ...own })) {
    const { label, placeholder, send } = lang === "en" ? shared.composer : composer[lang as keyof typeof composer] ?? {};
    assert.deepEqual([title, trust, close, label, placeholder, send], [early[lang]?.title, early[lang]?.trust, early[lang]?.close, early[lang]?.message, early[lang]?.message, early[lang]?.send]);
  }
});

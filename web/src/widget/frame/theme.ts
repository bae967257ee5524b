// The site's colours: the accent, and light or dark where the site decides that instead of the visitor.
import { accentOf } from "../accent";
import type { FrameOptions } from "../protocol";

export function paint({ accent, theme }: FrameOptions): void {
  const { style } = document.documentElement;
  const { hue, chroma } = accentOf(accent);
  style.setProperty("--accent-hue", String(hue));
  style.setProperty("--accent-chroma", String(chroma));
  style.colorScheme = theme === "auto" ? "" : theme;
  for (const sheet of document.adoptedStyleSheets) decide(sheet.cssRules, theme);
}

const asked = new WeakMap<CSSMediaRule, string>();

// Styles ask what the visitor prefers; here the question gets the site's answer.
function decide(rules: CSSRuleList, theme: FrameOptions["theme"]): void {
  for (const rule of rules) {
    if (!(rule instanceof CSSMediaRule)) continue;
    const question = asked.get(rule) ?? rule.media.mediaText;
    const [, wanted] = /^\(prefers-color-scheme: (dark|light)\)$/.exec(question) ?? [];
    if (!wanted) continue;
    asked.set(rule, question);
    rule.media.mediaText = theme === "auto" ? question : theme === wanted ? "all" : "not all";
  }
}

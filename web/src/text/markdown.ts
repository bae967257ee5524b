// The formatting of SimpleX messages: *bold*, _italic_, ~strike~, `code`, and web addresses. Marks do not nest,
// begin at the start of a word and end at the end of one; everything else is text. The result is data:
// views make text nodes of it, so that nothing in a message is ever read as HTML.
export type Mark = "bold" | "italic" | "strike" | "code";

export type Segment = { kind: "text" | Mark; text: string } | { kind: "link"; text: string; href: string };

const marks: Record<string, Mark> = { "*": "bold", _: "italic", "~": "strike", "`": "code" };

// A mark, its text and the same mark; or a web address. The text neither begins nor ends with a space. Both have
// an end, because where one is not found the search goes back to its beginning: without it, a message that somebody
// makes for that could keep the page busy for minutes.
const pattern = /([*_~`])(?=\S)([^\n]{0,499}?\S)\1(?![\p{L}\p{N}*_~`])|https?:\/\/[^\s<>"“”]{1,2000}/giu;

/** parseMarkdown splits a message into segments whose texts, with their marks, are the whole message. */
export function parseMarkdown(text: string): Segment[] {
  const segments: Segment[] = [];
  let done = 0;
  pattern.lastIndex = 0;
  for (let m = pattern.exec(text); m; m = pattern.exec(text)) {
    const segment = m[1] ? marked(text, m.index, m[1], m[2] ?? "") : address(m[0]);
    if (!segment) {
      pattern.lastIndex = m.index + 1;
      continue;
    }
    pushText(segments, text.slice(done, m.index));
    segments.push(segment);
    done = m.index + segment.text.length + (m[1] ? 2 : 0);
    pattern.lastIndex = done;
  }
  pushText(segments, text.slice(done));
  return segments;
}

function pushText(segments: Segment[], text: string): void {
  if (text) segments.push({ kind: "text", text });
}

function marked(whole: string, at: number, mark: string, text: string): Segment | undefined {
  const kind = marks[mark];
  const startsWord = at === 0 || !/[\p{L}\p{N}*_~`]/u.test(whole.charAt(at - 1));
  return kind && startsWord ? { kind, text } : undefined;
}

function address(found: string): Segment | undefined {
  const text = trimPunctuation(found);
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return { kind: "link", text, href: url.href };
}

// A sentence's punctuation is not part of an address, nor is a bracket that was opened before it.
function trimPunctuation(text: string): string {
  let unopened = count(text, ")") - count(text, "(");
  for (let end = text.length; ; end--) {
    const last = text.charAt(end - 1);
    if (!/[.,;:!?'’»\]}*_~`]/.test(last) && !(last === ")" && unopened-- > 0)) return text.slice(0, end);
  }
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}

/** isFewEmoji reports whether a message is nothing but one to three emoji. */
export function isFewEmoji(text: string): boolean {
  if (text.length > 40 || !/^[\p{Extended_Pictographic}\p{Emoji_Component}\s]+$/u.test(text)) return false;
  const clusters = [...new Intl.Segmenter().segment(text)].filter((c) => c.segment.trim());
  return clusters.length > 0 && clusters.length <= 3 && clusters.every((c) => /\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(c.segment));
}

/** plainText is a message without its marks, for one line in a list. */
export function plainText(text: string): string {
  return parseMarkdown(text.slice(0, 200)).map((segment) => segment.text).join("");
}

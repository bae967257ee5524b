import { useMemo } from "preact/hooks";
import { parseMarkdown, type Segment } from "../text/markdown";

/** RichText shows a message: text nodes, a few marks, and web addresses as links that say where they lead. */
export function RichText({ text }: { text: string }) {
  const segments = useMemo(() => parseMarkdown(text), [text]);
  return <>{segments.map(show)}</>;
}

function show(segment: Segment) {
  switch (segment.kind) {
    case "bold":
      return <strong>{segment.text}</strong>;
    case "italic":
      return <em>{segment.text}</em>;
    case "strike":
      return <s>{segment.text}</s>;
    case "code":
      return <code>{segment.text}</code>;
    case "link":
      return (
        <a href={segment.href} title={segment.href} target="_blank" rel="noopener noreferrer" dir="ltr">
          {segment.text}
        </a>
      );
    default:
      return segment.text;
  }
}

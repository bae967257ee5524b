import type { Quote as Quoted } from "../../api";
import { plainText } from "../text/markdown";
import { words } from "../words";
import { Picture } from "./attachment";
import { useTalk } from "./talk";

const { message } = words;

/** Quote stands inside a bubble, above the answer: whom it answers and what they had said. A press goes there. */
export function Quote({ quote, name }: { quote: Quoted; name: string }) {
  const talk = useTalk();
  const content = (
    <>
      <span class="quote-from" dir="auto">
        <span class="hidden">{message.quoted("")}</span>
        {quote.own ? words.status.from : quote.author || name}
      </span>
      <span class="quote-text" dir="auto">
        {plainText(quote.text) || message.kinds[quote.kind]}
      </span>
      {quote.image && <Picture src={quote.image} alt="" />}
    </>
  );
  if (!quote.seq || !talk) return <blockquote class="quote">{content}</blockquote>;
  return (
    <button type="button" class="quote" title={message.toQuoted} onClick={() => talk.show(quote.seq)}>
      {content}
    </button>
  );
}

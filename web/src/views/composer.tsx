import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { words } from "../words";
import { useAround } from "./context";
import { hasKeyboard, memo } from "./hooks";
import { Icon } from "./parts";

/** How long typing rests before the draft is stored. */
const draftDelay = 500;

/** Composer is where a message is written. It is made anew for each conversation. */
export const Composer = memo(function Composer({ contactId, draft }: { contactId: string; draft: string }) {
  const { actions } = useAround();
  const [text, setText] = useState(draft);
  const field = useRef<HTMLTextAreaElement>(null);
  useDraft(contactId, text, draft);
  useLayoutEffect(() => fit(field.current), [text]);
  useEffect(() => {
    if (hasKeyboard()) field.current?.focus();
  }, []);
  const empty = !text.trim();
  // What the field holds, not what was drawn last: a second press may come before the next drawing.
  const send = () => {
    const from = field.current;
    if (!from) return;
    const written = from.value.trim();
    from.value = "";
    setText("");
    if (written) actions.send(contactId, written);
    from.focus();
  };
  const press = (e: KeyboardEvent) => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing || !hasKeyboard()) return;
    e.preventDefault();
    send();
  };
  return (
    <div class="composer">
      <div class="column">
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          aria-label={words.composer.label}
          placeholder={words.composer.placeholder}
          enterkeyhint={hasKeyboard() ? "send" : "enter"}
          value={text}
          onInput={(e) => setText(e.currentTarget.value)}
          onKeyDown={press}
        />
        <button type="button" class="round" aria-label={words.composer.send} aria-disabled={empty} onMouseDown={(e) => e.preventDefault()} onClick={send}>
          <Icon name="send" />
        </button>
      </div>
    </div>
  );
});

// The field is as high as its text, up to the six lines that its style allows.
function fit(field: HTMLTextAreaElement | null): void {
  if (!field) return;
  field.style.blockSize = "auto";
  field.style.blockSize = `${field.scrollHeight + 2}px`;
}

// Stores the draft when typing rests, and at once when the page is hidden or the conversation left.
function useDraft(contactId: string, text: string, stored: string): void {
  const { actions } = useAround();
  const latest = useRef({ text, saved: stored });
  latest.current.text = text;
  useEffect(() => {
    const save = () => {
      const { text: now, saved } = latest.current;
      if (now === saved) return;
      latest.current.saved = now;
      actions.saveDraft(contactId, now);
    };
    document.addEventListener("visibilitychange", save);
    addEventListener("pagehide", save);
    return () => {
      document.removeEventListener("visibilitychange", save);
      removeEventListener("pagehide", save);
      save();
    };
  }, [contactId]);
  useEffect(() => {
    if (text === latest.current.saved) return undefined;
    const timer = setTimeout(() => {
      latest.current.saved = text;
      actions.saveDraft(contactId, text);
    }, text ? draftDelay : 0);
    return () => clearTimeout(timer);
  }, [contactId, text]);
}

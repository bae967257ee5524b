import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { plainText } from "../text/markdown";
import { words } from "../words";
import { useAround } from "./context";
import { memo, useTask } from "./hooks";
import { hasKeyboard } from "./keyboard";
import { Icon, Problem } from "./parts";
import type { Intent } from "./talk";

/** How long typing rests before the draft is stored. */
const draftDelay = 500;

interface ComposerProps {
  contactId: string;
  draft: string;
  /** What is written is an answer to a message, or another text for one. */
  intent?: Intent | null;
  /** What the other side is called. */
  name?: string;
  onDone?: () => void;
}

/** Composer is where a message is written. It is made anew for each conversation. */
export const Composer = memo(function Composer({ contactId, draft, intent = null, name = "", onDone }: ComposerProps) {
  const { actions } = useAround();
  const [text, setText] = useState(draft);
  const field = useRef<HTMLTextAreaElement>(null);
  const task = useTask(words.composer.editFailed);
  const changed = useRef(""); // what a message says instead now
  const unfinished = useIntent(intent, text, setText, field, changed);
  useDraft(contactId, unfinished, draft);
  useLayoutEffect(() => fit(field.current), [text]);
  // A conversation that comes about behind the composer may have a draft: what is being written comes first.
  useEffect(() => {
    if (draft && !field.current?.value) setText(draft);
  }, [contactId]);
  useEffect(() => {
    if (hasKeyboard()) field.current?.focus();
  }, []);
  const empty = !text.trim();
  const change = (written: string) =>
    intent && task.run(async () => {
      if (written !== intent.item.text) await actions.edit(intent.item, written);
      changed.current = written;
      onDone?.();
    });
  // What the field holds, not what was drawn last: a second press may come before the next drawing.
  const send = () => {
    const from = field.current;
    if (!from) return;
    const written = from.value.trim();
    from.focus();
    if (intent?.kind === "edit") return void (written && change(written));
    from.value = "";
    setText("");
    if (written) actions.send(contactId, written, intent?.item);
    onDone?.();
  };
  const press = (e: KeyboardEvent) => {
    if (e.key === "Escape" && intent && onDone) return void (e.preventDefault(), onDone());
    if (e.key !== "Enter" || e.shiftKey || e.isComposing || !hasKeyboard()) return;
    e.preventDefault();
    send();
  };
  const editing = intent?.kind === "edit";
  return (
    <div class="composer">
      {intent && <IntentStrip intent={intent} name={name} onStop={() => onDone?.()} />}
      {task.problem && (
        <div class="column">
          <Problem text={task.problem} />
        </div>
      )}
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
        <button type="button" class="round" aria-label={editing ? words.composer.save : words.composer.send} aria-disabled={empty} onMouseDown={(e) => e.preventDefault()} onClick={send}>
          <Icon name={editing ? "check" : "send"} />
        </button>
      </div>
    </div>
  );
});

// Above the field: what is answered or changed, and the way out of it.
function IntentStrip({ intent: { kind, item }, name, onStop }: { intent: Intent; name: string; onStop: () => void }) {
  const { composer } = words;
  const reply = item.direction === "sent" ? composer.replySelf : composer.reply(item.author || name);
  return (
    <div class="column intent">
      <Icon name={kind} class="flip" />
      <p>
        <strong>{kind === "edit" ? composer.edit : reply}</strong>
        <span class="cut" dir="auto">
          {plainText(item.text) || words.message.kinds[item.kind ?? "text"]}
        </span>
      </p>
      <button type="button" class="round" aria-label={composer.stop} onClick={onStop}>
        <Icon name="close" />
      </button>
    </div>
  );
}

// A message that is changed takes the place of what was being written, and gives it back, before what is written by then.
// What was being written is returned.
function useIntent(intent: Intent | null, text: string, setText: (text: string) => void, field: RefObject<HTMLTextAreaElement | null>, changed: { current: string }): string {
  const kept = useRef<string | null>(null);
  const editing = intent?.kind === "edit" ? intent.item : null;
  if (editing) kept.current ??= text;
  useLayoutEffect(() => {
    if (intent) field.current?.focus();
    if (!editing) return undefined;
    setText(editing.text);
    changed.current = "";
    return () => {
      const written = field.current?.value ?? "";
      const more = changed.current && written.trim() !== changed.current ? written : "";
      setText([kept.current, more].filter(Boolean).join("\n"));
      kept.current = null;
    };
  }, [intent?.kind, intent?.item.seq]);
  return kept.current ?? text;
}

// The field is as high as its text, up to the six lines that its style allows.
function fit(field: HTMLTextAreaElement | null): void {
  if (!field) return;
  field.style.blockSize = "";
  if (field.value) field.style.blockSize = `${field.scrollHeight + 2}px`; // what is empty has one line: no need to ask
}

// Stores the draft when typing rests, and at once when the page is hidden or the conversation left.
function useDraft(contactId: string, text: string, stored: string): void {
  const { actions } = useAround();
  const latest = useRef({ text, saved: stored });
  latest.current.text = text;
  useEffect(() => {
    latest.current.saved = stored;
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

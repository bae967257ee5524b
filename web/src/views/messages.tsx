import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Contact, Item } from "../../api";
import { nameOf } from "../state/contacts";
import { chunksOf, firstUnread, type Chunk, type Line } from "../state/lines";
import { emptyThread, type Thread } from "../state/state";
import { newestFor } from "../state/thread";
import { words } from "../words";
import { ChunkView } from "./chunk";
import { useAround } from "./context";
import { useGoal } from "./goal";
import { memo, useNow } from "./hooks";
import { Icon, Problem } from "./parts";
import { usePassing } from "./passing";
import { useReading } from "./reading";
import { useScrolling } from "./scrolling";
import type { Goal } from "./talk";

interface MessagesProps {
  contact: Contact;
  thread?: Thread | undefined;
  /** The message that is led to. */
  goal?: Goal | null;
}

/** Messages is the conversation itself. It is made anew for each contact. */
export const Messages = memo(function Messages({ contact, thread: given = emptyThread, goal = null }: MessagesProps) {
  // It opens when its first part is there, not with what comes in meanwhile.
  const thread = useMemo(() => (given.loading === "first" ? { ...given, items: [] } : given), [given]);
  const { actions } = useAround();
  const { chunks, lines, openedAt, unreadFrom } = useLayout(contact, thread);
  const now = useNow();
  const name = nameOf(contact, words.contact);
  const newest = thread.items[thread.items.length - 1]?.seq ?? 0;
  const older = () => {
    if (thread.more && thread.loading === "none" && !thread.failed) actions.load(contact.id);
  };
  const reading = useReading();
  const readAll = () => {
    if (contact.unread > 0 && newest > 0 && document.visibilityState === "visible") reading(() => actions.read(contact.id, newest));
  };
  const scrolling = useScrolling(lines, older, readAll);
  const seeking = useGoal(goal, thread, scrolling, (wanted) => actions.load(contact.id, wanted));
  const when = usePassing(chunks, unreadFrom, seeking, scrolling);
  // Items and the number of new ones come as events of their own, in either order.
  useEffect(() => {
    if (contact.unread > 0) scrolling.look();
  }, [contact.unread]);
  const load = () => actions.load(contact.id, thread.items.length ? 0 : newestFor(contact.unread));
  const fresh = !thread.items.length && thread.more && thread.loading === "none" && !thread.failed;
  useEffect(() => {
    if (fresh) load();
  }, [fresh]);
  return (
    <div class="talk">
      <div class="scroll" ref={scrolling.scroller} tabIndex={0} role="region" aria-label={words.conversation.messages}>
        <div class="column" ref={scrolling.content}>
          <Above thread={thread} onRetry={load} />
          {lines.length > 0 && (
            <div role="list">
              {chunks.map((chunk) => (
                <ChunkView
                  key={chunk.key}
                  chunk={chunk}
                  name={name}
                  now={now}
                  openedAt={openedAt}
                  scroller={scrolling.scroller}
                  onGrown={scrolling.grown}
                  when={when(chunk)}
                />
              ))}
            </div>
          )}
          {!lines.length && !thread.more && <Nothing several={contact.kind !== "person"} />}
        </div>
      </div>
      {(scrolling.away || scrolling.newBelow > 0) && <Pill count={Math.max(scrolling.newBelow, contact.unread)} onClick={scrolling.toEnd} />}
      <Announcer items={thread.items} name={name} openedAt={openedAt} />
    </div>
  );
});

interface Layout {
  chunks: readonly Chunk[];
  lines: readonly Line[];
  openedAt: number;
  unreadFrom: number;
}

// What was new when the conversation was opened stays marked until it is left.
function useLayout(contact: Contact, thread: Thread): Layout {
  const opened = useRef<{ unreadFrom: number; at: number } | null>(null);
  const loaded = thread.loading !== "first" && (thread.items.length > 0 || !thread.more);
  if (!opened.current && loaded) {
    const at = thread.items[thread.items.length - 1]?.seq ?? 0;
    opened.current = { unreadFrom: firstUnread(thread.items, contact.unread), at };
  }
  const previous = useRef<readonly Chunk[]>([]);
  const unreadFrom = opened.current?.unreadFrom ?? 0;
  const chunks = useMemo(() => chunksOf(thread, contact.id, unreadFrom, previous.current), [thread, contact.id, unreadFrom]);
  previous.current = chunks;
  const lines = useMemo(() => chunks.flatMap((chunk) => chunk.lines), [chunks]);
  return { chunks, lines, openedAt: opened.current?.at ?? Infinity, unreadFrom };
}

function Above({ thread, onRetry }: { thread: Thread; onRetry: () => void }) {
  if (thread.failed) {
    return (
      <div class="older">
        <Problem text={words.conversation.loadFailed} />
        <button type="button" class="button" onClick={onRetry}>
          {words.tryAgain}
        </button>
      </div>
    );
  }
  if (!thread.more) return null;
  if (!thread.items.length) return <Ghosts />;
  return (
    <button type="button" class="button older" onClick={onRetry}>
      {words.conversation.older}
    </button>
  );
}

function Ghosts() {
  return (
    <div class="ghosts skeleton" role="status" aria-label={words.conversation.loading}>
      {[0, 1, 2, 3, 4].map((n) => (
        <span key={n} class="bone" />
      ))}
    </div>
  );
}

function Nothing({ several }: { several: boolean }) {
  return (
    <div class="empty">
      <h2>{words.conversation.empty}</h2>
      <p>{several ? words.conversation.emptySeveral : words.conversation.emptyText}</p>
    </div>
  );
}

function Pill({ count, onClick }: { count: number; onClick: () => void }) {
  return (
    <button type="button" class={count ? "button pill" : "button pill bare"} aria-label={count ? undefined : words.conversation.newest} onClick={onClick}>
      <Icon name="down" />
      {count > 0 && words.conversation.newMessages(count)}
    </button>
  );
}

/** Tells screen readers what is received while the conversation is open. */
function Announcer({ items, name, openedAt }: { items: readonly Item[]; name: string; openedAt: number }) {
  const [told, setTold] = useState("");
  const done = useRef(0);
  useEffect(() => {
    const after = Math.max(done.current, openedAt);
    const next = items.filter((item) => item.seq > after && item.direction === "received");
    const last = next[next.length - 1];
    if (!last) return;
    done.current = last.seq;
    setTold(next.map((item) => words.conversation.announce(item.author || name, item.text || words.message.kinds[item.kind ?? "text"])).join("\n"));
  }, [items]);
  return (
    <p class="hidden" aria-live="polite">
      {told}
    </p>
  );
}

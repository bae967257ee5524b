import type { RefObject } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Contact } from "../../api";
import { piecesOf, type Span } from "../state/span";
import { useNow } from "./hooks";
import { Row } from "./row";

/** What is this near to the window is drawn, too, in pixels. */
const ahead = 800;
/** The window is followed in steps of so many rows. */
const step = 8;
/** The height of a row with what is between it and the next, until one was drawn. */
const usual = 66;

/**
 * Rows draws the conversations near the window and leaves room for the others, which all have the same height. The one
 * with the focus stays, and its neighbours, to which the arrow keys lead.
 */
export function Rows({ contacts, openId }: { contacts: readonly Contact[]; openId: string }) {
  const now = useNow();
  const list = useRef<HTMLUListElement>(null);
  const [held, hold] = useState("");
  const { height, near } = useNear(list, contacts);
  const count = contacts.length;
  const pieces = piecesOf(count, near, held ? contacts.findIndex((c) => c.id === held) : -1);
  const last = pieces[pieces.length - 1]?.to ?? 0;
  const whole = pieces.length === 1 && pieces[0]?.from === 0 && last === count;
  const drawn = pieces.flatMap(({ from, to }, n) => {
    const above = n > 0 ? (from - (pieces[n - 1]?.to ?? 0)) * height : 0;
    return contacts.slice(from, to).map((contact, i) => ({ contact, at: from + i, above: i ? 0 : above }));
  });
  const focused = (e: FocusEvent) => {
    const slot = (e.target as Element).closest(".slot");
    const at = slot ? [...list.current!.children].indexOf(slot) : -1;
    hold(drawn[at]?.contact.id ?? "");
  };
  const blurred = () => {
    if (!list.current?.contains(document.activeElement)) hold(""); // the browser's window may have lost it, too
  };
  return (
    <div class="scroll" onKeyDown={moveFocus}>
      <ul
        ref={list}
        class="rows"
        style={whole ? {} : { paddingBlockStart: `${(pieces[0]?.from ?? 0) * height}px`, paddingBlockEnd: `calc(${(count - last) * height}px + var(--space-48))` }}
        onFocusIn={focused}
        onFocusOut={blurred}
      >
        {drawn.map(({ contact, at, above }) => (
          <Row key={contact.id} contact={contact} now={now} open={contact.id === openId} above={above} place={whole ? 0 : at + 1} of={whole ? 0 : count} />
        ))}
      </ul>
    </div>
  );
}

interface Near {
  height: number;
  near: Span;
}

// useNear follows the window: which rows it shows, and some more. What is read there stays in its place when others come
// in above it: the browser does not see to that where it scrolled to rows that were not drawn yet.
function useNear(list: RefObject<HTMLUListElement | null>, contacts: readonly Contact[]): Near {
  const [height, setHeight] = useState(usual);
  const [near, setNear] = useState<Span>(() => ({ from: 0, to: Math.ceil(innerHeight / usual) })); // at first no more than is seen
  const tall = useRef(usual);
  const shown = useRef(contacts);
  const top = useRef(0); // of the window; to ask for it would have the page laid out at once
  const look = useCallback(() => {
    const scroller = list.current?.parentElement;
    if (!scroller?.clientHeight) return; // not shown
    top.current = scroller.scrollTop;
    const next = spanOf(top.current, scroller.clientHeight, tall.current);
    setNear((was) => (was.from === next.from && was.to === next.to ? was : next));
  }, []);
  const measure = useCallback(() => {
    const [first, second] = list.current?.children ?? [];
    if (first instanceof HTMLElement && second instanceof HTMLElement && first.offsetHeight) {
      const gap = parseFloat(getComputedStyle(list.current!).rowGap) || 0;
      tall.current = first.getBoundingClientRect().height + gap;
      setHeight(tall.current);
    }
    look();
  }, []);
  useLayoutEffect(() => {
    const scroller = list.current?.parentElement;
    const before = shown.current;
    shown.current = contacts;
    if (!scroller || top.current <= 0 || before === contacts) return;
    const by = shift(before, contacts, Math.floor(top.current / tall.current));
    if (by) scroller.scrollTop = top.current += by * tall.current;
  }, [contacts]);
  useEffect(() => {
    const scroller = list.current?.parentElement;
    if (!scroller) return undefined;
    // At once, and when the text or the window has another size.
    const observer = new ResizeObserver(measure);
    observer.observe(scroller);
    observer.observe(list.current!);
    scroller.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener("scroll", look);
    };
  }, []);
  return { height, near };
}

// shift says by how many rows those that were at a place have moved. One of them may have moved by itself.
function shift(before: readonly Contact[], after: readonly Contact[], at: number): number {
  const moved = before.slice(at, at + 5).flatMap(({ id }, i) => {
    const now = after.findIndex((c) => c.id === id);
    return now < 0 ? [] : [now - at - i];
  });
  return moved.sort((a, b) => a - b)[moved.length >> 1] ?? 0;
}

function spanOf(top: number, size: number, height: number): Span {
  const from = Math.floor((top - ahead) / height / step) * step;
  const to = Math.ceil((top + size + ahead) / height / step) * step;
  return { from: Math.max(0, from), to };
}

// Up and down walk through the rows, as in any list.
function moveFocus(e: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const by = e.key === "ArrowDown" ? 1 : e.key === "ArrowUp" ? -1 : 0;
  const rows = [...e.currentTarget.querySelectorAll<HTMLElement>(".row")];
  const at = rows.indexOf(document.activeElement as HTMLElement);
  if (!by || at < 0) return;
  e.preventDefault();
  rows[at + by]?.focus();
}

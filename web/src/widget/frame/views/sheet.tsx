import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../../../views/parts";
import { words as shared } from "../../../words";

/** Sheet shows something over the conversation until it is closed. */
export function Sheet({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} class="dialog told" aria-labelledby="sheet-title" onClose={onClose} onClick={(e) => e.target === dialog.current && onClose()}>
      <div class="told-head">
        <h2 id="sheet-title">{title}</h2>
        <button type="button" class="round" aria-label={shared.close} onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  );
}

import { useLayoutEffect, useRef } from "preact/hooks";
import { words } from "../words";
import { useTask } from "./hooks";
import { Problem, WorkButton } from "./parts";

interface ConfirmProps {
  title: string;
  text: string;
  confirm: string;
  explain: (problem: string) => string;
  onConfirm: () => Promise<void>;
  onClose: () => void;
}

/** Confirm asks before something that cannot be taken back. */
export function Confirm(props: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const task = useTask(props.explain);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const confirm = () => task.run(props.onConfirm);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="confirm-title" onClose={props.onClose} onClick={(e) => e.target === dialog.current && props.onClose()}>
      <h2 id="confirm-title">{props.title}</h2>
      <p>{props.text}</p>
      <Problem text={task.problem} />
      <div class="buttons">
        <button type="button" class="button" onClick={props.onClose}>
          {words.cancel}
        </button>
        <WorkButton class="button main danger" busy={task.busy} label={props.confirm} busyLabel={props.confirm} onClick={confirm} />
      </div>
    </dialog>
  );
}

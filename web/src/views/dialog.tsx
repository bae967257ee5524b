import { useLayoutEffect, useRef } from "preact/hooks";
import { words } from "../words";
import { useTask } from "./hooks";
import { Problem, WorkButton } from "./parts";

interface ChoiceProps {
  title: string;
  text: string;
  /** What can be chosen, besides nothing. */
  options: readonly { label: string; run: () => Promise<void> }[];
  explain: (problem: string) => string;
  onClose: () => void;
}

/** Choice asks before something that cannot be taken back, and how it shall be done. */
export function Choice({ title, text, options, explain, onClose }: ChoiceProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const task = useTask(explain);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const run = (work: () => Promise<void>) =>
    task.run(async () => {
      await work();
      onClose();
    });
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="choice-title" onClose={onClose} onClick={(e) => e.target === dialog.current && onClose()}>
      <h2 id="choice-title">{title}</h2>
      <p>{text}</p>
      <Problem text={task.problem} />
      <div class="buttons">
        <button type="button" class="button" onClick={onClose}>
          {words.cancel}
        </button>
        {options.map((option, i) => (
          <WorkButton
            key={option.label}
            class={i === options.length - 1 ? "button main danger" : "button danger"}
            busy={task.busy}
            label={option.label}
            busyLabel={option.label}
            onClick={() => run(option.run)}
          />
        ))}
      </div>
    </dialog>
  );
}

interface ConfirmProps extends Omit<ChoiceProps, "options"> {
  confirm: string;
  onConfirm: () => Promise<void>;
}

/** Confirm asks before something that cannot be taken back. */
export function Confirm({ confirm, onConfirm, ...rest }: ConfirmProps) {
  return <Choice {...rest} options={[{ label: confirm, run: onConfirm }]} />;
}

import { useState } from "preact/hooks";
import { useTask } from "./hooks";
import { Problem, WorkButton } from "./parts";

interface OnceProps {
  label: string;
  busy: string;
  text: string;
  done: string;
  explain: (problem: string) => string;
  run: () => Promise<void>;
}

/** Once is a button for something that is begun here and ends by itself, later. */
export function Once({ label, busy, text, done, explain, run }: OnceProps) {
  const task = useTask(explain);
  const [begun, setBegun] = useState(false);
  const press = () =>
    task.run(async () => {
      setBegun(false);
      await run();
      setBegun(true);
    });
  return (
    <>
      <p>{text}</p>
      <WorkButton class="button line" busy={task.busy} label={label} busyLabel={busy} onClick={press} />
      <p role="status">{begun ? done : ""}</p>
      <Problem text={task.problem} />
    </>
  );
}

import type { Contact } from "../../api";
import { words } from "../words";
import { useAround } from "./context";
import { useTask } from "./hooks";
import { Icon, Problem, WorkButton } from "./parts";

const { sync } = words;

/** SyncBanner says that messages cannot be read because the keys fell out of step, and mends it with one button. */
export function SyncBanner({ contact }: { contact: Contact }) {
  const { actions } = useAround();
  const task = useTask(sync.failed);
  const state = contact.sync;
  if (!state) return null;
  const waits = state === "needed" || state === "allowed";
  return (
    <div class="banner" role="status">
      <div class="column">
        <Icon name="alert" class={state === "needed" ? "warning" : ""} />
        <p>{sync[state]}</p>
        {waits && <WorkButton class="button" busy={task.busy} label={sync.button} busyLabel={sync.busy} onClick={() => task.run(() => actions.resync(contact.id))} />}
        <Problem text={task.problem} />
      </div>
    </div>
  );
}

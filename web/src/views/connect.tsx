import { useState } from "preact/hooks";
import { words } from "../words";
import { useAround } from "./context";
import { NameField, nameProblem } from "./first-run";
import { useTask } from "./hooks";
import { meaning, obstacle, useInspection } from "./inspection";
import { Problem, WorkButton } from "./parts";

interface ConnectProps {
  link: string;
  ready: boolean;
  /** There is no name yet: ask for it here. */
  nameless: boolean;
}

/** Connect says what a link in the page's address is, and opens it when the person agrees. */
export function Connect({ link, ready, nameless }: ConnectProps) {
  const { actions, replace } = useAround();
  const [asksName] = useState(nameless);
  const [name, setName] = useState("");
  const [refused, setRefused] = useState("");
  const task = useTask(words.open.failed);
  const found = useInspection(link, ready);
  const obstructed = obstacle(found);
  const needsName = nameless || asksName;
  const connect = (e: Event) => {
    e.preventDefault();
    const wrong = needsName ? nameProblem(name) : "";
    setRefused(wrong);
    if (wrong || obstructed) return;
    task.run(async () => {
      if (needsName) await actions.rename(name.trim());
      const contact = await actions.connect(link);
      replace({ view: "conversation", id: contact.id });
      void actions.keepStorage();
    });
  };
  return (
    <form onSubmit={connect} noValidate>
      <div>
        <h1 tabIndex={-1}>{words.connect.title}</h1>
        <p class="lead">{obstructed ? "" : meaning(found) || words.connect.invitation}</p>
      </div>
      {needsName && !obstructed && (
        <NameField id="name" autoFocus label={words.firstRun.label} hint={words.firstRun.hint} value={name} onInput={setName} />
      )}
      <Problem text={refused || task.problem || obstructed} />
      {!obstructed && <WorkButton class="button main wide" busy={task.busy} label={words.connect.button} busyLabel={words.open.connecting} />}
      <button type="button" class={obstructed ? "button main wide" : "button wide"} onClick={() => replace({ view: "list" })}>
        {obstructed ? words.connect.leave : words.connect.later}
      </button>
    </form>
  );
}

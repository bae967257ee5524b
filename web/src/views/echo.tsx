import { words } from "../words";
import { useAround } from "./context";
import { useTask, type Task } from "./hooks";
import { Icon, Problem } from "./parts";

function useEcho(): Task & { talk: () => void } {
  const { actions, go } = useAround();
  const task = useTask(words.start.echoFailed);
  const talk = () =>
    task.run(async () => {
      const contact = await actions.talkToEcho();
      go({ view: "conversation", id: contact.id });
    });
  return { ...task, talk };
}

/** EchoButton connects to the contact that answers, for those with nobody at hand. */
export function EchoButton() {
  const { busy, problem, talk } = useEcho();
  return (
    <>
      <button type="button" class="button line" aria-disabled={busy} aria-describedby="echo-hint" onClick={talk}>
        {busy ? words.start.connecting : words.list.echo}
      </button>
      <p class="hint" id="echo-hint">
        {words.list.echoText}
      </p>
      <Problem text={problem} />
    </>
  );
}

export function EchoChoice() {
  const { busy, problem, talk } = useEcho();
  return (
    <>
      <button type="button" class="choice quiet" aria-disabled={busy} onClick={talk}>
        <span class="spot">
          <Icon name="chat" />
        </span>
        <span>
          <strong>{busy ? words.start.connecting : words.start.echo}</strong>
          <small>{words.start.echoText}</small>
        </span>
        <Icon name="next" class="flip" />
      </button>
      <Problem text={problem} />
    </>
  );
}

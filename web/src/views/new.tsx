import { useState } from "preact/hooks";
import { words } from "../words";
import { useAround } from "./context";
import { EchoChoice } from "./echo";
import { useTask } from "./hooks";
import { BackButton, Go, Icon, Problem, Switch } from "./parts";

/** New offers the two ways to begin a conversation. */
export function New({ echo }: { echo: boolean }) {
  const { actions, replace } = useAround();
  const [incognito, setIncognito] = useState(false);
  const invite = useTask(words.start.inviteFailed);
  const start = () =>
    invite.run(async () => {
      const contact = await actions.invite(incognito);
      replace({ view: "conversation", id: contact.id });
    });
  return (
    <>
      <div class="bar">
        <BackButton />
        <h1 class="bar-title" tabIndex={-1}>
          {words.start.title}
        </h1>
      </div>
      <div class="scroll">
        <div class="page">
          <div class="choices">
            <button type="button" class="choice" aria-disabled={invite.busy} onClick={start}>
              <span class="spot">
                <Icon name="invite" />
              </span>
              <span>
                <strong>{invite.busy ? words.start.inviting : words.start.invite}</strong>
                <small>{words.start.inviteText}</small>
              </span>
              <Icon name="next" class="flip" />
            </button>
            <Problem text={invite.problem} />
            <Go to={{ view: "open" }} class="choice">
              <span class="spot">
                <Icon name="link" />
              </span>
              <span>
                <strong>{words.start.open}</strong>
                <small>{words.start.openText}</small>
              </span>
              <Icon name="next" class="flip" />
            </Go>
            <Go to={{ view: "address" }} class="choice quiet">
              <span class="spot">
                <Icon name="person" />
              </span>
              <span>
                <strong>{words.start.address}</strong>
                <small>{words.start.addressText}</small>
              </span>
              <Icon name="next" class="flip" />
            </Go>
            {echo && <EchoChoice />}
          </div>
          <Switch label={words.connect.incognito} hint={words.start.incognito} on={incognito} onChange={setIncognito} />
        </div>
      </div>
    </>
  );
}

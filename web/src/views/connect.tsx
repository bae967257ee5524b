import { useRef, useState } from "preact/hooks";
import { isReserved } from "../route";
import type { Greeting } from "../state/people";
import { words } from "../words";
import { useAround } from "./context";
import { NameField, nameProblem } from "./first-run";
import { GreetingFields, WhoIsBehind } from "./greeting";
import { useTask } from "./hooks";
import { obstacle, somebody, useBehind, useInspection } from "./inspection";
import { InApp } from "./linkpage";
import { Go, Problem, WorkButton } from "./parts";

interface ConnectProps {
  link: string;
  ready: boolean;
  /** There is no name yet: ask for it here. */
  nameless: boolean;
}

/** Connect says what a link in the page's address is, and opens it when the person agrees. */
export function Connect({ link, ready, nameless }: ConnectProps) {
  const { actions, replace } = useAround();
  const [name, setName] = useState("");
  const [named, setNamed] = useState(false);
  const [greeting, setGreeting] = useState<Greeting>({});
  const [refused, setRefused] = useState("");
  const task = useTask(words.open.failed);
  const found = useInspection(link, ready);
  const needsName = nameless || (named && task.busy); // the field stays while its name is stored
  // Who has no name here may be about to open the link in the app: it is left to them until they begin to write one.
  const once = isReserved(link);
  const taken = useRef(false);
  taken.current ||= !needsName || name.trim() !== "";
  const behind = useBehind(link, found, !once || taken.current);
  const obstructed = obstacle(found) || obstacle(behind.info);
  const connect = (e: Event) => {
    e.preventDefault();
    const wrong = needsName ? nameProblem(name) : "";
    setRefused(wrong);
    if (wrong || obstructed) return;
    setNamed(needsName);
    task.run(async () => {
      if (needsName) await actions.begin(name.trim());
      const contact = await actions.connect(link, greeting);
      replace({ view: "conversation", id: contact.id });
      void actions.keepStorage();
    });
  };
  const known = behind.info?.contactId ?? "";
  return (
    <form onSubmit={connect} noValidate>
      <h1 tabIndex={-1}>{words.connect.title}</h1>
      {!obstructed && (found ? <WhoIsBehind found={found} behind={once ? somebody(behind) : behind} known={known !== ""} /> : <p class="lead">{words.connect.invitation}</p>)}
      {known && !obstructed ? (
        <Known id={known} />
      ) : (
        <>
          {needsName && !obstructed && (
            <NameField id="name" autoFocus label={words.firstRun.label} hint={words.firstRun.hint} value={name} onInput={setName} />
          )}
          {!obstructed && <GreetingFields greeting={greeting} named={!needsName} onChange={setGreeting} />}
          <Problem text={refused || task.problem || obstructed} />
          {!obstructed && <WorkButton class="button main wide" busy={task.busy} label={words.connect.button} busyLabel={words.open.connecting} />}
        </>
      )}
      {!obstructed && (needsName || !once) && <InApp link={link} left={!once || !taken.current} />}
      <button type="button" class={obstructed ? "button main wide" : "button wide"} onClick={() => replace({ view: "list" })}>
        {obstructed ? words.connect.leave : words.connect.later}
      </button>
    </form>
  );
}

/** Known leads to the conversation that a link led to before. */
export function Known({ id }: { id: string }) {
  return (
    <Go to={{ view: "conversation", id }} class="button main wide">
      {words.connect.toKnown}
    </Go>
  );
}

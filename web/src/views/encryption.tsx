import { useEffect, useState } from "preact/hooks";
import type { Contact, SecurityCode } from "../../api";
import { messageOf } from "../state/call";
import { words } from "../words";
import { useAround } from "./context";
import { useTask } from "./hooks";
import { Once } from "./once";
import { Icon, Problem, Switch, WorkButton } from "./parts";
import { Qr } from "./qr";

const { details, code: texts } = words;

/** Encryption says how a conversation is protected, and how that can be checked and changed. */
export function Encryption({ contact }: { contact: Contact }) {
  const { actions } = useAround();
  const [showing, setShowing] = useState(false);
  const connected = contact.state === "connected";
  const agreed = connected || contact.state === "ended";
  const several = contact.kind !== "person";
  return (
    <section class="section">
      <h3>{details.encryption}</h3>
      {agreed && <p class="fact">{contact.postQuantum ? words.contact.postQuantum : words.contact.encrypted}</p>}
      <p>{agreed ? meaning(contact) : details.notYet}</p>
      {connected && !several && (
        <>
          {contact.verified && (
            <p class="note good">
              <Icon name="shield" />
              <span>{texts.verified}</span>
            </p>
          )}
          {showing ? (
            <Code contact={contact} />
          ) : (
            <button type="button" class="button line" onClick={() => setShowing(true)}>
              {texts.show}
            </button>
          )}
          <Quantum contact={contact} />
          {contact.sync && (
            <Once label={words.sync.button} busy={words.sync.busy} text={words.sync[contact.sync]} done={details.repaired} explain={words.sync.failed} run={() => actions.resync(contact.id)} />
          )}
        </>
      )}
    </section>
  );
}

// The ratchet follows with the next messages: until then the switch shows what was asked for.
function Quantum({ contact }: { contact: Contact }) {
  const { actions } = useAround();
  const [wish, setWish] = useState(contact.postQuantum);
  const task = useTask(details.quantumFailed);
  useEffect(() => setWish(contact.postQuantum), [contact.postQuantum]);
  const change = (on: boolean) =>
    task.run(async () => {
      await actions.setPostQuantum(contact.id, on);
      setWish(on);
    });
  return (
    <>
      <Switch label={details.quantum} on={wish} busy={task.busy} onChange={change} {...(wish === contact.postQuantum ? {} : { hint: details.quantumSoon })} />
      <Problem text={task.problem} />
    </>
  );
}

function meaning({ kind, postQuantum }: Contact): string {
  if (kind !== "person") return details.several;
  return postQuantum ? details.postQuantum : details.classic;
}

function Code({ contact }: { contact: Contact }) {
  const { actions } = useAround();
  const [code, setCode] = useState<SecurityCode | null>(null);
  const [failed, setFailed] = useState("");
  const task = useTask(texts.failed);
  // New keys make another code.
  useEffect(() => {
    let current = true;
    actions.securityCode(contact.id).then((c) => current && setCode(c), (e: unknown) => current && setFailed(messageOf(e)));
    return () => {
      current = false;
    };
  }, [contact]);
  if (failed) return <Problem text={failed} />;
  if (!code) return <div class="code skeleton"><span class="bone" /></div>;
  if (!code.code) return <p>{texts.none}</p>;
  const verify = () => task.run(() => actions.verify(contact.id, !contact.verified));
  return (
    <div class="code">
      <h4>{texts.title}</h4>
      <Qr text={code.code.replaceAll(" ", "")} label={texts.qr} />
      <p class="digits" dir="ltr">
        {code.code.split(/\s+/).map((group, i) => (
          <span key={i}>{group} </span>
        ))}
      </p>
      <p>{texts.text}</p>
      <WorkButton
        class={contact.verified ? "button line" : "button main"}
        busy={task.busy}
        label={contact.verified ? texts.unmark : texts.mark}
        busyLabel={contact.verified ? texts.unmark : texts.mark}
        onClick={verify}
      />
      <p>{texts.changed}</p>
      <Problem text={task.problem} />
    </div>
  );
}

import type { LinkInfo } from "../../api";
import type { Greeting } from "../state/people";
import { words } from "../words";
import { meaning, type Behind, type Inspected } from "./inspection";
import { Avatar, Switch } from "./parts";
import { RichText } from "./richtext";

const { connect } = words;

/** WhoIsBehind shows whose link it is before anything is sent: the place is kept while a relay is asked. */
export function WhoIsBehind({ found, behind, known }: { found: Inspected; behind: Behind; known: boolean }) {
  const { info } = behind;
  if (behind.asking) {
    return (
      <div class="behind skeleton" role="status" aria-label={connect.looking}>
        <span class="avatar plain" />
        <span class="bone" />
        <span class="bone" />
      </div>
    );
  }
  return (
    <div role="status" class="behind-all">
      {info?.name && <Card info={info} />}
      <p class="lead">{known ? connect.known : meaning(found)}</p>
      {behind.problem && <p class="hint">{behind.problem}</p>}
    </div>
  );
}

function Card({ info }: { info: LinkInfo }) {
  const profile = { displayName: info.name, fullName: info.fullName, image: info.image };
  return (
    <>
      <div class="behind">
        <Avatar profile={profile} />
        <strong dir="auto">{info.name}</strong>
        <span>{connect.kinds[info.kind]}</span>
      </div>
      {(info.description || info.fullName) && <p dir="auto">{info.description || info.fullName}</p>}
      {info.message && (
        <blockquote class="bubble">
          <div class="text" dir="auto">
            <RichText text={info.message} />
          </div>
        </blockquote>
      )}
    </>
  );
}

interface GreetingProps {
  greeting: Greeting;
  /** There is a name that another can stand in for. */
  named: boolean;
  onChange: (greeting: Greeting) => void;
}

/** GreetingFields are what goes along with the opening of a link. */
export function GreetingFields({ greeting, named, onChange }: GreetingProps) {
  return (
    <>
      <div class="field">
        <label for="greeting">{connect.message}</label>
        <textarea
          id="greeting"
          class="input"
          rows={2}
          dir="auto"
          value={greeting.message ?? ""}
          onInput={(e) => onChange({ ...greeting, message: e.currentTarget.value })}
        />
      </div>
      {named && (
        <Switch label={connect.incognito} hint={connect.incognitoText} on={greeting.incognito ?? false} onChange={(incognito) => onChange({ ...greeting, incognito })} />
      )}
    </>
  );
}

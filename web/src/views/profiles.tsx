import { useState } from "preact/hooks";
import type { Contact, OwnProfile } from "../../api";
import { ofProfile, unreadTotal } from "../state/contacts";
import { words } from "../words";
import { useAround } from "./context";
import { Confirm } from "./dialog";
import { NameField, nameProblem } from "./first-run";
import { useTask } from "./hooks";
import { Avatar, Icon, Problem, WorkButton } from "./parts";

const { profiles: texts } = words;

interface ProfilesProps {
  profiles: readonly OwnProfile[];
  currentId: string;
  contacts: ReadonlyMap<string, Contact>;
}

/** Profiles lists the person's own ones: to use another, add one, or delete one. */
export function Profiles({ profiles, currentId, contacts }: ProfilesProps) {
  const { actions } = useAround();
  const [deleting, setDeleting] = useState<OwnProfile | null>(null);
  const task = useTask(texts.switchFailed);
  return (
    <>
      <p class="lead">{texts.text}</p>
      <ul class="own-profiles">
        {profiles.map((own) => (
          <li key={own.id}>
            <Own
              own={own}
              current={own.id === currentId}
              unread={own.id === currentId ? 0 : unreadTotal(ofProfile(contacts, own.id))}
              onUse={() => task.run(() => actions.switchProfile(own.id))}
              onDelete={profiles.length > 1 ? () => setDeleting(own) : undefined}
            />
          </li>
        ))}
      </ul>
      <Problem text={task.problem} />
      <AddProfile />
      {deleting && (
        <Confirm
          title={texts.deleteTitle(deleting.profile.displayName)}
          text={texts.deleteText}
          confirm={words.list.delete}
          explain={texts.deleteFailed}
          onClose={() => setDeleting(null)}
          onConfirm={() => actions.deleteProfile(deleting.id)}
        />
      )}
    </>
  );
}

interface OwnProps {
  own: OwnProfile;
  current: boolean;
  unread: number;
  onUse: () => void;
  onDelete: (() => void) | undefined;
}

function Own({ own, current, unread, onUse, onDelete }: OwnProps) {
  const name = own.profile.displayName;
  return (
    <div class="own-profile">
      <button type="button" class="entrance" aria-current={current || undefined} onClick={() => !current && onUse()}>
        <Avatar profile={own.profile} />
        <span>
          {!current && <span class="hidden">{texts.use} </span>}
          <strong dir="auto">{name}</strong>
          {(current || unread > 0) && <small>{current ? texts.current : texts.unread(unread)}</small>}
        </span>
        {current && <Icon name="check" />}
      </button>
      {onDelete && (
        <button type="button" class="round" aria-label={texts.delete(name)} onClick={onDelete}>
          <Icon name="trash" />
        </button>
      )}
    </div>
  );
}

function AddProfile() {
  const { actions } = useAround();
  const [name, setName] = useState("");
  const [refused, setRefused] = useState("");
  const task = useTask(texts.addFailed);
  const add = (e: Event) => {
    e.preventDefault();
    const wrong = nameProblem(name);
    setRefused(wrong);
    if (wrong) return;
    task.run(async () => {
      await actions.addProfile(name.trim());
      setName("");
    });
  };
  const suggest = () => task.run(async () => setName(await actions.suggestName()));
  return (
    <section class="section">
      <h2>{texts.add}</h2>
      <form onSubmit={add} noValidate>
        <NameField id="new-profile" label={texts.name} hint={words.firstRun.hint} value={name} onInput={(value) => (setName(value), setRefused(""))} />
        <Problem text={refused || task.problem} />
        <div class="buttons across">
          <WorkButton class="button main" busy={task.busy} label={texts.add} busyLabel={texts.adding} />
          <button type="button" class="button line" onClick={suggest}>
            {texts.random}
          </button>
        </div>
      </form>
    </section>
  );
}

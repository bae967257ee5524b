import { useState } from "preact/hooks";
import type { Profile } from "../../api";
import { words } from "../words";
import { useAround } from "./context";
import { NameField, nameProblem } from "./first-run";
import { useTask } from "./hooks";
import { Avatar, Problem, WorkButton } from "./parts";
import { shrink } from "./shrink";

const { settings } = words;

/** Characters of the line about oneself. */
const longest = 160;

type Fields = Required<Pick<Profile, "displayName" | "description" | "image">>;

const fieldsOf = (profile: Profile | null): Fields => ({
  displayName: profile?.displayName ?? "",
  description: profile?.description ?? "",
  image: profile?.image ?? "",
});

function problemOf({ displayName, description }: Fields): string {
  return nameProblem(displayName) || ([...description].length > longest ? settings.descriptionLong : "");
}

/** ProfileForm changes what the person's contacts see of them. */
export function ProfileForm({ profile }: { profile: Profile | null }) {
  const { actions } = useAround();
  const [edited, setEdited] = useState<Partial<Fields>>({});
  const [saved, setSaved] = useState(false);
  const [refused, setRefused] = useState("");
  const task = useTask(words.firstRun.failed);
  const current = fieldsOf(profile);
  const fields = { ...current, ...edited };
  const changed = (["displayName", "description", "image"] as const).some((key) => fields[key].trim() !== current[key]);
  const edit = (next: Partial<Fields>) => {
    setEdited({ ...edited, ...next });
    setSaved(false);
    setRefused("");
  };
  const save = (e: Event) => {
    e.preventDefault();
    const wrong = problemOf(fields);
    setRefused(wrong);
    if (wrong || !changed) return;
    task.run(async () => {
      await actions.changeProfile({ displayName: fields.displayName.trim(), description: fields.description.trim(), image: fields.image });
      setEdited({});
      setSaved(true);
    });
  };
  return (
    <form onSubmit={save} noValidate>
      <PictureField fields={fields} onPick={(image) => edit({ image })} onProblem={setRefused} />
      <NameField id="own-name" label={settings.name} hint={settings.nameHint} value={fields.displayName} onInput={(displayName) => edit({ displayName })} />
      <div class="field">
        <label for="own-line">{settings.description}</label>
        <input id="own-line" class="input" dir="auto" autocomplete="off" aria-describedby="own-line-hint" value={fields.description} onInput={(e) => edit({ description: e.currentTarget.value })} />
        <p class="hint" id="own-line-hint">
          {settings.descriptionHint}
        </p>
      </div>
      <Problem text={refused || task.problem} />
      <WorkButton class="button main wide" busy={task.busy} disabled={!changed} label={saved ? settings.saved : settings.save} busyLabel={settings.save} />
      <p class="hidden" role="status">
        {saved ? settings.saved : ""}
      </p>
    </form>
  );
}

function PictureField({ fields, onPick, onProblem }: { fields: Fields; onPick: (image: string) => void; onProblem: (problem: string) => void }) {
  const choose = (e: Event & { currentTarget: HTMLInputElement }) => {
    const [file, input] = [e.currentTarget.files?.[0], e.currentTarget];
    if (!file) return;
    shrink(file).then(onPick, () => onProblem(settings.pictureFailed));
    input.value = ""; // the same file may be chosen again
  };
  return (
    <div class="portrait">
      <Avatar profile={{ displayName: fields.displayName, fullName: "", image: fields.image }} />
      <div class="buttons">
        <label class="button line">
          {settings.choosePicture}
          <input type="file" class="hidden" accept="image/*" onChange={choose} />
        </label>
        {fields.image && (
          <button type="button" class="button" onClick={() => onPick("")}>
            {settings.removePicture}
          </button>
        )}
      </div>
    </div>
  );
}

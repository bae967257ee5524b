import { useState } from "preact/hooks";
import type { Profile, Relay, Storage } from "../../api";
import { words } from "../words";
import { useAround } from "./context";
import { BringCopy, SaveCopy } from "./copy";
import { NameField, nameProblem } from "./first-run";
import { useTask } from "./hooks";
import { BackButton, Problem, WorkButton } from "./parts";

interface SettingsProps {
  profile: Profile | null;
  relays: readonly Relay[];
  storage: Storage | null;
  version: string;
}

const { settings } = words;

export function Settings({ profile, relays, storage, version }: SettingsProps) {
  return (
    <>
      <div class="bar">
        <BackButton />
        <h1 class="bar-title" tabIndex={-1}>
          {settings.title}
        </h1>
      </div>
      <div class="scroll">
        <div class="page">
          <YourName profile={profile} />
          <Relays relays={relays} />
          {storage && <Kept storage={storage} />}
          <SaveCopy />
          {storage?.kind !== "memory" && <BringCopy />}
          <section class="section">
            <h2>{settings.limits}</h2>
            <ul class="bullets">
              {settings.limitsList.map((limit) => (
                <li key={limit}>{limit}</li>
              ))}
            </ul>
          </section>
          <section class="section">
            <h2>{settings.version}</h2>
            <p>{version}</p>
          </section>
        </div>
      </div>
    </>
  );
}

function YourName({ profile }: { profile: Profile | null }) {
  const { actions } = useAround();
  const [edited, setEdited] = useState<string | null>(null);
  const [saved, setSaved] = useState(false);
  const [refused, setRefused] = useState("");
  const task = useTask(words.firstRun.failed);
  const current = profile?.displayName ?? "";
  const name = edited ?? current;
  const save = (e: Event) => {
    e.preventDefault();
    const wrong = nameProblem(name);
    setRefused(wrong);
    if (wrong || name.trim() === current) return;
    task.run(async () => {
      await actions.rename(name.trim());
      setEdited(null);
      setSaved(true);
    });
  };
  return (
    <section class="section">
      <form onSubmit={save} noValidate>
        <NameField
          id="own-name"
          label={settings.name}
          hint={saved ? settings.saved : settings.nameHint}
          value={name}
          onInput={(value) => {
            setEdited(value);
            setSaved(false);
            setRefused("");
          }}
        />
        <Problem text={refused || task.problem} />
        {name.trim() !== current && <WorkButton class="button main" busy={task.busy} label={settings.save} busyLabel={settings.save} />}
      </form>
    </section>
  );
}

const relayWords: Record<Relay["state"], { text: string; tone: string }> = {
  up: { text: settings.up, tone: "good" },
  connecting: { text: settings.connecting, tone: "" },
  down: { text: settings.down, tone: "bad" },
};

function Relays({ relays }: { relays: readonly Relay[] }) {
  return (
    <section class="section">
      <h2>{settings.relay}</h2>
      {!relays.length && <p>{settings.noRelay}</p>}
      {relays.map((relay) => (
        <div key={relay.address}>
          <p class="fact">
            <span>{relay.host}</span>
            <span class={relayWords[relay.state].tone} role="status">
              {relayWords[relay.state].text}
            </span>
          </p>
          {relay.state === "down" && <p>{relay.problem}</p>}
          <p class="mono" dir="ltr">
            {relay.address}
          </p>
        </div>
      ))}
      <p>{settings.relayText}</p>
    </section>
  );
}

function Kept({ storage }: { storage: Storage }) {
  const { actions } = useAround();
  const [refused, setRefused] = useState(false);
  const ask = () => void actions.keepStorage().then((granted) => setRefused(!granted));
  const memory = storage.kind === "memory";
  return (
    <section class="section">
      <h2>{settings.storage}</h2>
      <p>{memory ? storage.problem || settings.memory : storage.persisted ? settings.kept : settings.mayClear}</p>
      {!memory && !storage.persisted && (
        <button type="button" class="button line" onClick={ask}>
          {settings.keep}
        </button>
      )}
      {refused && <p role="status">{settings.notGranted}</p>}
    </section>
  );
}

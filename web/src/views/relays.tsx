import { useState } from "preact/hooks";
import type { Relay, RelayTest } from "../../api";
import { words } from "../words";
import { useAround } from "./context";
import { Confirm } from "./dialog";
import { useTask } from "./hooks";
import { Problem, Switch, WorkButton } from "./parts";

const { relays: texts, settings } = words;

const stateWords: Record<Relay["state"], { text: string; tone: string }> = {
  up: { text: settings.up, tone: "good" },
  connecting: { text: settings.connecting, tone: "" },
  down: { text: settings.down, tone: "bad" },
};

/** RelaySettings lists the relays where messages wait for the person. */
export function RelaySettings({ relays }: { relays: readonly Relay[] }) {
  const inUse = relays.filter((r) => r.enabled).length;
  return (
    <>
      <p class="lead">{relays.length ? texts.text : settings.noRelay}</p>
      {relays.map((relay) => (
        <RelayEntry key={relay.address} relay={relay} lastOne={relay.enabled && inUse === 1} />
      ))}
      <AddRelay />
    </>
  );
}

function RelayEntry({ relay, lastOne }: { relay: Relay; lastOne: boolean }) {
  const { actions } = useAround();
  const [removing, setRemoving] = useState(false);
  const task = useTask(texts.failed);
  const { text, tone } = stateWords[relay.state];
  return (
    <section class="section">
      <h2 class="fact">
        <span dir="ltr">{relay.host}</span>
        <span class={tone} role="status">
          {text}
        </span>
      </h2>
      {relay.state === "down" && <p>{relay.problem}</p>}
      <p class="mono" dir="ltr">
        {relay.address}
      </p>
      <Switch
        label={texts.use}
        hint={lastOne ? texts.lastOne : relay.own ? texts.own : texts.site}
        on={relay.enabled}
        busy={lastOne || task.busy}
        onChange={(on) => task.run(() => actions.setRelay(relay.address, on))}
      />
      <Problem text={task.problem} />
      <div class="buttons inline">
        <TestButton address={relay.address} />
        {relay.own && (
          <button type="button" class="button danger" onClick={() => setRemoving(true)}>
            {texts.remove}
          </button>
        )}
      </div>
      {removing && (
        <Confirm
          title={texts.removeTitle(relay.host)}
          text={texts.removeText}
          confirm={texts.remove}
          explain={texts.failed}
          onClose={() => setRemoving(false)}
          onConfirm={() => actions.removeRelay(relay.address)}
        />
      )}
    </section>
  );
}

function TestButton({ address }: { address: string }) {
  const { actions } = useAround();
  const [tested, setTested] = useState<RelayTest | null>(null);
  const task = useTask(texts.failed);
  const test = () =>
    task.run(async () => {
      setTested(null);
      setTested(await actions.testRelay(address));
    });
  return (
    <>
      <WorkButton class="button line" busy={task.busy} label={texts.test} busyLabel={texts.testing} onClick={test} />
      <span class={tested?.ok ? "good" : "bad"} role="status">
        {tested ? (tested.ok ? texts.works : tested.problem) : task.problem}
      </span>
    </>
  );
}

function AddRelay() {
  const { actions } = useAround();
  const [address, setAddress] = useState("");
  const task = useTask(texts.failed);
  const add = (e: Event) => {
    e.preventDefault();
    if (!address.trim()) return;
    task.run(async () => {
      await actions.addRelay(address.trim());
      setAddress("");
    });
  };
  return (
    <section class="section">
      <h2>{texts.add}</h2>
      <form onSubmit={add} noValidate>
        <div class="field">
          <label for="relay-address">{texts.address}</label>
          <input
            id="relay-address"
            class="input mono"
            dir="ltr"
            autocomplete="off"
            autocapitalize="off"
            spellcheck={false}
            aria-describedby="relay-hint"
            value={address}
            onInput={(e) => setAddress(e.currentTarget.value)}
          />
          <p class="hint" id="relay-hint">
            {texts.addressHint}
          </p>
        </div>
        <Problem text={task.problem} />
        <WorkButton class="button line" busy={task.busy} disabled={!address.trim()} label={texts.add} busyLabel={texts.adding} />
      </form>
    </section>
  );
}

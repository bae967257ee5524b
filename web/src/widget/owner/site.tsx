import { useId, useState } from "preact/hooks";
import type { Address, OwnProfile } from "../../../api";
import { CopyButton, Go, Switch } from "../../views/parts";
import { words } from "../../words";
import { Preview } from "./preview";
import { plain, snippetOf, type Choices, type Pinned } from "./snippet";

/** The widget's script of this build. Set by build.mjs. */
declare const WIDGET: Pinned;

const { site } = words;

/** Site is where the owner of a web site gets the line that puts the widget on it. */
export function Site({ own }: { own: OwnProfile | undefined }) {
  if (own?.address) return <Widget own={own} address={own.address} />;
  return (
    <>
      <p class="lead">{site.lead}</p>
      <p>{site.noAddress}</p>
      <Go to={{ view: "address" }} class="button main wide">
        {words.address.make}
      </Go>
    </>
  );
}

function Widget({ own, address }: { own: OwnProfile; address: Address }) {
  const [choices, setChoices] = useState(plain);
  const [pins, setPins] = useState(false);
  const change = (some: Partial<Choices>) => setChoices((all) => ({ ...all, ...some }));
  const snippet = snippetOf(location.origin, address.short || address.link, choices, pins ? WIDGET : null);
  return (
    <>
      <p class="lead">{site.lead}</p>
      <section class="section site-form">
        <h2>{site.line}</h2>
        <textarea class="input mono site-line" readOnly rows={6} dir="ltr" aria-label={site.line} value={snippet} onFocus={(e) => e.currentTarget.select()} />
        <div class="buttons">
          <CopyButton text={snippet} class="button main" label={site.copy} />
        </div>
        <p>{site.lineHint}</p>
        <p class="mono" dir="ltr">
          script-src {location.origin};<br />
          frame-src {location.origin}
        </p>
        <Switch label={site.pin} hint={site.pinHint} on={pins} onChange={setPins} />
      </section>
      <section class="section site-form">
        <h2>{site.preview}</h2>
        <Preview choices={choices} profile={own.profile} welcome={address.welcome} />
      </section>
      <section class="section site-form">
        <h2>{site.look}</h2>
        <Text label={site.title} hint={site.titleHint} value={choices.title} most={60} onInput={(title) => change({ title })} />
        <Text label={site.greeting} hint={site.greetingHint} value={choices.greeting} most={1000} onInput={(greeting) => change({ greeting })} />
        <Text label={site.text} hint={site.textHint} value={choices.text} most={40} onInput={(text) => change({ text })} />
        <Colour value={choices.accent} onChange={(accent) => change({ accent })} />
        <Choose label={site.theme} options={site.themes} value={choices.theme} onChange={(theme) => change({ theme })} />
        <Choose label={site.position} options={site.positions} value={choices.position} onChange={(position) => change({ position })} />
      </section>
      <section class="section site-form">
        <h2>{site.asks}</h2>
        <Choose label={site.name} options={site.names} value={choices.name} onChange={(name) => change({ name })} />
        <Text label={site.consent} hint={site.consentHint} value={choices.consent} most={1000} onInput={(consent) => change({ consent })} />
        <Text label={site.offline} hint={site.offlineHint} value={choices.offline} most={500} onInput={(offline) => change({ offline })} />
        <Switch label={site.sound} hint={site.soundHint} on={choices.sound} onChange={(sound) => change({ sound })} />
      </section>
      <section class="section site-form">
        <h2>{site.requests}</h2>
        <p>{address.autoAccept ? site.acceptsAll : site.acceptsByHand}</p>
        <Go to={{ view: "address" }} class="button">
          {words.address.title}
        </Go>
      </section>
    </>
  );
}

function Text({ label, hint, value, most, onInput }: { label: string; hint: string; value: string; most: number; onInput: (value: string) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input id={id} class="input" dir="auto" autocomplete="off" maxLength={most} aria-describedby={`${id}-hint`} value={value} onInput={(e) => onInput(e.currentTarget.value)} />
      <p class="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}

function Choose<T extends string>({ label, options, value, onChange }: { label: string; options: Record<T, string>; value: T; onChange: (value: T) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} class="input" value={value} onChange={(e) => onChange(e.currentTarget.value as T)}>
        {Object.entries<string>(options).map(([option, text]) => (
          <option key={option} value={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

function Colour({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <div class="field">
      <label for="site-colour">{site.colour}</label>
      <div class="inline">
        <input id="site-colour" class="input site-colour" type="color" value={value || "#006a67"} onInput={(e) => onChange(e.currentTarget.value)} />
        {value && (
          <button type="button" class="button" onClick={() => onChange("")}>
            {site.usualColour}
          </button>
        )}
      </div>
      <p class="hint">{site.colourHint}</p>
    </div>
  );
}

import type { OwnProfile, Relay, Storage } from "../../api";
import type { Route, SettingsPart } from "../route";
import type { State } from "../state/state";
import { words } from "../words";
import { Site } from "../widget/owner/site";
import { About } from "./about";
import { BringCopy, SaveCopy } from "./copy";
import { Kept } from "./kept";
import { LockSettings } from "./lock";
import { Avatar, BackButton, Go, Icon, type IconName } from "./parts";
import { ProfileForm } from "./profile";
import { Profiles } from "./profiles";
import { RelaySettings } from "./relays";
import { RoutingSettings } from "./routing";

type SettingsState = Pick<State, "profile" | "profileId" | "profiles" | "contacts" | "relays" | "storage" | "version">;

const { settings } = words;

/** Settings is a list of what can be set, and a page for each. */
export function Settings({ state, part }: { state: SettingsState; part: SettingsPart | undefined }) {
  return (
    <>
      <div class="bar">
        <BackButton always={part !== undefined} />
        <h1 class="bar-title" tabIndex={-1}>
          {titleOf(part)}
        </h1>
      </div>
      <div class="scroll">
        <div class="page">{part ? <Part state={state} part={part} /> : <Index state={state} />}</div>
      </div>
    </>
  );
}

function titleOf(part: SettingsPart | undefined): string {
  const titles: Record<SettingsPart, string> = {
    profile: settings.profile,
    profiles: words.profiles.title,
    relays: settings.relays,
    lock: words.lock.title,
    storage: settings.storage,
    copy: words.copy.title,
    site: words.site.heading,
    about: settings.limits,
  };
  return part ? titles[part] : settings.title;
}

function Part({ state, part }: { state: SettingsState; part: SettingsPart }) {
  const own = state.profiles.find((p) => p.id === state.profileId);
  switch (part) {
    case "profile":
      return <ProfileForm profile={state.profile} />;
    case "profiles":
      return <Profiles profiles={state.profiles} currentId={state.profileId} contacts={state.contacts} />;
    case "relays":
      return <Network relays={state.relays} own={own} />;
    case "lock":
      return state.storage && <LockSettings storage={state.storage} />;
    case "site":
      return <Site own={own} />;
    case "storage":
      return state.storage && <Kept storage={state.storage} />;
    case "copy":
      return <Copies storage={state.storage} />;
    case "about":
      return <About version={state.version} />;
  }
}

function Network({ relays, own }: { relays: readonly Relay[]; own: OwnProfile | undefined }) {
  return (
    <>
      <RelaySettings relays={relays} />
      {own && <RoutingSettings own={own} />}
    </>
  );
}

function Copies({ storage }: { storage: Storage | null }) {
  return (
    <>
      <SaveCopy />
      {storage?.kind !== "memory" && <BringCopy />}
    </>
  );
}

function Index({ state }: { state: SettingsState }) {
  const { storage, profile, profiles } = state;
  return (
    <nav class="index" aria-label={settings.title}>
      {profile && (
        <Go to={{ view: "settings", part: "profile" }} class="entrance me">
          <Avatar profile={profile} />
          <Entrance title={profile.displayName} text={settings.profileText} />
        </Go>
      )}
      <Item icon="link" title={words.address.title} text={settings.addressText} to={{ view: "address" }} />
      <Item icon="chat" title={words.site.heading} text={settings.siteText} to={{ view: "settings", part: "site" }} />
      <Item icon="people" title={settings.profiles} text={settings.profilesText(Math.max(1, profiles.length))} to={{ view: "settings", part: "profiles" }} />
      <Item icon="relay" title={settings.relays} text={settings.relaysText} to={{ view: "settings", part: "relays" }} />
      {storage?.kind !== "memory" && (
        <Item icon="lock" title={words.lock.title} text={storage?.protected ? settings.lockOn : settings.lockText} to={{ view: "settings", part: "lock" }} />
      )}
      <Item icon="file" title={settings.storage} text={settings.storageText} to={{ view: "settings", part: "storage" }} />
      <Item icon="copy" title={words.copy.title} text={settings.copyText} to={{ view: "settings", part: "copy" }} />
      <Item icon="info" title={settings.limits} text={settings.limitsText} to={{ view: "settings", part: "about" }} />
    </nav>
  );
}

function Item({ icon, title, text, to }: { icon: IconName; title: string; text: string; to: Route }) {
  return (
    <Go to={to} class="entrance">
      <span class="spot">
        <Icon name={icon} />
      </span>
      <Entrance title={title} text={text} />
    </Go>
  );
}

function Entrance({ title, text }: { title: string; text: string }) {
  return (
    <>
      <span>
        <strong dir="auto">{title}</strong>
        <small>{text}</small>
      </span>
      <Icon name="next" class="flip" />
    </>
  );
}

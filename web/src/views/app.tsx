import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Route } from "../route";
import type { Actions } from "../state/actions";
import { connectionOf, nameOf, ofProfile, relayProblem, unreadTotal, unsent } from "../state/contacts";
import type { State } from "../state/state";
import type { Store } from "../state/store";
import { words } from "../words";
import { AddressView } from "./address";
import { Connect } from "./connect";
import { ConnectionLine } from "./connection";
import { AroundContext } from "./context";
import { Conversation } from "./conversation";
import { Details } from "./details";
import { FirstRun } from "./first-run";
import { useWide } from "./hooks";
import { hasKeyboard } from "./keyboard";
import { List } from "./list";
import { New } from "./new";
import { Open } from "./open";
import { Go } from "./parts";
import { useRouter } from "./router";
import { Settings } from "./settings";
import { Stopped } from "./stopped";
import { Unlock } from "./unlock";
import { Unreadable } from "./unreadable";

interface AppProps {
  store: Store;
  actions: Actions;
  /** A name was stored in this browser before: show the list while the agent starts. */
  returning: boolean;
}

export function App({ store, actions, returning }: AppProps) {
  const [state, setState] = useState(store.get);
  useEffect(() => {
    const follow = () => setState(store.get());
    follow(); // what changed between the first drawing and now
    return store.subscribe(follow);
  }, []);
  const { route, go, replace, back, leave } = useRouter();
  const around = useMemo(() => ({ actions, go, replace, back, leave }), [actions, go, replace, back, leave]);
  useTitle(state, route);
  useFocusOn(route);
  return <AroundContext.Provider value={around}>{screen(state, route, returning)}</AroundContext.Provider>;
}

function screen(state: State, route: Route, returning: boolean) {
  if (state.phase === "stopped") return <Stopped problem={state.problem} lack={null} started={state.version !== ""} unsent={unsent(state)} />;
  if (state.storage?.kind === "unreadable") return <Unreadable problem={state.storage.problem} />;
  if (state.storage?.kind === "locked") return <Unlock problem={state.storage.problem} />;
  const named = state.profile !== null || state.chosenName !== null || (state.phase === "starting" && returning && !state.nameProblem);
  if (route.view === "connect") {
    return (
      <main class="whole">
        <Connect key={route.link} link={route.link} ready={state.phase === "ready"} nameless={!named} />
      </main>
    );
  }
  return named ? <House state={state} route={route} /> : <FirstRun problem={state.nameProblem} />;
}

/** House is the page in use: the list, and what is open beside it or in its place. */
function House({ state, route }: { state: State; route: Route }) {
  const openId = "id" in route ? route.id : "";
  const connection = connectionOf(state);
  const wide = useWide();
  const contacts = useMemo(() => ofProfile(state.contacts, state.profileId), [state.contacts, state.profileId]);
  // The main part is what a narrow window shows; beside it, the list is navigation.
  const listIsMain = !wide && route.view === "list";
  return (
    <div class="app" data-view={route.view}>
      <div class="side" role={listIsMain ? "main" : "navigation"} aria-label={words.list.label}>
        <List
          ready={state.phase !== "starting"}
          contacts={contacts}
          own={state.profiles.length > 1 ? state.profile : null}
          elsewhere={unreadTotal(state.contacts) - unreadTotal(contacts)}
          storage={state.storage}
          clockError={state.clockError}
          echo={state.echo}
          openId={openId}
        />
        <ConnectionLine connection={connection} problem={relayProblem(state)} />
      </div>
      <div class="pane" role={listIsMain ? undefined : "main"}>
        <Pane state={state} route={route} />
        <ConnectionLine connection={connection} problem={relayProblem(state)} />
      </div>
    </div>
  );
}

function Pane({ state, route }: { state: State; route: Route }) {
  switch (route.view) {
    case "new":
      return <New echo={state.echo && !state.contacts.size} />;
    case "address":
      return <AddressView own={state.profiles.find((p) => p.id === state.profileId)} />;
    case "open":
      return <Open ready={state.phase === "ready"} />;
    case "settings":
      return <Settings state={state} part={route.part} />;
    case "conversation":
    case "details":
      return <Talk state={state} id={route.id} details={route.view === "details"} />;
    default:
      return <Idle state={state} />;
  }
}

// Wide windows only: beside an empty list stands what can be done about it.
function Idle({ state }: { state: State }) {
  if (state.phase === "starting") return null;
  if (!state.contacts.size) return <New echo={state.echo} />;
  return <Standing title={words.pick.title} text={words.pick.text} />;
}

function Talk({ state, id, details }: { state: State; id: string; details: boolean }) {
  const contact = state.contacts.get(id);
  if (!contact) return state.phase === "starting" || state.coming ? null : <Gone />;
  return (
    <>
      <Conversation contact={contact} thread={state.threads.get(id)} />
      {details && <Details contact={contact} relays={state.relays} />}
    </>
  );
}

function Gone() {
  return (
    <div class="scroll empty">
      <h1 tabIndex={-1}>{words.conversation.gone}</h1>
      <p>{words.conversation.goneText}</p>
      <div class="buttons">
        <Go to={{ view: "list" }} class="button line only-narrow">
          {words.list.label}
        </Go>
      </div>
    </div>
  );
}

function Standing({ title, text }: { title: string; text: string }) {
  return (
    <div class="scroll empty">
      <h2>{title}</h2>
      <p>{text}</p>
    </div>
  );
}

function useTitle(state: State, route: Route): void {
  const contact = "id" in route ? state.contacts.get(route.id) : undefined;
  const unread = unreadTotal(state.contacts);
  const title = `${unread ? `(${unread}) ` : ""}${contact ? `${nameOf(contact, words.contact)} · ` : ""}${words.name}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}

// Where one view at a time is shown, or by screen reader, a new view begins at its heading.
function useFocusOn(route: Route): void {
  const talk = "id" in route;
  const key = talk ? route.id : JSON.stringify(route);
  const last = useRef(key);
  useEffect(() => {
    if (key === last.current) return;
    last.current = key;
    const talks = talk && hasKeyboard();
    const taken = document.activeElement?.closest(".pane")?.matches("textarea, input");
    if (!talks && !taken) document.querySelector<HTMLElement>(".pane h1[tabindex]")?.focus();
  }, [key]);
}

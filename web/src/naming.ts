// What this browser remembers of the name until the agent is there: whether there is one, and one that was just chosen.
import type { Actions } from "./state/actions";
import type { State } from "./state/state";
import type { Store } from "./state/store";

/** Without it a returning person would see the first view for a moment. */
const namedKey = "sotto-named";

/** The name that may not be stored yet: a reload at that moment must not ask for it again. */
const chosenKey = "sotto-chosen";

// Where storage is refused, the agent says so; this is only a matter of looks.
function read(area: () => Storage, key: string): string | null {
  try {
    return area().getItem(key);
  } catch {
    return null;
  }
}

function write(area: () => Storage, key: string, value: string | null): void {
  try {
    if (value === null) area().removeItem(key);
    else area().setItem(key, value);
  } catch {
    return;
  }
}

const local = () => localStorage;
const session = () => sessionStorage;

/** A name was stored in this browser before. */
export function wasNamed(): boolean {
  return read(local, namedKey) !== null;
}

// The agent is there, and could tell a name if there is one.
function isOpen({ phase, storage }: State): boolean {
  return phase === "ready" && storage?.kind !== "unreadable" && storage?.kind !== "locked";
}

/** keepName remembers what changes, and takes up the name that was chosen before a reload if it turns out not to be stored. */
export function keepName(store: Store, actions: Actions): void {
  let resumed = read(session, chosenKey);
  if (resumed !== null) store.apply({ type: "named", name: resumed });
  let told: State | null = null;
  store.subscribe(() => {
    const state = store.get();
    const same = told?.phase === state.phase && told.storage === state.storage && told.profile === state.profile && told.chosenName === state.chosenName;
    told = state;
    if (same) return; // thousands of messages may come in
    if (isOpen(state)) write(local, namedKey, state.profile ? "1" : null);
    write(session, chosenKey, state.profile ? null : state.chosenName);
    if (resumed === null || !isOpen(state)) return;
    const name = resumed;
    resumed = null;
    if (!state.profile) actions.start(name);
  });
}

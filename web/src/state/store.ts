import { reduce } from "./reduce";
import { initialState, type Change, type State } from "./state";

/** A Store holds the state and tells who listens when it has changed. */
export interface Store {
  get(): State;
  apply(change: Change): void;
  /** Who listens is told once of all that is applied while changes runs. */
  together(changes: () => void): void;
  subscribe(listener: () => void): () => void;
}

export function createStore(): Store {
  let state = initialState();
  const listeners = new Set<() => void>();
  let depth = 0;
  let told = state;
  const tell = (): void => {
    if (depth || told === state) return;
    told = state;
    for (const listener of [...listeners]) listener();
  };
  return {
    get: () => state,
    apply(change) {
      state = reduce(state, change);
      tell();
    },
    together(changes) {
      depth++;
      try {
        changes();
      } finally {
        depth--;
        tell();
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

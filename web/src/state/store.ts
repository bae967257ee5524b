import { reduce } from "./reduce";
import { initialState, type Change, type State } from "./state";

/** A Store holds the state and tells who listens when it has changed. */
export interface Store {
  get(): State;
  apply(change: Change): void;
  subscribe(listener: () => void): () => void;
}

export function createStore(): Store {
  let state = initialState();
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    apply(change) {
      const next = reduce(state, change);
      if (next === state) return;
      state = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

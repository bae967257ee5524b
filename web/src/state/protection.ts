// What a person can do about what is stored: have it kept, locked, deleted.
import type { API } from "../../api";
import { quietly } from "./call";
import type { Store } from "./store";

/** keepStorage asks the browser to keep everything, and returns its answer. */
export async function keepStorage(store: Store, agent: API): Promise<boolean> {
  if (!("storage" in navigator) || !navigator.storage.persist) return false;
  const persisted = await navigator.storage.persist();
  quietly(agent.storage({ persisted }));
  const storage = store.get().storage;
  if (storage) store.apply({ type: "storage", storage: { ...storage, persisted } });
  return persisted;
}

// The same passphrase is the same bytes, however a keyboard composes its letters.
const plain = (passphrase: string) => passphrase.normalize("NFC");

export function protectionActions(store: Store, agent: API) {
  return {
    keepStorage: () => keepStorage(store, agent),
    setPassphrase: async (current: string, next: string) => void (await agent.setPassphrase({ current: plain(current), next: plain(next) })),
    removePassphrase: async (current: string) => void (await agent.removePassphrase({ current: plain(current) })),
    unlock: async (passphrase: string) => void (await agent.unlock({ passphrase: plain(passphrase) })),
    lock: async () => void (await agent.lock({})),
    lockAfter: async (minutes: number) => void (await agent.lockAfter({ minutes })),
    /** Deletes conversations that cannot be opened. */
    reset: async () => void (await agent.reset({})),
    wake: () => quietly(agent.wake({})),
  };
}

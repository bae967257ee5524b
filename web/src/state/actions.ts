// What a person can do. Each action shows its effect at once where it can, and then asks the agent.
import type { API, Contact, Inspection } from "../../api";
import { readLink } from "../route";
import { checkCopy, makeCopy, type Check, type Progress } from "./copy";
import { echoInvitation } from "./echo";
import { newId } from "./id";
import type { Store } from "./store";

/** Items asked for at once. */
const pageSize = 50;

export interface Actions {
  start(name: string): void;
  rename(name: string): Promise<void>;
  invite(): Promise<Contact>;
  inspect(text: string): Promise<Inspection>;
  connect(text: string): Promise<Contact>;
  talkToEcho(): Promise<Contact>;
  load(contactId: string): void;
  leave(contactId: string): void;
  send(contactId: string, text: string): void;
  resend(contactId: string, clientId: string): void;
  discard(contactId: string, clientId: string): void;
  saveDraft(contactId: string, text: string): void;
  read(contactId: string, seq: number): void;
  remove(contactId: string): Promise<void>;
  keepStorage(): Promise<boolean>;
  /** Deletes conversations that cannot be opened. */
  reset(): Promise<void>;
  makeCopy(passphrase: string, progress: Progress): Promise<Blob>;
  checkCopy(file: Blob, passphrase: string, progress: Progress): Promise<Check>;
  /** Puts what was in a verified file in place of everything. */
  replace(check: Check): Promise<void>;
  wake(): void;
}

/** messageOf is what an error says to people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

// Calls whose failure the person need not hear of: the next one makes up for it, and a stopped agent says so itself.
function quietly(call: Promise<unknown>): void {
  call.catch(() => undefined);
}

export function createActions(store: Store, agent: API): Actions {
  return { ...profileActions(store, agent), ...contactActions(store, agent), ...messageActions(store, agent), ...copyActions(agent) };
}

function copyActions(agent: API) {
  return {
    makeCopy: (passphrase: string, progress: Progress) => makeCopy(agent, passphrase, progress),
    checkCopy: (file: Blob, passphrase: string, progress: Progress) => checkCopy(agent, file, passphrase, progress),
    replace: async ({ id }: Check) => void (await agent.replace({ id })),
  };
}

function profileActions(store: Store, agent: API) {
  const setName = async (displayName: string): Promise<void> => {
    store.apply({ type: "profile", profile: await agent.setProfile({ displayName }) });
  };
  const keepStorage = async (): Promise<boolean> => {
    if (!("storage" in navigator) || !navigator.storage.persist) return false;
    const persisted = await navigator.storage.persist();
    quietly(agent.storage({ persisted }));
    const storage = store.get().storage;
    if (storage) store.apply({ type: "storage", storage: { ...storage, persisted } });
    return persisted;
  };
  return {
    keepStorage,
    start(name: string) {
      store.apply({ type: "named", name });
      setName(name).then(
        () => quietly(keepStorage()),
        (error: unknown) => store.apply({ type: "nameRefused", problem: messageOf(error) }),
      );
    },
    rename: setName,
    reset: async () => void (await agent.reset({})),
    wake: () => quietly(agent.wake({})),
  };
}

function contactActions(store: Store, agent: API) {
  const kept = (contact: Contact): Contact => {
    // The event about the same contact may have come first, and know more.
    if (!store.get().contacts.has(contact.id)) store.apply({ type: "contact", contact });
    return contact;
  };
  const connect = async (text: string): Promise<Contact> => kept(await agent.connect({ text: readLink(text) }));
  return {
    connect,
    invite: async () => kept(await agent.invite({})),
    inspect: (text: string) => agent.inspectLink({ text: readLink(text) }),
    talkToEcho: async () => connect(await echoInvitation()),
    async remove(contactId: string) {
      await agent.deleteContact({ contactId });
      store.apply({ type: "contactDeleted", id: contactId });
    },
  };
}

function messageActions(store: Store, agent: API) {
  const deliver = (contactId: string, text: string, clientId: string): void => {
    store.apply({ type: "sending", contactId, outgoing: { clientId, text, at: Date.now(), problem: "" } });
    agent.send({ contactId, text, clientId }).then(
      (item) => store.apply({ type: "answered", item }),
      (error: unknown) => store.apply({ type: "notSent", contactId, clientId, problem: messageOf(error) }),
    );
  };
  const load = async (contactId: string): Promise<void> => {
    const before = store.get().threads.get(contactId)?.items[0]?.seq ?? 0;
    store.apply({ type: "loading", contactId });
    try {
      const { items, more } = await agent.items({ contactId, before, limit: pageSize });
      store.apply({ type: "loaded", contactId, items, more });
    } catch {
      store.apply({ type: "loadFailed", contactId });
    }
  };
  return {
    load(contactId: string) {
      const thread = store.get().threads.get(contactId);
      if (!thread || (thread.more && thread.loading === "none")) void load(contactId);
    },
    leave: (contactId: string) => store.apply({ type: "left", contactId }),
    send: (contactId: string, text: string) => deliver(contactId, text, newId()),
    resend(contactId: string, clientId: string) {
      const waiting = store.get().threads.get(contactId)?.outbox.find((o) => o.clientId === clientId);
      if (waiting) deliver(contactId, waiting.text, clientId);
    },
    discard: (contactId: string, clientId: string) => store.apply({ type: "discarded", contactId, clientId }),
    saveDraft(contactId: string, text: string) {
      store.apply({ type: "draft", contactId, text });
      quietly(agent.setDraft({ contactId, text }));
    },
    read: (contactId: string, seq: number) => quietly(agent.read({ contactId, seq })),
  };
}

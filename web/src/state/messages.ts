// What a person can do in a conversation.
import type { API, Item } from "../../api";
import { messageOf, quietly } from "./call";
import { newId } from "./id";
import type { Outgoing } from "./state";
import type { Store } from "./store";

/** Items loaded at once, and the most that the agent gives at once. */
const usual = 50;
const most = 200;

export function messageActions(store: Store, agent: API) {
  const deliver = (contactId: string, { text, clientId, replyTo }: Pick<Outgoing, "text" | "clientId" | "replyTo">): void => {
    store.apply({ type: "sending", contactId, outgoing: { clientId, text, replyTo, at: Date.now(), problem: "" } });
    agent.send({ contactId, text, clientId, replyTo: replyTo?.seq ?? 0 }).then(
      (item) => store.apply({ type: "answered", item }),
      (error: unknown) => store.apply({ type: "notSent", contactId, clientId, problem: messageOf(error) }),
    );
  };
  return {
    ...loading(store, agent),
    ...changing(store, agent),
    send: (contactId: string, text: string, replyTo?: Item) => deliver(contactId, { text, clientId: newId(), replyTo }),
    resend(contactId: string, clientId: string) {
      const waiting = store.get().threads.get(contactId)?.outbox.find((o) => o.clientId === clientId);
      if (waiting) deliver(contactId, waiting);
    },
    discard: (contactId: string, clientId: string) => store.apply({ type: "discarded", contactId, clientId }),
    saveDraft(contactId: string, text: string) {
      store.apply({ type: "draft", contactId, text });
      quietly(agent.setDraft({ contactId, text }));
    },
    read: (contactId: string, seq: number) => quietly(agent.read({ contactId, seq })),
  };
}

function loading(store: Store, agent: API) {
  const load = async (contactId: string, wanted: number): Promise<void> => {
    const oldest = store.get().threads.get(contactId)?.items[0];
    store.apply({ type: "loading", contactId });
    try {
      let [before, left, goesOn] = [oldest?.seq ?? 0, wanted, true];
      while (goesOn) {
        const { items, more } = await agent.items({ contactId, before, limit: Math.min(left, most) });
        before = items[0]?.seq ?? 0;
        left -= items.length;
        goesOn = !oldest && more && before > 0 && left > 0;
        store.apply({ type: "loaded", contactId, items, more, goesOn });
      }
    } catch {
      store.apply({ type: "loadFailed", contactId });
    }
  };
  return {
    /**
     * load asks for the newest items, more than usual if so many are wanted; if some are there, for older ones, no more
     * than the agent gives at once.
     */
    load(contactId: string, wanted = 0) {
      const thread = store.get().threads.get(contactId);
      if (!thread || (thread.more && thread.loading === "none")) void load(contactId, Math.max(wanted, usual));
    },
    leave: (contactId: string) => store.apply({ type: "left", contactId }),
  };
}

// Changes of items that are there already.
function changing(store: Store, agent: API) {
  return {
    async edit({ contactId, seq }: Item, text: string) {
      store.apply({ type: "items", items: [await agent.editMessage({ contactId, seq, text })] });
    },
    async deleteMessage({ contactId, seq }: Item, everyone: boolean) {
      await agent.deleteMessage({ contactId, seq, everyone });
      if (!everyone) store.apply({ type: "itemDeleted", contactId, seq });
    },
    async react({ contactId, seq }: Item, emoji: string, add: boolean) {
      store.apply({ type: "items", items: [await agent.react({ contactId, seq, emoji, add })] });
    },
  };
}

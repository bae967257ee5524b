// What a person can do with conversations as a whole: begin, protect, end them.
import type { API, Contact } from "../../api";
import { readLink } from "../route";
import { echoInvitation } from "./echo";
import { newId } from "./id";
import type { Store } from "./store";

/** What goes with the opening of a link. */
export interface Greeting {
  /** The first message, or empty. */
  message?: string;
  incognito?: boolean;
}

export function peopleActions(store: Store, agent: API) {
  // The event about the same contact may have come first, and know more.
  const kept = (contact: Contact): Contact => {
    if (!store.get().contacts.has(contact.id)) store.apply({ type: "changed", contacts: [contact] });
    return contact;
  };
  const changed = (contact: Contact): void => store.apply({ type: "changed", contacts: [contact] });
  const connect = async (text: string, { message = "", incognito = false }: Greeting = {}): Promise<Contact> =>
    kept(await agent.connect({ text: readLink(text), incognito, ...(message ? { message, clientId: newId() } : {}) }));
  return {
    connect,
    invite: async (incognito = false) => kept(await agent.invite({ incognito })),
    inspect: (text: string) => agent.inspectLink({ text: readLink(text) }),
    resolve: (text: string) => agent.resolveLink({ text: readLink(text) }),
    talkToEcho: async () => connect(await echoInvitation()),
    async accept(contactId: string, incognito = false) {
      changed(await agent.acceptRequest({ contactId, incognito }));
    },
    async ignore(contactId: string) {
      await agent.rejectRequest({ contactId });
      store.apply({ type: "contactDeleted", id: contactId });
    },
    async remove(contactId: string) {
      await agent.deleteContact({ contactId });
      store.apply({ type: "contactDeleted", id: contactId });
    },
    resync: async (contactId: string) => changed(await agent.resync({ contactId })),
    switchQueue: async (contactId: string) => changed(await agent.switchQueue({ contactId })),
    setPostQuantum: async (contactId: string, on: boolean) => changed(await agent.setPostQuantum({ contactId, on })),
    securityCode: (contactId: string) => agent.securityCode({ contactId }),
    verify: async (contactId: string, verified: boolean) => changed(await agent.verify({ contactId, verified })),
  };
}

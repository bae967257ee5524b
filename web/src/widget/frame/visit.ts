// One visitor's conversation with the owner of one address. It is nobody's before the first message: the visitor gets a
// profile then, of which the other side learns the name only, and the message goes along with the request to talk.
import type { API, Contact, Item, LinkInfo } from "../../../api";
import { readLink } from "../../route";
import { type Actions, createActions } from "../../state/actions";
import { messageOf, quietly } from "../../state/call";
import { newId } from "../../state/id";
import { type Hearing, listenerOf } from "../../state/hear";
import type { Outgoing } from "../../state/state";
import { createStore, type Store } from "../../state/store";
import type { FrameOptions, TalkState } from "../protocol";
import { bytes, longest, longestFirst, Pace } from "./pace";
import { rememberedTalk, rememberedTalks, rememberTalk } from "./remember";
import { words } from "./words";

/** The conversation before there is one: what is written first waits there. */
export const firstId = "first";

export interface Visitor {
  options: FrameOptions;
  /** The visitor sees the chat. */
  shown: boolean;
  /** Whose address it is; null until that is known. */
  info: LinkInfo | null;
  /** What stands in the name field, and the name that the visitor has without it. */
  name: string;
  suggestion: string;
  agreed: boolean;
  /** What is still missing for the first message, and where. */
  missing: "" | "name" | "consent";
  problem: string;
  /** How often a first message was not sent for that. */
  refused: number;
}

export class Visit {
  readonly store: Store = createStore();
  readonly actions: Actions;
  readonly #actions: Actions;
  readonly agent: API;
  visitor: Visitor;
  /** What is being written first. */
  draft = "";
  #listeners = new Set<() => void>();
  #pace = new Pace(20, 30_000);
  #beginnings = new Pace(5, 600_000);
  #asked = "";
  /** Something was written to a conversation that is remembered, but not there yet. */
  #early = false;

  constructor(options: FrameOptions, connect: (listener: Hearing) => API) {
    this.visitor = { options, shown: false, info: null, name: "", suggestion: "", agreed: false, missing: "", problem: "", refused: 0 };
    this.agent = connect(listenerOf(this.store));
    const actions = createActions(this.store, this.agent);
    this.actions = {
      ...actions,
      send: (contactId, text, replyTo) => this.#send(actions, contactId, text, replyTo),
      resend: (contactId, clientId) => this.#resend(actions, contactId, clientId),
      saveDraft: (contactId, text) => {
        this.draft = contactId === firstId ? text : "";
        if (contactId !== firstId) actions.saveDraft(contactId, text);
      },
      load: (contactId, wanted) => contactId !== firstId && actions.load(contactId, wanted),
    };
    this.store.subscribe(() => this.#follow());
    this.#actions = actions;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  change(some: Partial<Visitor>): void {
    this.visitor = { ...this.visitor, ...some };
    this.#tell();
  }

  /** setOptions takes other options; another address is another conversation. */
  setOptions(options: FrameOptions): void {
    const moved = options.address !== this.visitor.options.address;
    this.change(moved ? { options, info: null } : { options });
    this.#follow();
  }

  /** waitingFirst is what was sent before there is a conversation. */
  get waitingFirst(): readonly Outgoing[] {
    return this.store.get().threads.get(firstId)?.outbox ?? [];
  }

  /** contact is the conversation, once it has begun. */
  get contact(): Contact | null {
    return this.store.get().contacts.get(rememberedTalk(this.visitor.options.address)) ?? null;
  }

  get state(): TalkState {
    switch (this.contact?.state) {
      case undefined:
        return "none";
      case "connected":
        return "connected";
      case "ended":
      case "failed":
        return "ended";
      default:
        return "waiting";
    }
  }

  /** end deletes the conversation and tells the other side. */
  async end(): Promise<void> {
    const { contact } = this;
    if (contact) await this.actions.remove(contact.id);
    rememberTalk(this.visitor.options.address, "");
    this.change({ name: "", agreed: false, info: this.visitor.info && { ...this.visitor.info, contactId: "" } });
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #follow(): void {
    const { phase, storage } = this.store.get();
    const { address } = this.visitor.options;
    if (phase === "ready" && storage?.kind !== "unreadable" && address && this.#asked !== address && !this.contact) {
      this.#asked = address;
      void this.#look(address);
    }
    if (phase === "ready" && this.#early) this.#catchUp();
    this.#tell();
  }

  /** What was written before the conversation was there goes into it, or begins another one if it is gone. */
  #catchUp(): void {
    this.#early = false;
    const { contact, waitingFirst: [first, ...rest] } = this;
    if (!first) return;
    if (!contact) return void this.#begin(first.text, first.clientId);
    for (const { clientId, text } of [first, ...rest]) {
      this.store.apply({ type: "discarded", contactId: firstId, clientId });
      this.#actions.send(contact.id, text);
    }
  }

  /** Asks whose address it is, and which name the visitor has without choosing one. */
  async #look(address: string): Promise<void> {
    quietly(this.agent.suggestName({}).then(({ name }) => this.change({ suggestion: name })));
    try {
      const info = await this.agent.resolveLink({ text: readLink(address) });
      if (address !== this.visitor.options.address) return;
      const id = info.contactId || this.#talkWith(info);
      if (id && !this.contact) rememberTalk(address, id);
      this.change({ info });
    } catch {
      return; // the relay does not answer; it will, or the first message says so
    }
  }

  /** The owner has another address now: the conversation with them goes on. */
  #talkWith({ name, image }: LinkInfo): string {
    const { contacts } = this.store.get();
    const same = (id: string): boolean => {
      const found = contacts.get(id);
      return found !== undefined && found.state !== "ended" && found.state !== "failed" && found.profile.displayName === name && (found.profile.image ?? "") === image;
    };
    return (name && rememberedTalks().find(same)) || "";
  }

  #send(actions: Actions, contactId: string, text: string, replyTo: Item | undefined): void {
    const first = contactId === firstId;
    const early = first && this.store.get().phase === "starting" && rememberedTalk(this.visitor.options.address) !== "";
    const begins = first && !early && this.waitingFirst.length === 0;
    if (begins && this.#lacks(text)) return;
    const problem = this.#tooMuch(text, begins);
    if (problem) return this.#refuse(contactId, text, problem);
    if (early) this.#early = true;
    if (begins) void this.#begin(text, newId());
    else if (first) this.#queue(text, newId());
    else actions.send(contactId, text, replyTo);
  }

  #resend(actions: Actions, contactId: string, clientId: string): void {
    const waiting = this.store.get().threads.get(contactId)?.outbox.find((o) => o.clientId === clientId);
    const problem = waiting && this.#tooMuch(waiting.text, contactId === firstId);
    if (!waiting || problem) return;
    if (contactId === firstId) void this.#begin(waiting.text, clientId);
    else actions.resend(contactId, clientId);
  }

  /** What the site asks for before the first message. */
  #lacks(text: string): boolean {
    const { options, name, agreed } = this.visitor;
    const wrong = nameProblem(name, options.name === "required");
    const missing = options.name !== "off" && wrong ? "name" : options.consent && !agreed ? "consent" : "";
    this.draft = missing ? text : "";
    const refused = this.visitor.refused + (missing ? 1 : 0);
    this.change({ missing, problem: missing === "name" ? wrong : missing ? words.consentMissing : "", refused });
    return missing !== "";
  }

  #tooMuch(text: string, first: boolean): string {
    const size = bytes(text);
    if (first && size > longestFirst) return words.tooLongFirst(longestFirst);
    if (size > longest) return words.tooLong(longest);
    if (!this.#pace.allows(Date.now())) return words.tooFast;
    return first && !this.#beginnings.allows(Date.now()) ? words.tooFast : "";
  }

  #queue(text: string, clientId: string, contactId = firstId): void {
    this.store.apply({ type: "sending", contactId, outgoing: { clientId, text, at: Date.now(), problem: "" } });
  }

  #refuse(contactId: string, text: string, problem: string): void {
    const clientId = newId();
    this.#queue(text, clientId, contactId);
    this.store.apply({ type: "notSent", contactId, clientId, problem });
  }

  /** The first message: a profile for the visitor, and the request with the message in it. */
  async #begin(text: string, clientId: string): Promise<void> {
    const { options } = this.visitor;
    this.#queue(text, clientId);
    try {
      const profileId = await this.#becomeSomebody();
      const contact = await this.agent.connect({ text: readLink(options.address), message: text, clientId, profileId });
      await this.#take(contact, clientId);
    } catch (error) {
      if (this.#hasBegun(clientId)) return;
      this.store.apply({ type: "notSent", contactId: firstId, clientId, problem: messageOf(error) });
    }
  }

  /** The conversation has begun: what was written meanwhile follows. */
  async #take(contact: Contact, clientId: string): Promise<void> {
    const { items, more } = await this.agent.items({ contactId: contact.id, before: 0, limit: 50 });
    this.store.apply({ type: "loading", contactId: contact.id });
    this.store.apply({ type: "loaded", contactId: contact.id, items, more });
    rememberTalk(this.visitor.options.address, contact.id);
    if (!this.store.get().contacts.has(contact.id)) this.store.apply({ type: "changed", contacts: [contact] });
    const later = this.waitingFirst.filter((o) => o.clientId !== clientId);
    for (const o of this.waitingFirst) this.store.apply({ type: "discarded", contactId: firstId, clientId: o.clientId });
    for (const o of later) this.actions.send(contact.id, o.text);
  }

  /** The agent was interrupted after it had taken the message: the conversation is there all the same. */
  #hasBegun(clientId: string): boolean {
    const found = [...this.store.get().contacts.values()].find((c) => c.last?.clientId === clientId);
    if (found) quietly(this.#take(found, clientId));
    return found !== undefined;
  }

  /** Each conversation has a profile of its own, so that those who answer cannot compare. */
  async #becomeSomebody(): Promise<string> {
    const { options, name } = this.visitor;
    const chosen = options.name === "off" ? "" : name.trim();
    const displayName = chosen || this.visitor.suggestion || (await this.agent.suggestName({})).name;
    const { profile, profileId, contacts } = this.store.get();
    const used = [...contacts.values()].some((c) => c.profileId === profileId);
    if (profile && used) return (await this.agent.addProfile({ displayName })).id;
    await this.agent.setProfile({ displayName });
    return this.store.get().profileId;
  }
}

/** nameProblem says what is wrong with a name, or nothing. */
export function nameProblem(name: string, required: boolean): string {
  const trimmed = name.trim();
  if (!trimmed) return required ? words.nameMissing : "";
  return [...trimmed].length > 50 ? words.nameLong : "";
}

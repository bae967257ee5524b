// The page's side of wasm/rpc: calls, events, and a new beginning when the worker was killed.
import type { API, Events, Snapshot } from "../api";
import { watchActivity } from "./worker/activity";
import { type Link, openLink } from "./worker/link";
import type { Place } from "./worker/names";

/** What the page hears from the agent. */
export interface Listener {
  /** The state of everything, at first and again after the connection to the agent was lost. */
  snapshot(snapshot: Snapshot): void;
  event<K extends keyof Events>(name: K, data: Events[K]): void;
  /** Several of these come at once: tell passes them on. */
  together?(tell: () => void): void;
  /** The agent is gone; another one is being started. Calls wait for it. */
  restarting(): void;
  /** The agent stopped for good. The message is for people; only a reload helps. */
  stopped(message: string): void;
}

/** What this browser has not, of what Sotto cannot do without; null if nothing is missing. */
export function missing(): "wasm" | "worker" | null {
  if (typeof WebAssembly !== "object" || !WebAssembly.compileStreaming) return "wasm";
  // Locks are only there in secure contexts: https, or localhost.
  if (typeof Worker !== "function" || !("locks" in navigator) || !globalThis.crypto?.subtle) return "worker";
  return null;
}

/** A CallError is the agent's refusal. Its message is for people. */
export class CallError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "CallError";
    this.code = code;
  }
}

/** Connects to the agent of a place, starting it if no other tab has. */
export function connect(listener: Listener, place: Place = "sotto"): API {
  return new Client(listener, place).api;
}

/** Calls that must not be made twice: they are refused when the agent is lost meanwhile. */
const once: ReadonlySet<keyof API> = new Set<keyof API>(["invite", "connect", "addProfile", "rotateAddress"]);

/** Calls after which another agent, or none, is there: they are done when the connection is lost, answered or not. */
const last: ReadonlySet<keyof API> = new Set<keyof API>(["reset", "replace", "lock", "unlock"]);

const interrupted = "Sotto was interrupted while it did this. Look at your conversations, and try again if it is not there.";

/** The page acknowledges its messages in steps of this many, after the first one. */
const ackStep = 32;

interface Call {
  method: keyof API;
  text: string;
  sent: boolean;
  resolve(result: unknown): void;
  reject(error: Error): void;
}

interface Answer {
  id?: number;
  result?: unknown;
  error?: { code: string; message: string };
  event?: string;
  data?: unknown;
}

class Client {
  readonly #listener: Listener;
  readonly #link: Link;
  readonly #calls = new Map<number, Call>();
  #lastId = 0;
  #received = 0;
  #greeted = false;
  #stopped = "";
  /** The agent locks when nobody is there, and wants to hear that somebody is. */
  #idles = false;

  readonly api: API = new Proxy({} as API, {
    get: (_target, method: string) => (params: object) => this.#call(method as keyof API, params),
  });

  constructor(listener: Listener, place: Place) {
    this.#listener = listener;
    const listens = {
      open: () => this.#begin(),
      message: (text: string) => this.#receive(text),
      lost: () => this.#lose(),
      stopped: (message: string) => this.#stop(message),
    };
    this.#link = openLink(listens, place);
    watchActivity(() => {
      if (this.#idles && !this.#stopped) void this.#call("active", {}).catch(() => undefined); // it may be locking just now
    });
  }

  #call(method: keyof API, params: object): Promise<unknown> {
    if (this.#stopped) return Promise.reject(new CallError("stopped", this.#stopped));
    const id = ++this.#lastId;
    const text = JSON.stringify({ id, method, params });
    return new Promise((resolve, reject) => {
      const call = { method, text, sent: false, resolve, reject };
      this.#calls.set(id, call);
      if (this.#greeted) this.#send(call);
    });
  }

  /** A worker is there: says hello, then repeats the calls that were not answered, in their order. */
  #begin(): void {
    this.#received = 0;
    this.#hello();
    this.#greeted = true;
    for (const call of this.#calls.values()) if (call.method !== "hello") this.#send(call);
  }

  #send(call: Call): void {
    call.sent = true;
    this.#link.send(call.text);
  }

  #hello(): void {
    const id = ++this.#lastId;
    const text = JSON.stringify({ id, method: "hello", params: {} });
    const resolve = (result: unknown): void => {
      this.#idles = (result as Snapshot).storage.lockAfter > 0;
      this.#listener.snapshot(result as Snapshot);
      this.#tellPainted();
    };
    const reject = (error: Error): void => this.#stop(error.message);
    const call: Call = { method: "hello", text, sent: false, resolve, reject };
    this.#calls.set(id, call);
    this.#send(call);
  }

  /** The agent does nothing else until what it showed first is painted, or for a moment. */
  #tellPainted(): void {
    const acknowledge = (): void => {
      if (this.#received > 0) this.#link.send(JSON.stringify({ ack: this.#received }));
    };
    setTimeout(() => requestAnimationFrame(() => setTimeout(acknowledge))); // it is drawn in the next task, then painted
  }

  #lose(): void {
    this.#greeted = false;
    for (const [id, call] of this.#calls) {
      if (call.method === "hello") this.#calls.delete(id);
      else if (call.sent && last.has(call.method)) this.#settle(id, (c) => c.resolve({}));
      else if (call.sent && once.has(call.method)) this.#settle(id, (c) => c.reject(new CallError("interrupted", interrupted)));
    }
    this.#listener.restarting();
  }

  #receive(text: string): void {
    const said = JSON.parse(text) as Answer | Answer[];
    this.#acknowledge(Array.isArray(said) ? said.length : 1);
    if (!Array.isArray(said)) return this.#hear(said);
    const tell = (): void => said.forEach((one) => this.#hear(one));
    if (this.#listener.together) this.#listener.together(tell);
    else tell();
  }

  #acknowledge(messages: number): void {
    const before = this.#received;
    this.#received += messages;
    if (Math.floor(this.#received / ackStep) > Math.floor(before / ackStep)) this.#link.send(JSON.stringify({ ack: this.#received }));
  }

  #hear(answer: Answer): void {
    if (answer.event !== undefined) this.#event(answer.event, answer.data);
    else if (answer.id !== undefined) this.#answer(answer.id, answer);
  }

  #event(name: string, data: unknown): void {
    if (name === "storage") this.#idles = (data as Events["storage"]).lockAfter > 0;
    if (name === "fatal") this.#stop((data as Events["fatal"]).message);
    else this.#listener.event(name as keyof Events, data as Events[keyof Events]);
  }

  #answer(id: number, { result, error }: Answer): void {
    this.#settle(id, (call) => {
      if (error) call.reject(new CallError(error.code, error.message));
      else call.resolve(result);
    });
  }

  #settle(id: number, settle: (call: Call) => void): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (call) settle(call);
  }

  #stop(message: string): void {
    if (this.#stopped) return;
    this.#stopped = message;
    this.#link.close();
    for (const id of [...this.#calls.keys()]) this.#settle(id, (call) => call.reject(new CallError("stopped", message)));
    this.#listener.stopped(message);
  }
}

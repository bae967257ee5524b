// widget.js: one line on a site's page, and its visitors can write in private.
//
//   <script src="https://RELAY/widget.js" data-address="ADDRESS" async></script>
//
// It draws the launcher and does nothing else until a visitor acts; then it opens the chat, an iframe of the relay's
// origin, which the page's scripts cannot read. window.sotto is its API; commands given before it has loaded wait:
//
//   window.sotto = window.sotto || function () { (sotto.q = sotto.q || []).push(arguments) };
import { complain, defaults, type Options, read } from "./options";
import { type Told, Widget } from "./widget";

type Handler = (detail: { id: string; state: string; unread: number }) => void;
type Command = [name: string, ...rest: unknown[]];

interface Sotto {
  (...command: Command): void;
  /** What was said before the script was there. */
  q?: ArrayLike<unknown>[];
  /** The script is there. */
  ready?: true;
}

const told: readonly string[] = ["ready", "open", "close", "message", "talk"] satisfies Told[];

class Widgets {
  #all: Widget[] = [];
  #handlers: [name: string, handler: Handler, id: string][] = [];
  #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  /** command does what the page says; the last word may be the id of a widget, otherwise it is meant for all of them. */
  command([name, ...rest]: Command): void {
    const [first, second] = rest;
    switch (name) {
      case "new":
        return this.add(first as Record<string, unknown>, true);
      case "on":
        return this.#on(first, second, rest[2]);
      case "set":
        return this.#each(second, (widget) => widget.set((first ?? {}) as Record<string, unknown>));
      case "open":
      case "close":
      case "toggle":
        return this.#each(first, (widget) => widget[name](), name !== "close");
      case "destroy":
        return this.#each(first, (widget) => this.#remove(widget));
      default:
        complain(`no command ${name}.`);
    }
  }

  add(source: Readonly<Record<string, unknown>>, strange: boolean): void {
    const options = read({ ...source }, { ...defaults, origin: this.#origin }, strange);
    if (!options.address) return complain("it needs an address.");
    if (this.#find(options.id)) return complain(`give each widget its own id.`);
    this.#all.push(new Widget(options, (event, widget) => this.#tell(event, widget)));
  }

  #find(id: unknown): Widget | undefined {
    return this.#all.find((widget) => widget.options.id === id);
  }

  #each(id: unknown, act: (widget: Widget) => void, first = false): void {
    const meant = id === undefined ? (first ? this.#all.slice(0, 1) : [...this.#all]) : [this.#find(id)];
    for (const widget of meant) {
      if (widget) act(widget);
      else complain(`no widget ${String(id)}.`);
    }
  }

  #on(name: unknown, handler: unknown, id: unknown): void {
    if (typeof handler !== "function" || !told.includes(String(name))) return complain(`on takes one of ${told.join(", ")}, and a function.`);
    this.#handlers.push([String(name), handler as Handler, id === undefined ? "" : String(id)]);
  }

  #remove(widget: Widget): void {
    widget.destroy();
    this.#all = this.#all.filter((other) => other !== widget);
    if (this.#all.length) return;
    this.#handlers = [];
    delete (window as { sotto?: Sotto }).sotto;
  }

  #tell(name: Told, widget: Widget): void {
    const { options, talk } = widget;
    for (const [wanted, handler, id] of this.#handlers) {
      if (wanted !== name || (id && id !== options.id)) continue;
      try {
        handler({ id: options.id, ...talk });
      } catch (error) {
        reportError(error); // the page's own mistake must not stop the chat
      }
    }
  }
}

/** begin starts with the script element that this runs from. */
function begin(script: HTMLScriptElement | null): void {
  const page = window as { sotto?: Sotto };
  const source = { ...script?.dataset };
  const before = page.sotto;
  if (before?.ready) return before("new", source as Partial<Options>); // a second script of the page
  const widgets = new Widgets(script?.src ? new URL(script.src).origin : location.origin);
  const sotto: Sotto = (...command) => widgets.command(command);
  sotto.ready = true;
  page.sotto = sotto;
  if (Object.keys(source).length) widgets.add(source, false);
  for (const command of before?.q ?? []) sotto(...(Array.from(command) as Command));
}

begin(document.currentScript as HTMLScriptElement | null);

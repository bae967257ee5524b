// The texts of the chat, in the language that the site gives it or in the visitor's own.
import { words as shared } from "../../../words";
import type { Words } from "../../../words/en";
import { ar } from "./ar";
import { de } from "./de";
import { en, type WidgetWords } from "./en";
import { es } from "./es";
import { fr } from "./fr";
import { chooseLanguage } from "./language";

/** Some of the texts, at any depth. */
type Some<T> = T extends (...args: never[]) => unknown ? T : T extends readonly unknown[] ? T : T extends object ? { [K in keyof T]?: Some<T[K]> } : T extends string ? string : T;

/** The texts of a language: the chat's own, and those of the views that it shares with the page. */
export interface Catalogue {
  own: WidgetWords;
  shared: Some<Words>;
}

const catalogues: Record<string, Catalogue> = { en: { own: en, shared: {} }, de, fr, es, ar };

/** The texts in use; filled by speak. */
export const words: WidgetWords = { ...en };

/** speak chooses the language, before anything is drawn. */
export function speak(lang: string): void {
  const { own, shared: some } = chooseLanguage(catalogues, lang) as Catalogue;
  Object.assign(words, own);
  merge(shared, some);
}

// In place: views keep parts of the catalogue.
function merge(into: object, some: object): void {
  const to = into as Record<string, unknown>;
  for (const [name, value] of Object.entries(some)) {
    const old = to[name];
    if (typeof value === "object" && typeof old === "object" && old) merge(old, value as object);
    else to[name] = value;
  }
}

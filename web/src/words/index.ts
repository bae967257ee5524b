import { en, type Words } from "./en";

// One catalogue per language; the first of the reader's languages that there is one for.
const catalogues: Record<string, Words> = { en };

function pick(): Words {
  for (const language of navigator.languages) {
    const found = catalogues[language.split("-")[0] ?? ""];
    if (found) return found;
  }
  return en;
}

export const words: Words = pick();

// Which language the chat speaks: the site's choice, or the first of the visitor's that there are texts for.

const rightToLeft = /^(ar|he|fa|ur)\b/i;

// The base of a language tag.
const baseOf = (tag: string): string => tag.split("-")[0]?.toLowerCase() ?? "";

/** chooseLanguage returns the texts of that language, and marks the document with it. */
export function chooseLanguage<T>(all: Readonly<Record<string, T>>, lang: string): T | undefined {
  const tags = lang ? [lang] : navigator.languages;
  const tag = tags.find((t) => Object.hasOwn(all, baseOf(t))) ?? "en";
  document.documentElement.lang = tag;
  document.documentElement.dir = rightToLeft.test(tag) ? "rtl" : "ltr";
  return all[baseOf(tag)];
}

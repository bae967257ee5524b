// The options as the frame takes them: from a page that may say anything.
import { choices, type FrameOptions, plain, switches, texts } from "../protocol";

export const defaults: FrameOptions = {
  address: "", accent: "", theme: "auto", lang: "", title: "", greeting: "", name: "off", consent: "", offline: "", sound: false, inline: false,
};

/** takeOptions takes over what has the right shape; the rest stays as it was. */
export function takeOptions(given: unknown, before: FrameOptions): FrameOptions {
  if (typeof given !== "object" || given === null) return before;
  const from = given as Record<string, unknown>;
  const next = { ...before } as Record<string, unknown>;
  for (const [name, longest] of Object.entries(texts)) {
    const value = Object.hasOwn(from, name) ? from[name] : undefined;
    if (typeof value === "string" && value.length <= longest) next[name] = value;
  }
  for (const [name, all] of Object.entries(choices)) {
    if (Object.hasOwn(from, name) && (all as readonly unknown[]).includes(from[name])) next[name] = from[name];
  }
  for (const name of switches) if (Object.hasOwn(from, name) && typeof from[name] === "boolean") next[name] = from[name];
  return next as unknown as FrameOptions;
}

/** What the script gave along when it opened the frame. */
export interface Beginning {
  options: FrameOptions;
  /** The page's origin; only from there are messages taken, and only there are they posted. */
  page: string;
  active: boolean;
}

/** beginningOf reads the fragment of the frame's address. */
export function beginningOf(hash: string): Beginning {
  try {
    const given = plain(JSON.parse(decodeURIComponent(hash.slice(1)))) ?? {};
    const page = typeof given["page"] === "string" && /^https?:\/\/[^/]+$/.test(given["page"]) ? given["page"] : "";
    return { options: takeOptions(given["options"], defaults), page, active: given["active"] === true };
  } catch {
    return { options: defaults, page: "", active: false };
  }
}

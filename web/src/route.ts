// Where the page is. The address says it, so that the browser's history and back gesture work.
export type Route =
  | { view: "list" }
  | { view: "conversation"; id: string }
  | { view: "details"; id: string }
  | { view: "new" }
  | { view: "open" }
  | { view: "settings"; part?: SettingsPart }
  | { view: "address" }
  | { view: "connect"; link: string };

/** The pages of the settings. */
const settingsParts = ["profile", "profiles", "relays", "lock", "storage", "copy", "site", "about"] as const;
export type SettingsPart = (typeof settingsParts)[number];

/**
 * isReserved tells a short one-time link: whoever asks the relay what is behind it has it from then on, and nobody
 * else, no other browser and no app, can open it any more.
 */
export function isReserved(link: string): boolean {
  return /^(simplex:|https?:\/\/[^/?#]+)\/i\/?#/i.test(link);
}

/** Paths at which somebody else's link opens this page; the link's content is in the fragment. */
const linkPath = /^\/(invitation|contact|[icagr])\/?$/;

/** parseRoute reads a location. Addresses it does not know lead to the list. */
export function parseRoute(at: { protocol: string; hostname: string; pathname: string; hash: string }): Route {
  const hash = at.hash.replace(/^#/, "");
  const link = linkIn(at, hash);
  if (link) return { view: "connect", link };
  const [view, id] = hash.split("/");
  switch (view) {
    case "c":
      return id ? { view: "conversation", id: decode(id) } : { view: "list" };
    case "details":
      return id ? { view: "details", id: decode(id) } : { view: "list" };
    case "new":
    case "open":
    case "address":
      return { view };
    case "settings": {
      const part = settingsParts.find((name) => name === id);
      return part ? { view, part } : { view };
    }
    default:
      return { view: "list" };
  }
}

/** formatRoute returns the address of a route, relative to the origin. */
export function formatRoute(route: Route): string {
  switch (route.view) {
    case "list":
      return "/";
    case "conversation":
      return "/#c/" + encodeURIComponent(route.id);
    case "details":
      return "/#details/" + encodeURIComponent(route.id);
    case "settings":
      return route.part ? "/#settings/" + route.part : "/#settings";
    case "connect":
      return "/#" + route.link;
    default:
      return "/#" + route.view;
  }
}

// Full links mean the same on every site, so they are given on in the form that names none.
// Short links name the server that holds their data: their host stays. Its port is in their query; that of the page is
// the site's.
function linkIn(at: { hostname: string; pathname: string }, hash: string): string {
  if (/^(simplex:|https?:)/i.test(hash)) return hash;
  const path = linkPath.exec(at.pathname)?.[1];
  if (hash.startsWith("/?")) return `simplex:/${path ?? "invitation"}#${hash}`;
  if (path && hash) return `https://${at.hostname}/${path}#${hash}`;
  return "";
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/**
 * readLink finds full links of any site, this one included, in a text, and writes them in the form that names none:
 * a page on a plain address of the local network makes links that others do not take for one.
 */
export function readLink(text: string): string {
  return text.replace(/https?:\/\/[^\s/]+\/(invitation|contact)\/?#\/\?/gi, "simplex:/$1#/?");
}

/** shareLink turns a full link into one that opens this page; the official apps read it as well. */
export function shareLink(link: string, origin: string): string {
  const found = /^(?:simplex:|https:\/\/simplex\.chat)\/(invitation|contact)#(.*)$/s.exec(link);
  return found && /^https?:/.test(origin) ? `${origin}/${found[1]}#${found[2]}` : link;
}

/**
 * linkOf is the link to give out: the short one if there is one. It names the server that holds its data, so it stays
 * as it is; on a plain address of the local network, where that server has no page, this one opens it.
 */
export function linkOf({ link = "", short = "" }: { link?: string; short?: string }, origin: string): string {
  if (!short) return shareLink(link, origin);
  return origin.startsWith("http:") ? `${origin}/#${short}` : short;
}

/**
 * appLink is a link in the form that the official apps open by themselves, without a site. A short link names the hosts
 * that hold its data in its query then.
 */
export function appLink(link: string): string {
  if (link.startsWith("simplex:")) return link;
  const found = /^https?:\/\/([^/?#]+)\/(invitation|contact|[icagr])\/?#(.+)$/s.exec(link);
  if (!found) return "";
  const [, host = "", path = "", rest = ""] = found;
  if (rest.startsWith("/?")) return `simplex:/${path}#${rest}`;
  const [key = "", query = ""] = rest.split("?", 2);
  const more = new URLSearchParams(query);
  const hosts = [host, more.get("h")].filter(Boolean).join(",");
  const others = ["p", "c"].filter((name) => more.has(name)).map((name) => `&${name}=${more.get(name)}`);
  return `simplex:/${path}#${key}?h=${hosts}${others.join("")}`;
}

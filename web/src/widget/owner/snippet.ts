// The line of HTML that puts the widget on a site.

/** What the owner of a site can choose here. The rest of the options is in the documentation. */
export interface Choices {
  title: string;
  greeting: string;
  text: string;
  accent: string;
  theme: "auto" | "light" | "dark";
  position: "" | "bottom-right" | "bottom-left" | "top-right" | "top-left";
  name: "off" | "optional" | "required";
  consent: string;
  offline: string;
  sound: boolean;
}

export const plain: Choices = { title: "", greeting: "", text: "", accent: "", theme: "auto", position: "", name: "off", consent: "", offline: "", sound: false };

/** A script that never changes, and its hash: the browser runs no other. */
export interface Pinned {
  url: string;
  integrity: string;
}

/** snippetOf writes the line; choices that are the usual ones are left out. */
export function snippetOf(origin: string, address: string, choices: Choices, pinned: Pinned | null): string {
  const attributes = [`src="${origin}${pinned?.url ?? "/widget.js"}"`, ...(pinned ? [`integrity="${pinned.integrity}"`, 'crossorigin="anonymous"'] : []), data("address", address)];
  for (const [name, value] of Object.entries(choices)) {
    if (value !== plain[name as keyof Choices]) attributes.push(data(name, String(value).trim()));
  }
  return `<script ${attributes.join("\n  ")} async></script>`;
}

function data(name: string, value: string): string {
  const escaped = value.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
  return `data-${name}="${escaped}"`;
}

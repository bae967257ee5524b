// Elements made without HTML, so that pages with Trusted Types have nothing against it.

/** The outlines of the icons, 20 by 20. */
const outlines: Record<string, string> = {
  chat: "M10 3.5c4 0 7 2.5 7 6s-3 6-7 6c-.9 0-1.75-.12-2.5-.35L3.75 16.5l.9-3C3.6 12.4 3 11 3 9.5c0-3.5 3-6 7-6Z",
  lock: "M6.5 9h7a2 2 0 0 1 2 2v3.5a2 2 0 0 1-2 2h-7a2 2 0 0 1-2-2V11a2 2 0 0 1 2-2ZM7 9V6.5a3 3 0 0 1 6 0V9",
  question: "M7 7.25a3 3 0 1 1 4.4 2.65c-.9.5-1.4 1-1.4 2.1M10 15.25v.1",
  close: "m5 7.5 5 5 5-5",
};

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, className: string, ...children: (Node | string)[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  element.className = className;
  element.append(...children);
  return element;
}

/** icon draws one of ours, or shows a picture of the page's own. */
export function icon(name: string): Element | string {
  if (name === "none") return "";
  const outline = outlines[name];
  if (!outline) {
    const image = make("img", "");
    image.alt = "";
    image.src = name;
    return image;
  }
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", outline);
  svg.append(path);
  return svg;
}

export function show(element: HTMLElement, visible: boolean): void {
  element.hidden = !visible;
}

// A site that is not ours and has the widget in its pages.
import { once } from "node:events";
import { createServer } from "node:http";
import { unlock } from "../fixture/widget-views.mjs";
import { Person, waitFor } from "./harness.mjs";

/** What a strict policy of a site has to allow for the widget: its script and its frame, and nothing else. */
export const policy = (relay) =>
  `default-src 'none'; script-src 'self' ${relay}; frame-src ${relay}; style-src 'self'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`;

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
const name = (key) => `data-${key.replace(/[A-Z]/g, (c) => "-" + c.toLowerCase())}`;

export class Shop {
  /** start serves pages with the widget of a relay; host is one of the names of this machine. */
  static async start(relay, data, { host = "127.0.0.1", styles = "", script = "" } = {}) {
    const shop = new Shop();
    const tag = `<script src="${relay}/widget.js" ${Object.entries(data).map(([key, value]) => `${name(key)}="${escaped(value)}"`).join(" ")} async></script>`;
    const page = (path) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><link rel="stylesheet" href="/shop.css"><script src="/shop.js"></script>${tag}</head><body><main><h1>Shop</h1><p>${path}</p><button>Buy</button></main></body></html>`;
    shop.server = createServer((request, response) => {
      const { pathname } = new URL(request.url, "http://x");
      const [type, body] = pathname === "/shop.css" ? ["text/css", styles] : pathname === "/shop.js" ? ["text/javascript", script] : ["text/html", page(pathname)];
      response.writeHead(200, { "content-type": `${type}; charset=utf-8`, "content-security-policy": policy(relay) });
      response.end(body);
    }).listen(0, "127.0.0.1");
    await once(shop.server, "listening");
    shop.url = `http://${host}:${shop.server.address().port}`;
    return shop;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** Whether frames of other sites may keep anything, as Chromium's settings have it. */
export const storage = (allowed) => ({ profile: { cookie_controls_mode: allowed ? 0 : 1, block_third_party_cookies: !allowed } });

/** A Visitor has a browser of their own, and looks at a page with the widget. */
export class Visitor {
  static async open(url, options = {}) {
    const visitor = new Visitor();
    visitor.person = await Person.open("Visitor", url, { init: unlock, preferences: storage(true), ...options });
    visitor.url = url;
    return visitor;
  }

  get page() {
    return this.person.page;
  }

  /** The document of the chat. */
  get chat() {
    return this.page.frameLocator("iframe");
  }

  get launcher() {
    return this.page.locator("sotto-widget .launcher");
  }

  get composer() {
    return this.chat.getByRole("textbox", { name: "Message" });
  }

  async visit(path = "/") {
    await this.page.goto(this.url + path);
    await this.page.locator("sotto-widget").waitFor({ state: "attached" });
  }

  /** open presses the launcher, for as long as is said, in milliseconds. */
  async open(held = 0) {
    await this.launcher.click({ delay: held });
    await this.composer.waitFor();
  }

  async send(text) {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** The messages shown: {own, text, status}. */
  async texts() {
    return this.chat.locator("body").evaluate(() =>
      [...document.querySelectorAll('[role="listitem"].entry')].map((line) => {
        const text = line.querySelector(".bubble .text")?.cloneNode(true);
        text?.querySelector(".meta")?.remove();
        const words = { "Waiting to be sent": "pending", "On the relay": "sent", Delivered: "delivered", "Not sent": "failed" };
        const said = [...line.querySelectorAll(".meta .hidden")].map((el) => words[el.textContent]).find(Boolean);
        return { own: line.classList.contains("own"), text: text?.textContent ?? line.textContent, status: said ?? "" };
      }),
    );
  }

  /** hears waits until a text of the other side is shown. */
  async hears(text) {
    await waitFor(`the visitor to hear ${text}`, async () => (await this.texts()).some((m) => !m.own && m.text === text), 60).catch(async (error) => {
      error.message += `: ${JSON.stringify(await this.texts())}`;
      throw error;
    });
  }

  /** told waits until an own text has come so far. */
  async told(text, status) {
    await waitFor(`${text} to be ${status}`, async () => (await this.texts()).some((m) => m.own && m.text === text && m.status === status), 60);
  }

  async menu(item) {
    await this.chat.getByRole("button", { name: "More", exact: true }).click();
    await this.chat.getByRole("menuitem", { name: item }).click();
  }

  async leave() {
    await this.person.leave();
  }
}

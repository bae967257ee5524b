// What browser tests share: programs started from build/, people in browsers.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const build = join(import.meta.dirname, "../../../build");

/** The flags with which Chromium starts without a desktop, a sandbox or calls home. */
export const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** waitFor asks until the answer is true, and says what it waited for. */
export async function waitFor(what, ask, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const given = new Set();

/**
 * freePort returns a port of this machine that nobody listens on. It is not among those that the system gives to
 * clients: one of them could have it before the program, or while that restarts; even one that tries to connect to it.
 */
export async function freePort() {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const server = createServer().listen(port, "127.0.0.1");
    const free = await Promise.race([once(server, "listening").then(() => true), once(server, "error").then(() => false)]).catch(() => false);
    if (!free) continue;
    server.close();
    await once(server, "close");
    if (given.has(port)) continue;
    given.add(port);
    return port;
  }
}

/** A Program is one of ours, running; its output is shown when a test fails. */
class Program {
  constructor(name, args) {
    this.name = name;
    this.args = args;
    this.output = "";
  }

  start() {
    this.process = spawn(join(build, this.name), this.args, { stdio: ["ignore", "pipe", "pipe"] });
    this.exited = once(this.process, "exit");
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on("data", (data) => (this.output = (this.output + data).slice(-20000)));
    }
    return this;
  }

  async stop(signal = "SIGTERM") {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill(signal);
    await this.exited;
  }
}

/** A Site is relay, page and Echo with a folder of their own. */
export class Site {
  static async start({ echo = false, args = [] } = {}) {
    const site = new Site();
    site.data = await mkdtemp(join(tmpdir(), "sotto-site-"));
    site.port = await freePort();
    site.relayPort = await freePort();
    const echoPort = echo ? await freePort() : 0;
    site.url = `http://localhost:${site.port}`;
    const own = ["-data", join(site.data, "server"), "-http", `127.0.0.1:${site.port}`, "-smp", `127.0.0.1:${site.relayPort}`, "-host", "localhost"];
    if (echo) own.push("-echo", `http://127.0.0.1:${echoPort}`);
    site.server = new Program("server", [...own, ...(typeof args === "function" ? args(site) : args)]);
    await site.startServer();
    if (echo) {
      site.echo = new Program("echo", ["-data", join(site.data, "echo"), "-site", site.url, "-listen", `127.0.0.1:${echoPort}`]).start();
    }
    return site;
  }

  async startServer() {
    this.server.start();
    await waitFor("the site", () => answers(this.url));
  }

  /** address returns the relay's, as the page gets it. */
  async address() {
    return (await (await fetch(this.url + "/config.json")).json()).relay;
  }

  /** bridge starts the bridge to this site's relay, with the page on it. */
  async bridge() {
    const port = await freePort();
    const program = new Program("bridge", ["-listen", `127.0.0.1:${port}`, "-relay", await this.address(), "-web"]).start();
    const url = `http://localhost:${port}`;
    await waitFor("the bridge", () => answers(url));
    this.bridges = [...(this.bridges ?? []), program];
    return { url, program };
  }

  async stop() {
    for (const program of [...(this.bridges ?? []), this.echo, this.server]) await program?.stop();
    await rm(this.data, { recursive: true, force: true });
  }
}

async function answers(url) {
  try {
    return (await fetch(url + "/config.json")).ok;
  } catch {
    return false;
  }
}

/** A Person is a browser profile of their own. */
export class Person {
  static async open(name, url, options = {}) {
    const person = new Person();
    person.name = name;
    person.url = url;
    person.folder = await mkdtemp(join(tmpdir(), "sotto-person-"));
    person.options = options;
    person.faults = [];
    if (options.preferences) await person.prefer(options.preferences);
    await person.startBrowser();
    return person;
  }

  async startBrowser() {
    this.browser = await chromium.launchPersistentContext(this.folder, {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [...flags, ...(this.options.args ?? [])],
      viewport: { width: 1100, height: this.options.height ?? 800 }, // the page draws only what is near its window
      permissions: ["clipboard-read", "clipboard-write"],
      ...this.options.context,
    });
    this.browser.on("weberror", (e) => this.faults.push(String(e.error())));
    this.browser.on("console", (m) => m.type() === "error" && this.faults.push(m.text()));
    this.page = this.browser.pages()[0] ?? (await this.browser.newPage());
    if (this.options.init) await this.browser.addInitScript(this.options.init);
  }

  /** prefer sets the browser's settings, while it does not run. */
  async prefer(settings) {
    await mkdir(join(this.folder, "Default"), { recursive: true });
    await writeFile(join(this.folder, "Default", "Preferences"), JSON.stringify(settings));
  }

  /** enter opens the page and, the first time, chooses the name. */
  async enter(path = "/") {
    await this.page.goto(this.url + path);
    await this.page.getByLabel("Your name").fill(this.name);
    await this.page.getByRole("button", { name: "Start", exact: true }).click();
    await this.page.getByRole("heading", { name: "No conversations yet" }).waitFor();
  }

  /** invite makes a link and returns it. */
  async invite() {
    await this.page.getByRole("link", { name: "New conversation" }).first().click();
    await this.page.getByRole("button", { name: /Invite someone/ }).click();
    return this.page.getByRole("textbox", { name: "Link" }).inputValue();
  }

  /** connect opens a link in the address bar and presses Connect. */
  async connect(link) {
    await this.page.goto(link);
    const connect = this.page.getByRole("button", { name: "Connect" });
    await connect.waitFor(); // drawn together with the field for the name
    if (await this.page.getByLabel("Your name").isVisible()) await this.page.getByLabel("Your name").fill(this.name);
    await connect.click();
  }

  composer() {
    return this.page.getByRole("textbox", { name: "Message" });
  }

  async send(text) {
    await this.composer().fill(text);
    await this.composer().press("Enter");
  }

  /** texts returns the messages shown, oldest first, as {own, text, status}; notes have neither. */
  async texts(page = this.page) {
    return page.evaluate(() =>
      [...document.querySelectorAll('[role="listitem"].entry')].map((line) => {
        const text = line.querySelector(".text")?.cloneNode(true);
        text?.querySelector(".meta")?.remove();
        const words = { "Waiting to be sent": "pending", "On the relay": "sent", Delivered: "delivered", "Not sent": "failed" };
        const said = [...line.querySelectorAll(".meta .hidden")].map((el) => words[el.textContent]).find(Boolean);
        return { own: line.classList.contains("own"), text: text?.textContent ?? line.textContent, status: said ?? "" };
      }),
    );
  }

  /** says waits until the page shows a text, and takes pictures of it if SHOTS names a folder for them. */
  async says(text, shot = "") {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor({ timeout: 15_000 });
    if (process.env.SHOTS && shot) await this.#pictures(join(process.env.SHOTS, shot));
  }

  async #pictures(path) {
    const size = this.page.viewportSize();
    for (const colorScheme of ["light", "dark"]) {
      await this.page.emulateMedia({ colorScheme });
      await this.page.screenshot({ path: `${path}-${colorScheme}.png` });
    }
    await this.page.setViewportSize({ width: 360, height: 640 });
    await this.page.screenshot({ path: `${path}-narrow.png` });
    await this.page.setViewportSize(size);
    await this.page.emulateMedia({ colorScheme: null });
  }

  /** uncaught returns the errors of the page's scripts. Those of the network are Chromium's own, and expected where it is disturbed. */
  uncaught() {
    return this.faults.filter((fault) => !/^(Failed to load resource|WebSocket connection to)/.test(fault));
  }

  /** wake tells the page that the network is back, so that nothing waits for the next attempt. */
  async wake() {
    await this.page.evaluate(() => dispatchEvent(new Event("online")));
  }

  async close() {
    await this.browser.close();
  }

  async leave() {
    await this.close().catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** couple opens two people and connects them. */
export async function couple(site, { url = site.url, ...options } = {}) {
  const alice = await Person.open("Alice", url, options);
  const bob = await Person.open("Bob", url, options);
  await alice.enter();
  const link = await alice.invite();
  await bob.connect(link);
  await alice.composer().waitFor();
  await bob.composer().waitFor();
  return { alice, bob };
}

/** arrived waits until a person sees all of their own messages delivered and all of the others', each once and in order. */
export async function arrived(person, own, others) {
  const texts = (seen, mine) => seen.filter((m) => m.own === mine).map((m) => m.text);
  await waitFor(
    `${person.name} to see everything`,
    async () => {
      const seen = await person.texts();
      return seen.length >= own.length + others.length && seen.every((m) => !m.own || m.status === "delivered");
    },
    60,
  ).catch(async (error) => {
    error.message += `: ${JSON.stringify(await person.texts())}`;
    throw error;
  });
  const seen = await person.texts();
  assert.deepEqual(texts(seen, true), own);
  assert.deepEqual(texts(seen, false), others);
}

/** killWorker ends the worker of a browser at once, as the system does when memory is short. */
export async function killWorker(person) {
  const cdp = await person.browser.browser().newBrowserCDPSession();
  const { targetInfos } = await cdp.send("Target.getTargets");
  const worker = targetInfos.find((t) => t.type === "shared_worker");
  assert.ok(worker, "there is a SharedWorker");
  await cdp.send("Target.closeTarget", { targetId: worker.targetId });
}

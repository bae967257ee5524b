// What is measured inside a page. These functions are sent there: they use nothing of this file.

/**
 * watchOpening notes when something to write in was painted and when the agent answered, in milliseconds since the page
 * was asked for.
 */
export function watchOpening() {
  const opening = (globalThis.opening = { usable: 0, ready: 0 });
  const field = () => document.querySelector("main.whole input:enabled, .composer textarea:enabled");
  const look = new MutationObserver(() => {
    if (!field()) return;
    look.disconnect();
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => (opening.usable = performance.now());
      painted.port2.postMessage(null);
    });
  });
  look.observe(document, { childList: true, subtree: true });

  // The answer to the first call is the state of everything: from then on the agent works.
  const isAnswer = (data) => typeof data === "string" && "result" in JSON.parse(data);
  globalThis.SharedWorker = class extends SharedWorker {
    constructor(...args) {
      super(...args);
      this.port.addEventListener("message", ({ data }) => {
        if (!opening.ready && isAnswer(data)) opening.ready = performance.now();
      });
    }
  };
}

/**
 * watchTalk notes for every message when Enter was pressed, and when it, its first and its second tick were painted.
 * Times are milliseconds of the clock that all pages of this machine share.
 */
export function watchTalk() {
  const talk = (globalThis.talk = { pressed: {}, shown: {}, sent: {}, delivered: {} });

  // performance.timeOrigin is set when a process starts; what the clock was moved since then is added.
  let origin = performance.timeOrigin;
  const steps = 2000;
  let ahead = 0;
  for (let i = 0; i < steps; i++) ahead += Date.now() + 0.5 - (origin + performance.now());
  if (Math.abs(ahead / steps) > 1) origin += ahead / steps;

  const note = (times, text) => {
    if (text in times) return;
    times[text] = 0; // seen, not painted yet
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => (times[text] = origin + performance.now());
      painted.port2.postMessage(null);
    });
  };
  const read = (line) => {
    const text = line.querySelector(".text")?.firstChild?.textContent;
    if (!text) return;
    note(talk.shown, text);
    const icon = line.querySelector(".meta use")?.getAttribute("href") ?? "";
    if (/#i-checks?$/.test(icon)) note(talk.sent, text);
    if (icon.endsWith("#i-checks")) note(talk.delivered, text);
  };
  const look = new MutationObserver(() => [...document.querySelectorAll(".entry")].slice(-2).forEach(read));
  look.observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
  addEventListener(
    "keydown",
    (e) => {
      if (e.key === "Enter" && e.target.value) talk.pressed[e.target.value] = origin + e.timeStamp;
    },
    true,
  );
}

/**
 * watchLarge notes when the worker's program began, when the list of conversations was painted and when it had all of
 * them, what messages came in, and the longest time in which the page could do nothing. Times are Unix milliseconds.
 */
export function watchLarge() {
  const large = (globalThis.large = { ran: 0, memory: 0, painted: 0, rows: 0, complete: 0, received: 0, first: 0, last: 0, blocked: 0 });
  const now = () => performance.timeOrigin + performance.now();
  new BroadcastChannel("bench").onmessage = ({ data }) => Object.assign(large, data);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) large.blocked = Math.max(large.blocked, duration);
  }).observe({ type: "longtask", buffered: true });
  const look = new MutationObserver(() => {
    if (!document.querySelector("ul.rows .row")) return;
    look.disconnect();
    requestAnimationFrame(() => {
      const painted = new MessageChannel();
      painted.port1.onmessage = () => (large.painted = now());
      painted.port2.postMessage(null);
    });
  });
  look.observe(document, { childList: true, subtree: true });
  const grown = () => {
    const rows = Number(document.querySelector(".slot")?.ariaSetSize) || document.querySelectorAll(".slot").length;
    if (rows > large.rows) Object.assign(large, { rows, complete: now() });
  };
  new MutationObserver(grown).observe(document, { childList: true, subtree: true, attributeFilter: ["aria-setsize"] });
  globalThis.SharedWorker = class extends SharedWorker {
    constructor(...args) {
      super(...args);
      this.port.addEventListener("message", ({ data }) => {
        if (typeof data !== "string" || !data.includes("of those that waited")) return;
        const items = [JSON.parse(data)].flat().filter(({ event, data }) => event === "item" && data.text.includes("of those that waited"));
        if (!items.length) return;
        large.received += items.length;
        large.last = now();
        large.first ||= large.last;
      });
    }
  };
}

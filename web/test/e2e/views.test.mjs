// Checks every view in a browser, with the scripted agent: axe finds nothing, no script fails, nothing is wider than
// the window, what can be pressed is large enough; and what people do works, by mouse and by keys.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { launch, phone, views } from "../fixture/browser.mjs";
import { site } from "../fixture/site.mjs";
import { waitFor } from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser;
let at;

before(async () => {
  [browser, at] = await Promise.all([launch(), site()]);
});

after(async () => {
  await browser.close();
  at.close();
});

// Several at a time: most of their time they wait.
test("views", { concurrency: 4 }, async (t) => {
  await Promise.all(views.filter((view) => !view.picture).map((view) => t.test(view.name, () => check(view))));
});

async function check(view) {
  const { page, problems } = await view.open(browser, at.origin);
  assert.deepEqual(problems.filter((p) => !p.includes("ERR_INTERNET_DISCONNECTED")), []);
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    await Promise.allSettled(document.getAnimations().map((a) => a.finished)); // one whose element is gone is over, too
    const { violations } = await axe.run({ resultTypes: ["violations"] });
    return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html} ${n.any.map((a) => a.message).join(" ")}`));
  });
  assert.deepEqual(found, []);
  assert.deepEqual(await page.evaluate(misfits), []);
  await page.context().close();
}

// Runs in the page: what sticks out of the window, and what is too small to be pressed.
function misfits() {
  const shown = (el) => el.checkVisibility({ visibilityProperty: true }) && !el.closest(".hidden");
  const tooWide = document.documentElement.scrollWidth > innerWidth ? ["the page is wider than the window"] : [];
  const small = [...document.querySelectorAll("button, a, input, textarea")].filter((el) => {
    const { width, height } = (el.closest("label") ?? el).getBoundingClientRect();
    return shown(el) && !el.closest(".text") && (width < 43.5 || height < 43.5);
  });
  return [...tooWide, ...small.map((el) => `too small: ${el.outerHTML.slice(0, 120)}`)];
}

async function open(scene, hash = "", { size, path = "/" } = {}) {
  const context = await browser.newContext({ viewport: size ?? { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(`${at.origin}${path}?scene=${scene}${hash}`);
  return page;
}

const hashOf = (page) => new URL(page.url()).hash;

const composer = (page) => page.getByLabel("Message", { exact: true });

const holds = (field, text) => waitFor(`a field with “${text}”`, async () => (await field.inputValue()) === text);

/** drawn waits until what was done is drawn: the page draws at most thirty times a second. */
const drawn = (page) => page.evaluate(() => new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 50)));

test("a name, and the conversations are there, also when the agent comes later", async () => {
  const page = await open("first");
  await page.getByLabel("Your name").fill("Robin");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "No conversations yet" }).waitFor();
  await page.context().close();
});

test("what cannot be opened is left alone until the person decides", async () => {
  const page = await open("unreadable");
  await page.getByRole("heading", { name: "Your conversations cannot be opened" }).waitFor();
  assert.equal(await page.getByLabel("Your name").count(), 0);
  await page.getByRole("button", { name: "Begin anew" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Begin anew" }).click();
  await page.getByRole("button", { name: "Delete and begin anew" }).click();
  await page.getByLabel("Your name").waitFor();
  await page.context().close();
});

test("a copy is saved under a passphrase typed twice", async () => {
  const page = await open("used", "#settings/copy");
  const save = page.getByRole("button", { name: "Save a copy" });
  await page.getByLabel("Passphrase", { exact: true }).fill("short");
  await save.click();
  await page.getByText("The passphrase is too short").waitFor();
  await page.getByLabel("Passphrase", { exact: true }).fill("correct horse");
  await save.click();
  await page.getByText("The two are not the same").waitFor();
  await page.getByLabel("The same once more").fill("correct horse");
  const [download] = await Promise.all([page.waitForEvent("download"), save.click()]);
  assert.match(download.suggestedFilename(), /^sotto-\d{4}-\d\d-\d\d\.copy$/);
  assert.equal(readFileSync(await download.path(), "utf8"), "ok");
  await page.getByText("given to your browser").waitFor();
  await page.context().close();
});

test("a copy is checked, and takes the place of everything once that is confirmed", async () => {
  for (const [scene, hash] of [["used", "#settings/copy"], ["unreadable", ""]]) {
    const page = await open(scene, hash);
    const check = page.getByRole("button", { name: "Check the file" });
    await check.click();
    await page.getByText("Choose the file first.").waitFor();
    await page.getByLabel("File").setInputFiles({ name: "sotto.copy", mimeType: "application/octet-stream", buffer: Buffer.from("ok") });
    await page.getByLabel("Its passphrase").fill("wrong");
    await check.click();
    await page.getByText("The passphrase is wrong").waitFor();
    await page.getByLabel("Its passphrase").fill("correct horse");
    await check.click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await check.click();
    await page.getByRole("button", { name: "Replace", exact: true }).click();
    await page.getByRole("button", { name: "Replace", exact: true }).waitFor({ state: "detached" });
    await page.goto(`${at.origin}/?scene=${scene}#settings/profile`);
    await holds(page.getByLabel("Your name"), "Copied");
    await page.context().close();
  }
});

test("the history leads back through the views of a phone", async () => {
  const page = await open("used", "", { size: phone });
  await page.getByText("Ada Lovelace").click();
  await composer(page).waitFor(); // until then, the link is the row in the list
  await page.getByRole("link", { name: /Ada Lovelace/ }).click();
  await page.getByRole("heading", { name: "Details" }).waitFor();
  await page.goBack();
  await composer(page).waitFor();
  assert.equal(hashOf(page), "#c/ada");
  await page.getByRole("button", { name: "Back" }).click();
  await page.getByRole("searchbox").waitFor();
  await page.goForward();
  await composer(page).waitFor();
  await page.context().close();
});

test("of a thousand conversations those near the window are drawn, and the one with the focus", async () => {
  const page = await open("crowd");
  const rows = page.locator(".rows .row");
  const row = (n) => page.getByRole("link", { name: `Person ${n} `, exact: false });
  const places = () => page.locator(".slot").evaluateAll((all) => all.map((el) => [Number(el.ariaPosInSet), Number(el.ariaSetSize), el.querySelector(".row-name").textContent]));
  await rows.first().waitFor();
  const few = (await places()).length;
  assert.ok(few < 100, `${few} rows`);
  const height = await page.locator(".side .scroll").evaluate((el) => el.scrollHeight);

  // By keys, as far as one likes: the row with the focus is in the window.
  await rows.first().focus();
  for (let i = 0; i < 60; i++) await page.keyboard.press("ArrowDown");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Person 60/);
  const [focus, list] = await page.evaluate(() => [document.activeElement, document.querySelector(".side .scroll")].map((el) => el.getBoundingClientRect().toJSON()));
  assert.ok(focus.top >= list.top && focus.bottom <= list.bottom, "in the window");

  // By the scroll bar to the end: nothing has moved, and the focus is where it was.
  await page.locator(".side .scroll").evaluate((el) => el.scrollTo(0, el.scrollHeight));
  await row(999).waitFor();
  assert.equal(await page.locator(".side .scroll").evaluate((el) => el.scrollHeight), height);
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Person 60/);
  for (const [place, size, name] of await places()) assert.deepEqual([size, name], [1000, `Person ${place - 1}`]);
  const end = await row(999).evaluate((el) => el.getBoundingClientRect().bottom);
  assert.ok(end > list.bottom - 100 && end <= list.bottom, `the last row ends at ${end}`);

  // On from there by keys, and by a search to one that is not drawn.
  await page.keyboard.press("ArrowUp");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Person 59/);
  await row(59).waitFor();
  await page.getByRole("searchbox").fill("Person 500");
  await row(500).click();
  await page.getByRole("heading", { name: "Person 500" }).waitFor();
  await page.context().close();
});

test("what comes in leaves the list where it is read", async () => {
  const page = await open("crowd");
  const list = page.locator(".side .scroll");
  await list.evaluate((el) => el.scrollTo(0, 20_000));
  const row = page.getByRole("link", { name: "Person 305 " });
  await row.waitFor();
  const before = await row.evaluate((el) => Math.round(el.getBoundingClientRect().top));
  await page.evaluate(() => fixture.receive("x700", "Hello there")); // from above
  await page.waitForFunction(() => document.title.startsWith("(1)"));
  await page.evaluate(() => fixture.receive("x303", "Hello again")); // the first row in the window
  await page.waitForFunction(() => document.title.startsWith("(2)"));
  assert.equal(await row.evaluate((el) => Math.round(el.getBoundingClientRect().top)), before);
  await list.evaluate((el) => el.scrollTo(0, 0));
  await page.getByText("Hello there").waitFor();
  assert.match((await page.locator(".slot").allInnerTexts()).slice(0, 2).join(), /Person 303.*Person 700/s);
  await page.context().close();
});

test("a message is written, sent by Enter, ticked twice, and shown once", async () => {
  const page = await open("used", "#c/ada");
  await page.locator("textarea:focus").waitFor();
  await page.keyboard.type("first line");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("second line");
  await page.keyboard.press("Enter");
  const sent = page.locator(".entry.own", { hasText: "second line" });
  await sent.getByText("Delivered").waitFor({ state: "attached" });
  assert.equal(await sent.count(), 1);
  await holds(composer(page), "");
  await page.context().close();
});

test("a message is sent once, however fast the button is pressed", async () => {
  const page = await open("used", "#c/ada");
  await composer(page).fill("only once");
  await page.locator(".composer button").evaluate((button) => [1, 2, 3].forEach(() => button.click()));
  await page.locator(".entry.own", { hasText: "only once" }).getByText("Delivered").first().waitFor({ state: "attached" });
  assert.equal(await page.locator(".entry.own", { hasText: "only once" }).count(), 1);
  await holds(composer(page), "");
  await page.context().close();
});

test("a message that is refused can be sent again, or removed", async () => {
  const page = await open("sendRefused", "#c/ada");
  await composer(page).fill("too long");
  await page.keyboard.press("Enter");
  const refused = page.locator(".entry.own", { hasText: "too long" });
  await refused.getByRole("button", { name: "Send again" }).click();
  await refused.getByText("Not sent. The browser’s storage is full.").waitFor();
  await refused.getByRole("button", { name: "Remove" }).click();
  await refused.waitFor({ state: "detached" });
  await page.context().close();
});

test("an unfinished message is still there after another conversation", async () => {
  const page = await open("used", "#c/ada");
  await composer(page).fill("half a thou");
  await page.getByRole("link", { name: /Nobody Yet/ }).click();
  await page.getByText("Nothing written yet.").waitFor();
  await page.getByRole("link", { name: /Ada Lovelace/ }).first().click();
  await holds(composer(page), "half a thou");
  await page.context().close();
});

test("what is read stays in its place while older messages load and new ones come", async () => {
  const page = await open("used", "#c/many");
  const scroller = page.getByRole("region", { name: "Messages" });
  await page.getByText("10000. ").waitFor();
  for (let i = 0; i < 20; i++) {
    const text = await topLine(page);
    const before = await page.getByText(text).evaluate((el) => el.getBoundingClientRect().top);
    await scroller.evaluate((el) => el.scrollBy(0, -400));
    await page.waitForTimeout(60); // an older page loads in between, now and then
    const after = await page.getByText(text).evaluate((el) => el.getBoundingClientRect().top);
    assert.ok(Math.abs(after - before - 400) < 2, `${text} moved by ${after - before}`);
  }
  const top = await topLine(page);
  await page.evaluate(() => fixture.receive("many", "Look at me"));
  await page.getByRole("button", { name: "1 new message" }).waitFor();
  assert.equal(await topLine(page), top);
  await page.getByRole("button", { name: "1 new message" }).click();
  await page.getByText("Look at me").last().waitFor();
  await page.getByRole("button", { name: "1 new message" }).waitFor({ state: "detached" });
  await page.context().close();
});

test("of a stream no more is drawn at once than the window shows, and the rest when it ends", async () => {
  const page = await open("used", "#c/many");
  await page.getByText("10000. ").waitFor();
  const scroller = page.getByRole("region", { name: "Messages" });
  await scroller.evaluate((el) => {
    let n = 0;
    let pour;
    const some = () => {
      for (let i = 0; i < 60; i++) fixture.receive("many", `No. ${++n}`);
    };
    globalThis.pour = () => (pour = setInterval(() => fixture.listener.together(some), 50));
    globalThis.dry = () => (clearInterval(pour), `No. ${n}`);
    globalThis.seen = { left: 0, blank: 0, added: 0 };
    globalThis.boxes = () => [...document.querySelectorAll(".chunk:empty")].map((box) => box.getBoundingClientRect());
    const look = () => {
      const { top, bottom } = el.getBoundingClientRect();
      seen.left += boxes().filter((box) => box.bottom > top - 1000).length;
      seen.blank += boxes().filter((box) => box.bottom > top && box.top < bottom).length;
      requestAnimationFrame(look);
    };
    look();
    const count = (records) => (seen.added += records.flatMap((r) => [...r.addedNodes]).flatMap((node) => [...(node.querySelectorAll?.(".bubble") ?? [])]).length);
    new MutationObserver(count).observe(el, { childList: true, subtree: true });
  });
  await page.evaluate(() => pour());
  await page.waitForFunction(() => seen.left > 20);
  const last = await page.evaluate(() => dry());
  await page.getByText(last, { exact: true }).last().waitFor();
  await page.waitForFunction(() => boxes().every((box) => box.bottom < -600));
  assert.equal(await page.evaluate(() => seen.blank), 0);
  const end = await scroller.evaluate((el) => el.scrollHeight - el.scrollTop - el.clientHeight);
  assert.ok(end < 2, `the window is ${end} from the end`);

  await scroller.evaluate((el) => el.scrollBy(0, -2500)); // as far as what is drawn ahead
  await page.getByRole("button", { name: "Go to the newest message" }).waitFor();
  await page.waitForFunction(() => boxes().every((box) => box.bottom < -600 || box.top > innerHeight + 600));
  const top = await topLine(page);
  await page.evaluate(() => ((seen.added = 0), pour()));
  await page.getByRole("button", { name: /^\d{4,} new/ }).waitFor();
  await page.evaluate(() => dry());
  assert.equal(await topLine(page), top);
  assert.ok((await page.evaluate(() => seen.added)) < 100);
  await page.getByRole("button", { name: /new messages/ }).click();
  await page.waitForFunction(() => boxes().every((box) => box.bottom < -600));

  // Older lines come in the middle of a stream.
  await scroller.evaluate((el) => (el.scrollTop = 1250));
  await page.waitForFunction(() => boxes().every((box) => box.bottom < -600 || box.top > innerHeight + 600));
  const text = await topLine(page);
  const line = page.locator(".entry", { hasText: text });
  const before = await line.evaluate((el) => el.getBoundingClientRect().top);
  await page.evaluate(() => ((seen.left = 0), pour()));
  await page.getByRole("button", { name: /new messages/ }).waitFor();
  const by = await scroller.evaluate((el) => {
    const top = el.scrollTop;
    el.scrollTop = 1150;
    return new Promise((loaded) => new ResizeObserver(() => el.scrollTop > 2000 && loaded(top - 1150)).observe(el.firstElementChild));
  });
  await page.evaluate(() => dry());
  const moved = (await line.evaluate((el) => el.getBoundingClientRect().top)) - before;
  assert.ok(Math.abs(moved - by) < 2, `${text} moved by ${moved} instead of ${by}`);

  // Another conversation is opened in the middle of one.
  await page.getByRole("button", { name: /new messages/ }).click();
  await page.evaluate(() => {
    for (let i = 0; i < 18; i++) fixture.receive("news", `More news ${i}`);
    seen.left = 0;
    pour();
  });
  await page.waitForFunction(() => seen.left > 20);
  await page.evaluate(() => (location.hash = "#c/news"));
  const mark = await page.locator(".unread-from").boundingBox();
  assert.ok(mark.y > 60 && mark.y < 500, `the mark is at ${mark.y}`);
  await page.context().close();
});

// The first line that is whole inside the window.
function topLine(page) {
  return page.evaluate(() => {
    const top = document.querySelector(".talk .scroll").getBoundingClientRect().top;
    const bubble = [...document.querySelectorAll(".bubble .text")].find((el) => el.getBoundingClientRect().top > top);
    return bubble.firstChild.textContent;
  });
}

test("ten thousand messages are never all in the page", async () => {
  const page = await open("used", "#c/many");
  await page.getByText("10000. ").waitFor();
  const scroller = await page.getByRole("region", { name: "Messages" }).elementHandle();
  const goUp = (el) => {
    el.scrollTo(0, 0);
    return el.scrollHeight > 40_000;
  };
  await page.waitForFunction(goUp, scroller, { polling: 25 });
  const lines = await page.locator(".entry").count();
  assert.ok(lines < 400, `${lines} lines are drawn`);
  await page.context().close();
});

test("a conversation opens at the first new message and keeps it marked", async () => {
  const page = await open("used", "#c/news");
  await page.locator(".unread-from").waitFor();
  const box = await page.locator(".unread-from").boundingBox();
  assert.ok(box.y > 60 && box.y < 500, `the mark is at ${box.y}`);
  await page.context().close();
});

test("a conversation opens at the first new message, however many there are, and does not move", async () => {
  for (const unread of [3, 21, 400, 980]) {
    const page = await open("used");
    await page.getByRole("link", { name: /^Many News/ }).waitFor();
    await page.evaluate((unread) => {
      const items = fixture.items.get("many").slice(0, 3000);
      fixture.items.set("news", items.map((item) => ({ ...item, contactId: "news", direction: "received", status: undefined })));
      fixture.emit("contact", Object.assign(fixture.contact("news"), { unread }));
      fixture.scene.itemsDelay = 50;
      // In each frame when all is in its place, just before it is painted.
      const look = () => {
        const scroller = document.querySelector(".talk .scroll")?.getBoundingClientRect();
        const mark = document.querySelector(".unread-from")?.getBoundingClientRect();
        const boxes = [...document.querySelectorAll(".chunk:empty")].map((box) => box.getBoundingClientRect());
        if (mark) seen.marks.push(Math.round(mark.top));
        if (mark) seen.empty += boxes.filter((box) => box.bottom > scroller.top && box.top < scroller.bottom).length;
      };
      const clock = document.body.appendChild(document.createElement("i"));
      clock.style.cssText = "position: fixed; block-size: 0";
      new ResizeObserver(look).observe(clock);
      const tick = () => {
        clock.style.inlineSize = clock.style.inlineSize === "1px" ? "2px" : "1px";
        requestAnimationFrame(tick);
      };
      tick();
    }, unread);
    const opened = async (meanwhile) => {
      await page.evaluate((meanwhile) => {
        globalThis.seen = { marks: [], empty: 0 };
        location.hash = "#c/news";
        if (meanwhile) setTimeout(() => fixture.receive("news", "Meanwhile"), 40);
      }, meanwhile);
      await page.waitForFunction(() => seen.marks.length > 20);
      const { marks, empty } = await page.evaluate(() => seen);
      assert.equal(empty, 0);
      const [first, last] = [Math.min(...marks), Math.max(...marks)];
      assert.ok(first > 60 && last < 750 && last - first < 3, `${unread} new: the mark is at ${marks}`);
    };
    await opened(unread > 20);
    if (unread > 20) {
      await page.evaluate(() => (location.hash = "#c/ada")); // it is left unread
      await page.waitForFunction(() => !document.querySelector(".unread-from"));
      await opened(false);
      await page.getByRole("button", { name: `${unread + 1} new messages` }).click();
      await page.getByText("Meanwhile", { exact: true }).waitFor();
    }
    await page.waitForFunction(() => !document.querySelector(".row[aria-current] .row-count"));
    await page.context().close();
  }
});

test("a quote leads to what it answers, wherever that is", async () => {
  const page = await open("used", "#c/many");
  await page.getByText("10000. ").waitFor();
  const quotes = page.locator("button.quote");
  const about = async (seq) => {
    await page.evaluate((seq) => fixture.receive("many", `About ${seq}`, { quote: { seq, own: false, kind: "text", text: "As was said" } }), seq);
    await page.getByText(`About ${seq}`, { exact: true }).waitFor();
    await quotes.last().click();
  };
  for (const seq of [9998, 9930, 4321, 9700]) {
    await about(seq);
    const line = page.getByText(`${seq}. `);
    await line.waitFor();
    await waitFor("a line that does not move any more", async () => {
      const { y, height } = await line.boundingBox();
      await pause(100);
      return y > 100 && y + height < 720 && (await line.boundingBox()).y === y;
    });
    assert.equal(await empty(page), 0);
    assert.ok((await page.locator(".talk .bubble").count()) < 250);
    const end = page.getByRole("button", { name: "Go to the newest message" });
    if (await end.isVisible()) await end.click();
    await page.getByText(`About ${seq}`, { exact: true }).waitFor();
  }
  // Who has moved on stays there; what could not be loaded is asked for again.
  await page.evaluate(() => (fixture.scene.itemsDelay = 300));
  await about(4250); // in the next 200
  await page.mouse.wheel(0, 10);
  await pause(700);
  assert.ok(await page.getByText("About 4250", { exact: true }).isVisible());
  await page.evaluate(() => (fixture.scene.itemsFail = true));
  await about(3900);
  await page.getByRole("button", { name: "Try again" }).waitFor();
  await page.evaluate(() => (fixture.scene.itemsFail = false));
  await page.getByRole("button", { name: /newest message|new messages/ }).click();
  await quotes.last().click();
  await page.getByText("3900. ").waitFor();
  await page.context().close();
});

/** empty counts the boxes in the window that are not drawn. */
function empty(page) {
  return page.evaluate(() => {
    const { top, bottom } = document.querySelector(".talk .scroll").getBoundingClientRect();
    return [...document.querySelectorAll(".chunk:empty")].map((box) => box.getBoundingClientRect()).filter((box) => box.bottom > top && box.top < bottom).length;
  });
}

test("a received message is told to screen readers", async () => {
  const page = await open("used", "#c/ada");
  await page.locator(".entry", { hasText: "really" }).waitFor();
  await page.evaluate(() => fixture.receive("ada", "Knock knock"));
  await page.locator("[aria-live=polite]", { hasText: "Ada Lovelace: Knock knock" }).waitFor({ state: "attached" });
  await page.context().close();
});

test("what is seen counts as read at once", async () => {
  const page = await open("used", "#c/ada");
  await page.locator(".entry", { hasText: "really" }).waitFor();
  await page.evaluate(() => fixture.receive("ada", "Seen"));
  await page.locator(".entry", { hasText: "Seen" }).waitFor();
  await page.waitForFunction(() => !document.querySelector(".row[aria-current] .row-count"));
  await page.context().close();
});

test("a link in the address leads to a conversation, and asks for a name first", async () => {
  const page = await open("first", "#/?v=2-7&smp=x", { path: "/invitation" });
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Your name").fill("Robin");
  await page.getByRole("button", { name: "Connect" }).click();
  await page.getByRole("heading", { name: "Waiting for an answer" }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/");
  assert.match(hashOf(page), /^#c\//);
  await page.context().close();
});

test("a one-time link is left to the app until somebody begins to write a name", async () => {
  const page = await open("first", "#abc", { path: "/i" });
  const inApp = page.getByRole("link", { name: "Open in the SimpleX app" });
  await page.getByText("Somebody", { exact: true }).waitFor();
  await page.getByText("A person invites you").waitFor();
  await inApp.waitFor();
  const field = page.getByLabel("Your name");
  const at = await field.boundingBox();
  await field.fill("R");
  await page.getByText("Emmy Noether").waitFor();
  assert.equal(await inApp.count(), 0);
  assert.deepEqual(await field.boundingBox(), at);
  await page.context().close();
});

test("a reload in the instant of Connect does not ask for the name again", async () => {
  const page = await open("firstStarting", "#/?v=2-7&smp=x", { path: "/invitation" });
  await page.getByLabel("Your name").fill("Robin");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByRole("button", { name: "Connecting…" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Connect", exact: true }).waitFor();
  assert.equal(await page.getByLabel("Your name").count(), 0);
  await page.context().close();
});

test("a message is answered, changed, and given a reaction", async () => {
  const page = await open("used", "#c/ada");
  const menu = async (text, name) => {
    await page.locator(".entry", { hasText: text }).locator(".text").first().click({ button: "right" });
    await page.getByRole("menuitem", { name }).click();
  };
  await menu("it is", "Reply");
  await page.getByText("Reply to Ada Lovelace").waitFor();
  await page.keyboard.press("Escape");
  await page.getByText("Reply to Ada Lovelace").waitFor({ state: "detached" });
  await composer(page).fill("half a thought");
  await menu("I cook", "Change");
  await holds(composer(page), "I cook. Come at half past five?");
  await composer(page).fill("I cook. Come at six?");
  await page.keyboard.press("Enter");
  await page.locator(".entry", { hasText: "Come at six?" }).getByText("edited").waitFor();
  await holds(composer(page), "half a thought");
  // What is written before the agent has changed the message is not lost.
  await page.evaluate(() => void (fixture.held = new Promise((go) => (fixture.go = go))));
  await menu("Come at six?", "Change");
  await holds(composer(page), "I cook. Come at six?");
  await composer(page).fill("I cook. Come at seven?");
  await page.keyboard.press("Enter");
  await composer(page).fill("Bring bread");
  await page.evaluate(() => fixture.go());
  await page.locator(".entry", { hasText: "Come at seven?" }).waitFor();
  await holds(composer(page), "half a thought\nBring bread");
  await page.locator(".entry", { hasText: "it is" }).locator(".text").first().click({ button: "right" });
  await page.getByRole("button", { name: "Heart" }).click();
  await page.getByRole("button", { name: "Heart, 1, yours. Take it back" }).click();
  await page.getByRole("button", { name: /Heart, 1/ }).waitFor({ state: "detached" });
  await page.context().close();
});

test("a row's menu opens by mouse and by key, and a conversation is deleted from it", async () => {
  const page = await open("used");
  const bo = page.getByRole("link", { name: /^Bo\b/ });
  await bo.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Mark as read" }).click();
  await page.locator(".slot", { has: bo }).locator(".row-count").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "What to do with Bo" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("[role=menuitem]:focus").waitFor();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await bo.waitFor({ state: "detached" });
  await page.context().close();
});

test("what is locked opens with its passphrase only", async () => {
  const page = await open("locked");
  await page.getByLabel("Passphrase").fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("The passphrase is wrong.").waitFor();
  await page.getByLabel("Passphrase").fill("correct horse");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Settings" }).waitFor();
  await page.context().close();
});

test("an invitation is made, shown, and deleted after a question", async () => {
  const page = await open("empty");
  await page.getByRole("button", { name: /Invite someone/ }).click();
  await page.getByRole("img", { name: /QR/ }).waitFor();
  assert.match(await page.getByLabel("Link", { exact: true }).inputValue(), /^http:\/\/127\.0\.0\.1:\d+\/invitation#\/\?v=2-7/);
  await page.getByRole("link", { name: /Show details/ }).click();
  await page.getByRole("button", { name: "Delete this invitation" }).click();
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete this invitation" }).click();
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("No conversations yet").waitFor();
  await page.context().close();
});

test("Echo is a tap away while there is nobody else", async () => {
  const page = await open("empty", "", { size: phone });
  await page.getByRole("button", { name: "Talk to Echo" }).click();
  await page.getByRole("heading", { name: "Waiting for an answer" }).waitFor();
  await page.context().close();
});

test("the list is walked through with the arrow keys", async () => {
  const page = await open("used");
  await page.getByRole("link", { name: /Ada Lovelace/ }).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => location.hash === "#c/ask");
  await page.context().close();
});

test("a key finds drawn what a click led to", async () => {
  const page = await open("used", "#c/ada");
  await page.locator(".who").waitFor();
  const led = await page.evaluate(() => {
    document.querySelector(".who").dispatchEvent(new MouseEvent("click", { detail: 1, bubbles: true, cancelable: true }));
    const { hash } = location;
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    return hash;
  });
  assert.equal(led, "#details/ada");
  await page.waitForFunction(() => location.hash === "#c/ada");
  await pause(100);
  assert.equal(await page.getByRole("button", { name: "Close" }).count(), 0);
  await page.context().close();
});

test("the details close with Escape, and focus goes back", async () => {
  const page = await open("used", "#c/ada");
  const details = page.getByRole("link", { name: /Show details/ });
  await details.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Close" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Close" }).waitFor({ state: "detached" });
  await waitFor("the focus", () => details.evaluate((el) => el === document.activeElement));
  await page.context().close();
});

test("the composer grows to six lines and no further", async () => {
  const page = await open("used", "#c/ada");
  const height = async (lines) => {
    await composer(page).fill(Array.from({ length: lines }, () => "x").join("\n"));
    await drawn(page);
    return (await composer(page).boundingBox()).height;
  };
  const [one, three, six, nine] = [await height(1), await height(3), await height(6), await height(9)];
  assert.ok(one < three && three < six && nine - six < 1, [one, three, six, nine].join());
  await page.context().close();
});

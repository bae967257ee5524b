import assert from "node:assert/strict";
import { test } from "node:test";
import { appLink, formatRoute, linkOf, parseRoute, readLink, type Route, shareLink } from "../../src/route";

const at = (url: string) => parseRoute(new URL(url));

const parsed: [string, Route][] = [
  ["https://h/", { view: "list" }],
  ["https://h/#", { view: "list" }],
  ["https://h/#nonsense/x", { view: "list" }],
  ["https://h/#c/", { view: "list" }],
  ["https://h/#c/a%2Fb", { view: "conversation", id: "a/b" }],
  ["https://h/#c/%", { view: "conversation", id: "%" }],
  ["https://h/#details/x", { view: "details", id: "x" }],
  ["https://h/#new", { view: "new" }],
  ["https://h/invitation", { view: "list" }],
  ["https://h/invitation#/?v=2-7&smp=a%2Fb", { view: "connect", link: "simplex:/invitation#/?v=2-7&smp=a%2Fb" }],
  ["https://h/invitation/#/?v=2", { view: "connect", link: "simplex:/invitation#/?v=2" }],
  ["https://h/contact#/?v=2", { view: "connect", link: "simplex:/contact#/?v=2" }],
  ["https://h/#/?v=2", { view: "connect", link: "simplex:/invitation#/?v=2" }],
  ["https://h/i#abc/def", { view: "connect", link: "https://h/i#abc/def" }],
  ["https://h/#simplex:/invitation#/?v=2", { view: "connect", link: "simplex:/invitation#/?v=2" }],
  ["https://h/#https://simplex.chat/contact#/?v=2", { view: "connect", link: "https://simplex.chat/contact#/?v=2" }],
];

for (const [url, want] of parsed) test(`route of ${url}`, () => assert.deepEqual(at(url), want));

test("a route comes back from its address", () => {
  const routes: Route[] = [
    { view: "list" }, { view: "new" }, { view: "open" }, { view: "settings" },
    { view: "conversation", id: "a b/%#ü" }, { view: "details", id: "x" }, { view: "connect", link: "simplex:/invitation#/?v=2-7&e2e=x%3D" },
  ];
  for (const route of routes) assert.deepEqual(at("https://h" + formatRoute(route)), route);
});

test("a full link is shared as one that opens this page", () => {
  const rest = "/?v=2-7&smp=x%2Fy";
  assert.equal(shareLink("simplex:/invitation#" + rest, "https://h"), "https://h/invitation#" + rest);
  assert.equal(shareLink("https://simplex.chat/contact#" + rest, "https://h"), "https://h/contact#" + rest);
  assert.equal(shareLink("https://relay.example/i#abc", "https://h"), "https://relay.example/i#abc");
  assert.equal(shareLink("simplex:/invitation#" + rest, "null"), "simplex:/invitation#" + rest);
});

test("the short link is given out, and opens here where its own host has no page", () => {
  const short = "https://relay.example/a#key";
  assert.equal(linkOf({ link: "simplex:/contact#/?v=2", short }, "https://chat.example"), short);
  assert.equal(linkOf({ link: "simplex:/contact#/?v=2" }, "https://chat.example"), "https://chat.example/contact#/?v=2");
  const here = linkOf({ short }, "http://localhost:8080");
  assert.equal(here, "http://localhost:8080/#" + short);
  const { protocol, hostname, pathname, hash } = new URL(here);
  assert.deepEqual(parseRoute({ protocol, hostname, pathname, hash }), { view: "connect", link: short });
});

test("links of any site are read as those of none", () => {
  assert.equal(readLink("Look: http://localhost:8080/invitation#/?v=2 and https://simplex.chat/contact/#/?v=1."), "Look: simplex:/invitation#/?v=2 and simplex:/contact#/?v=1.");
  for (const same of ["simplex:/invitation#/?v=2", "https://relay.example/i#abc", "https://example.org/?q=invitation", "hello"]) assert.equal(readLink(same), same);
});

test("a link is given to the app in the form that names no site", () => {
  for (const [link, want] of [
    ["simplex:/invitation#/?v=2-7", "simplex:/invitation#/?v=2-7"],
    ["https://simplex.chat/contact#/?v=2&smp=x", "simplex:/contact#/?v=2&smp=x"],
    ["https://smp.example/a#key", "simplex:/a#key?h=smp.example"],
    ["https://smp.example/i#id/key?p=5224&c=hash", "simplex:/i#id/key?h=smp.example&p=5224&c=hash"],
    ["https://smp.example/g#key?h=x.onion&c=hash", "simplex:/g#key?h=smp.example,x.onion&c=hash"],
    ["https://smp.example/other#key", ""],
    ["javascript:alert(1)", ""],
  ]) assert.equal(appLink(link ?? ""), want);
});

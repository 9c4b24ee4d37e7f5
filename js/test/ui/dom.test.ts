// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { makeId } from "../../src/kernel/channel";
import { randomSeed } from "../../src/studio/requests";
import { h, isWebUrl, safeUrl } from "../../src/ui/dom";

test("text is never markup", () => {
  const element = h("p", {}, "<img src=x onerror=alert(1)>");
  expect(element.children.length).toBe(0);
  expect(element.textContent).toBe("<img src=x onerror=alert(1)>");
});

test.each([
  "javascript:alert(1)",
  "data:text/html,x",
  " javascript:alert(1)",
  "vbscript:x",
  "file:///etc/passwd",
])("%s is no URL to use", (url) => expect(safeUrl(url)).toBeNull());

test.each([
  "https://a.example/x.mp4",
  "http://a.example/",
  "blob:http://a.example/1",
  "clips/x.mp4",
])("%s may be used", (url) => expect(safeUrl(url)).toBe(url));

test("only absolute web addresses are previewed", () => {
  expect(
    ["https://a.example/b", "HTTP://a", "a/b.png", "https://", "javascript:x"].map(isWebUrl),
  ).toEqual([true, true, false, false, false]);
});

test("ids need no secure context", () => {
  const { crypto } = globalThis;
  Object.defineProperty(globalThis, "crypto", { value: undefined, configurable: true });
  try {
    expect(makeId()).toMatch(/^[0-9a-f]{24}$/);
    expect(makeId()).not.toBe(makeId());
  } finally {
    Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true });
  }
});

test("a seed lies within its bounds", () => {
  for (let i = 0; i < 50; i++) expect([4, 5, 6]).toContain(randomSeed(4, 6));
});

// @vitest-environment happy-dom
import { describe, expect, it, test } from "vitest";
import { makeId } from "../../src/kernel/channel";
import { randomSeed } from "../../src/studio/requests";
import { h, isWebUrl, linked, safeUrl } from "../../src/ui/dom";

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

describe("linked", () => {
  const links = (text: string) =>
    linked(text).flatMap((part) => (typeof part === "string" ? [] : part.getAttribute("href")));

  it("makes links of https addresses and changes no letter", () => {
    const text = "Look at https://fal.ai/dashboard/requests. Or (https://a.b/c?d=e).";
    const parts = linked(text).map((part) => (typeof part === "string" ? part : part.textContent));
    expect(parts.join("")).toBe(text);
    expect(links(text)).toEqual(["https://fal.ai/dashboard/requests", "https://a.b/c?d=e"]);
  });

  it.each([
    "http://a.b/c",
    "javascript:alert(1)",
    "https://user:pass@a.b/c",
    "https://fal.ai@evil.com/",
    "https://localhost/x",
    "ftp://a.b",
    "https://",
    "<a href=https:>",
  ])("leaves %s a text", (text) => {
    expect(links(text)).toEqual([]);
    expect(linked(text).join("")).toBe(text);
  });

  it("opens them elsewhere and tells nothing about this page", () => {
    const [link] = linked("https://a.b/c") as HTMLElement[];
    expect(link?.getAttribute("rel")).toBe("noopener noreferrer");
    expect(link?.getAttribute("target")).toBe("_blank");
  });
});

// @vitest-environment happy-dom
import { afterEach, expect, test } from "vitest";
import { hostTheme } from "../../src/ui/theme";

afterEach(() => {
  document.body.replaceChildren();
  for (const name of ["data-jp-theme-light", "data-vscode-theme-kind", "data-theme", "class"]) {
    document.body.removeAttribute(name);
  }
});

function inside(): HTMLElement {
  const element = document.createElement("div");
  document.body.append(element);
  return element;
}

test.each([
  ["data-jp-theme-light", "false", "dark"],
  ["data-jp-theme-light", "true", "light"],
  ["data-vscode-theme-kind", "vscode-dark", "dark"],
  ["data-vscode-theme-kind", "vscode-high-contrast", "dark"],
  ["data-vscode-theme-kind", "vscode-high-contrast-light", "light"],
  ["data-theme", "dark", "dark"],
  ["class", "dark", "dark"],
])("%s=%s is %s", (name, value, theme) => {
  document.body.setAttribute(name, value);
  expect(hostTheme(inside())).toBe(theme);
});

test("a host that says nothing leaves it open", () => {
  expect(hostTheme(inside())).toBeNull();
});

test("an ancestor outside a shadow root counts", () => {
  const host = inside();
  host.className = "dark";
  const element = document.createElement("div");
  host.attachShadow({ mode: "open" }).append(element);
  expect(hostTheme(element)).toBe("dark");
});

import { signal } from "@preact/signals-core";
import type { Scope } from "./scope";

type Theme = "light" | "dark";

/**
 * The host's theme, as its markup says it. Ancestors are read through shadow roots (marimo) and through
 * frames of the same origin (VS Code), where a stylesheet's selectors cannot reach.
 * Null where the host says nothing.
 */
export function hostTheme(element: Element): Theme | null {
  for (const ancestor of ancestors(element)) {
    const theme = themeOf(ancestor);
    if (theme) return theme;
  }
  return null;
}

/** Keep `data-rs-theme` on the root while `scope` lives. */
export function followTheme(root: HTMLElement, scope: Scope): void {
  const preferred = window.matchMedia?.("(prefers-color-scheme: dark)");
  const theme = signal<Theme>("light");
  const look = () => {
    theme.value = hostTheme(root) ?? (preferred?.matches ? "dark" : "light");
  };
  const observer = new MutationObserver(look);
  const watched = new Set<Document>();
  for (let page: Document | null = document; page; page = parentPage(page)) watched.add(page);
  for (const page of watched) {
    for (const element of [page.documentElement, page.body]) {
      if (element) observer.observe(element, { attributes: true });
    }
  }
  scope.add(() => observer.disconnect());
  if (preferred) scope.listen(preferred, "change", look);
  // A view may be built before it is put into the page.
  const attached = requestAnimationFrame(look);
  scope.add(() => cancelAnimationFrame(attached));
  look();
  scope.effect(() => root.setAttribute("data-rs-theme", theme.value));
}

function themeOf(element: Element): Theme | null {
  const jupyter = element.getAttribute("data-jp-theme-light");
  if (jupyter) return jupyter === "false" ? "dark" : "light";
  const code = element.getAttribute("data-vscode-theme-kind");
  if (code) return /dark|high-contrast$/.test(code) ? "dark" : "light";
  const named = element.getAttribute("data-theme");
  if (named === "dark" || named === "light") return named;
  if (element.matches(".dark, .dark-theme")) return "dark";
  if (element.matches(".light, .light-theme")) return "light";
  return null;
}

/** An element and all that it stands in, out of shadow trees and frames of the same origin. */
export function* ancestors(element: Element): Generator<Element> {
  let node: Node | null | undefined = element;
  while (node) {
    // An element of another frame is not an `Element` of this one.
    if (node.nodeType === 1) yield node as Element;
    node = node.parentNode ?? (node as ShadowRoot).host ?? parentPage(node as Document)?.body;
  }
}

function parentPage(page: Document): Document | null {
  try {
    const above = page.defaultView?.parent;
    return above && above !== page.defaultView ? above.document : null;
  } catch {
    // Another origin.
    return null;
  }
}

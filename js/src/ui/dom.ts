/** Elements. Data reaches the page as text nodes and attributes only, never as markup. */

export type Child = Node | string | number | null | undefined | false;

type Prop = string | number | boolean | null | undefined | ((event: never) => void);

/** An element with attributes, listeners (keys that start with `on`) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Record<string, Prop> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value as EventListener);
    } else {
      attribute(element, name, value);
    }
  }
  put(element, ...children);
  return element;
}

/** Set, or with `null`, `undefined` and `false` remove, an attribute. */
export function attribute(
  element: Element,
  name: string,
  value: string | number | boolean | null | undefined,
): void {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** Replace the children of an element. */
export function put(element: Element, ...children: Child[]): void {
  const kept = children.filter(
    (child): child is Node | string | number =>
      child !== null && child !== undefined && child !== false,
  );
  element.replaceChildren(
    ...kept.map((child) => (typeof child === "number" ? String(child) : child)),
  );
}

/** Change a text only when it differs: an equal text written again still wakes observers. */
export function say(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Turn a signal on or off. */
export function flip(value: { value: boolean; peek(): boolean }): void {
  value.value = !value.peek();
}

export type ButtonLook = "plain" | "ghost" | "primary" | "icon";

export function button(
  label: Child,
  press: (event: MouseEvent) => void,
  props: Record<string, Prop> & { look?: ButtonLook } = {},
): HTMLButtonElement {
  const { look = "plain", ...rest } = props;
  return h(
    "button",
    { type: "button", class: `rs-button rs-${look}`, onclick: press, ...rest },
    label,
  );
}

/**
 * A URL that may stand in `src` or `href`: http(s), blob, or relative to the page; else null.
 * Anything else, such as `javascript:` or `data:`, could come from a service's answer.
 */
export function safeUrl(url: string | null | undefined): string | null {
  if (!url) return null;
  try {
    const { protocol } = new URL(url, document.baseURI);
    return protocol === "http:" || protocol === "https:" || protocol === "blob:" ? url : null;
  } catch {
    return null;
  }
}

/** Whether a text is an absolute web address. */
export function isWebUrl(text: string): boolean {
  return /^https?:\/\/[^/\s]+/i.test(text.trim());
}

const ADDRESS = /https:\/\/[!-~]+/g;
/** What follows an address in a sentence. */
const AFTER = /[.,;:!?'")\]}>]+$/;

/** A text whose https addresses can be followed. They stay as they are written; all others stay text. */
export function linked(text: string): (string | HTMLElement)[] {
  const parts: (string | HTMLElement)[] = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = found.replace(AFTER, "");
    if (!isPlain(address)) continue;
    parts.push(text.slice(done, index));
    parts.push(h("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address));
    done = index + address.length;
  }
  return [...parts, text.slice(done)].filter((part) => part !== "");
}

/** Whether an address names a server and nobody who signs in there. */
function isPlain(address: string): boolean {
  try {
    const { username, password, hostname } = new URL(address);
    return username === "" && password === "" && hostname.includes(".");
  } catch {
    return false;
  }
}

/** Copy a text; false where the page may not. Pages over plain http have no clipboard object. */
export async function copyText(text: string, near: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = h("textarea", { class: "rs-offscreen", "aria-hidden": "true", tabindex: -1 });
    box.value = text;
    near.append(box);
    box.select();
    try {
      return document.execCommand("copy");
    } catch {
      return false;
    } finally {
      box.remove();
    }
  }
}

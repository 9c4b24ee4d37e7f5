import { attribute, button, h } from "./dom";
import type { Scope } from "./scope";

const SVG = "http://www.w3.org/2000/svg";

const shapes = {
  play: "M5 3.2v9.6L13 8z",
  pause: "M4.5 3h2.5v10H4.5zM9 3h2.5v10H9z",
  sound: "M2 6v4h2.6L8 13V3L4.6 6zM10 5.2a4 4 0 0 1 0 5.6M11.8 3.4a6.5 6.5 0 0 1 0 9.2",
  silent: "M2 6v4h2.6L8 13V3L4.6 6zM10.5 6l4 4M14.5 6l-4 4",
  expand: "M2.5 6v-3.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10",
  dice: "M3 3h10v10H3zM5.6 5.6h.01M10.4 10.4h.01M8 8h.01M10.4 5.6h.01M5.6 10.4h.01",
  close: "M4 4l8 8M12 4l-8 8",
  up: "M4 10l4-4 4 4",
  down: "M4 6l4 4 4-4",
  save: "M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13.2h10",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  back: "M10.5 3.5L5.5 8l5 4.5M3.5 3.5v9",
  on: "M5.5 3.5l5 4.5-5 4.5M12.5 3.5v9",
  loop: "M3 9V6.5A2 2 0 0 1 5 4.5h7.5M10.5 2.5l2 2-2 2M13 7v2.5a2 2 0 0 1-2 2H3.5M5.5 13.5l-2-2 2-2",
  locked: "M4 7.5h8v6H4zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2",
  open: "M4 7.5h8v6H4zM5.5 7.5v-2.5a2.5 2.5 0 0 1 4.8-1",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  file: "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
  film: "M2.5 3.5h11v9h-11zM5 3.5v9M11 3.5v9M2.5 8H5M11 8h2.5",
  image: "M2.5 3.5h11v9h-11zM2.5 11l3.5-3.5 3 3 2-2 2.5 2.5M10.5 6h.01",
  grip: "M6 4.5h.01M10 4.5h.01M6 8h.01M10 8h.01M6 11.5h.01M10 11.5h.01",
  warn: "M8 2.5l6 10.8H2zM8 6.5v3.2M8 11.6v.01",
} as const;

const filled = new Set<string>(["play", "pause"]);

/** A decorative 16 px picture; the control around it carries the name. */
export function icon(name: keyof typeof shapes): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", filled.has(name) ? "rs-glyph rs-filled" : "rs-glyph");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", shapes[name]);
  svg.append(path);
  return svg;
}

export interface MenuItem {
  label: string;
  title?: string;
  act(): void;
}

/** A button that opens a list of actions, over everything else where the browser can. */
export function menu(label: string, items: readonly MenuItem[], scope: Scope): HTMLElement {
  let opened: Scope | undefined;
  const opener = button(icon("more"), () => (opened ? close() : open()), {
    look: "icon",
    "aria-label": label,
    "aria-haspopup": "menu",
    "aria-expanded": "false",
  });
  const root = h("div", { class: "rs-menu-place" }, opener);

  function close(): void {
    opened?.end();
    opened = undefined;
    opener.setAttribute("aria-expanded", "false");
  }

  function open(): void {
    const part = scope.child();
    opened = part;
    const buttons = items.map(({ label: text, title, act }) =>
      button(
        text,
        () => {
          close();
          opener.focus();
          act();
        },
        { role: "menuitem", title, tabindex: -1, class: "rs-menu-item" },
      ),
    );
    const list = h("div", { class: "rs-menu", role: "menu", "aria-label": label }, ...buttons);
    root.append(list);
    part.add(() => list.remove());
    opener.setAttribute("aria-expanded", "true");
    if (typeof list.showPopover === "function") {
      attribute(list, "popover", "manual");
      list.showPopover();
      place(list);
      // It floats, and would stay when its card is scrolled away under it.
      const follow = () => {
        const { top, bottom } = opener.getBoundingClientRect();
        if (bottom < 0 || top > window.innerHeight) close();
        else place(list);
      };
      for (const type of ["scroll", "resize"]) {
        window.addEventListener(type, follow, { capture: true, passive: true });
        part.add(() => window.removeEventListener(type, follow, { capture: true }));
      }
    }
    part.listen(root, "focusout", (event) => {
      const next = (event as FocusEvent).relatedTarget;
      if (!(next instanceof Node && root.contains(next))) close();
    });
    part.listen(list, "keydown", (event) => {
      const { key } = event as KeyboardEvent;
      const now = buttons.indexOf(event.target as HTMLButtonElement);
      const last = buttons.length - 1;
      const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: last }[key];
      if (key === "Escape") {
        opener.focus();
        close();
      } else if (next !== undefined) {
        buttons[(next + buttons.length) % buttons.length]?.focus();
      } else return;
      event.preventDefault();
    });
    buttons[0]?.focus({ preventScroll: true });
  }

  /** Under the button where there is room, else over it. */
  function place(list: HTMLElement): void {
    const at = opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = list;
    const below = at.bottom + height + 8 < window.innerHeight;
    list.style.top = `${Math.max(4, below ? at.bottom + 2 : at.top - height - 2)}px`;
    list.style.left = `${Math.max(4, Math.min(at.right - width, window.innerWidth - width - 4))}px`;
  }
  return root;
}

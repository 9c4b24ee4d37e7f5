import { computed, type Signal } from "@preact/signals-core";
import { attribute, button, h, put } from "./dom";
import { glyph, PLAYER } from "./icons";
import type { Scope } from "./scope";

const shapes = {
  ...PLAYER,
  dice: "M3 3h10v10H3zM5.6 5.6h.01M10.4 10.4h.01M8 8h.01M10.4 5.6h.01M5.6 10.4h.01",
  up: "M4 10l4-4 4 4",
  down: "M4 6l4 4 4-4",
  save: "M8 2.5v7.5M4.8 7L8 10.2 11.2 7M3 13.2h10",
  locked: "M4 7.5h8v6H4zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2",
  open: "M4 7.5h8v6H4zM5.5 7.5v-2.5a2.5 2.5 0 0 1 4.8-1",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  file: "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
  film: "M2.5 3.5h11v9h-11zM5 3.5v9M11 3.5v9M2.5 8H5M11 8h2.5",
  image: "M2.5 3.5h11v9h-11zM2.5 11l3.5-3.5 3 3 2-2 2.5 2.5M10.5 6h.01",
  grip: "M6 4.5h.01M10 4.5h.01M6 8h.01M10 8h.01M6 11.5h.01M10 11.5h.01",
  strip: "M2.5 4h11M2.5 8h11M2.5 12h11",
  small: "M3 3h4v4H3zM9 3h4v4H9zM3 9h4v4H3zM9 9h4v4H9z",
  large: "M3 3.5h10v9H3z",
  warn: "M8 2.5l6 10.8H2zM8 6.5v3.2M8 11.6v.01",
  check: "M3 8.5l3.2 3.2L13 4.8",
  star: "M8 2.2l1.8 3.8 4.2.5-3.1 2.9.8 4.1L8 11.5l-3.7 2 .8-4.1L2 6.5l4.2-.5z",
} as const;

/** A decorative 16 px picture; the control around it carries the name. */
export function icon(name: keyof typeof shapes): SVGSVGElement {
  return glyph(shapes[name]);
}

export interface MenuItem {
  label: string;
  title?: string;
  act(): void;
}

/** A button that opens a list of actions, over everything else where the browser can. */
export function menu(
  label: string,
  items: readonly MenuItem[],
  scope: Scope,
  picture: keyof typeof shapes = "more",
): HTMLElement {
  let opened: Scope | undefined;
  const opener = button(icon(picture), () => (opened ? close() : open()), {
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

/**
 * A choice that is a signal; the empty one stands first. What is chosen stays, even when it is no
 * longer among the options, until something else is chosen.
 */
export function choice(
  none: string,
  chosen: Pick<Signal<string>, "value">,
  options: () => [value: string, title: string][],
  scope: Scope,
  label: string,
  before = "",
): HTMLSelectElement {
  const box = h("select", {
    class: "rs-input",
    "aria-label": label,
    onchange: () => {
      chosen.value = box.value;
    },
  });
  const listed = computed(() => JSON.stringify(options()));
  scope.each(
    () => listed.value,
    (json) => {
      const known = new Map<string, string>(JSON.parse(json));
      const held = chosen.value;
      if (held && !known.has(held)) known.set(held, held);
      put(
        box,
        h("option", { value: "" }, none),
        ...[...known].map(([value, title]) => h("option", { value }, before + title)),
      );
    },
  );
  scope.effect(() => {
    void listed.value;
    box.value = chosen.value;
  });
  return box;
}

import { attribute, button, h } from "./dom";
import { icon } from "./icons";
import type { Scope } from "./scope";

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

import type { Scope } from "./scope";

/** The attribute that makes Lumino, on which notebooks are built, ignore a key. */
const NO_SHORTCUTS = "data-lm-suppress-shortcuts";

/**
 * Whether a key is ours. A focused button or video is not a text field to the notebook, so a plain
 * letter on it would run a command of the notebook ("b" adds a cell). Combos with Ctrl or ⌘ (save)
 * and Shift+Enter (run the cell) belong to the notebook and pass through.
 */
function isOurs({ ctrlKey, metaKey, shiftKey, key }: KeyboardEvent): boolean {
  return !(ctrlKey || metaKey || (shiftKey && key === "Enter"));
}

/** Keep a key inside, where the notebook hears it on its way up, as JupyterLab does. */
export function keepKey(event: Event): void {
  if (isOurs(event as KeyboardEvent)) event.stopPropagation();
}

/** Keep all keys that are pressed in an element inside, wherever the notebook hears them. */
export function keepKeys(root: HTMLElement, scope: Scope): void {
  scope.listen(root, "keydown", keepKey);
  // Notebook 7 hears keys at the document on their way down; only the window is earlier.
  scope.listen(
    window,
    "keydown",
    (event) => {
      const path = event.composedPath();
      // On the target itself: a focused element may match a shortcut before anything around it.
      if (path.includes(root)) {
        (path[0] as Element).toggleAttribute(NO_SHORTCUTS, isOurs(event as KeyboardEvent));
      }
    },
    true,
  );
}

/** Ctrl+Enter or ⌘+Enter. */
export function isGenerateKey(event: KeyboardEvent): boolean {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
}

/**
 * Puts off what moves the page until no pointer is held: a message that appears between press and
 * release moves the button away from under the pointer, and the click is lost.
 */
export class Press {
  #held = false;
  #waiting: (() => void)[] = [];
  readonly #scope: Scope;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  watch(root: HTMLElement): void {
    const released = () => {
      if (this.#held) this.#scope.later(0, () => this.#release());
    };
    this.#scope.listen(root, "pointerdown", () => {
      this.#held = true;
    });
    this.#scope.listen(window, "pointerup", released);
    this.#scope.listen(window, "pointercancel", released);
  }

  /** Run `act` now, or after the click that is under way. */
  after(act: () => void): void {
    if (this.#held) this.#waiting.push(act);
    else act();
  }

  #release(): void {
    this.#held = false;
    for (const act of this.#waiting.splice(0)) act();
  }
}

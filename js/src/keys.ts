/**
 * Keep keys inside. A focused button or video is no text field to the notebook, so a plain letter on
 * it would run a command of the notebook ("b" adds a cell). Combos with Ctrl or ⌘ (save) and
 * Shift+Enter (run the cell) belong to the notebook and go on.
 */
export function keepKey(event: Event): void {
  const { ctrlKey, metaKey, shiftKey, key } = event as KeyboardEvent;
  if (ctrlKey || metaKey || (shiftKey && key === "Enter")) return;
  event.stopPropagation();
}

/** Ctrl+Enter or ⌘+Enter. */
export function isGenerateKey(event: KeyboardEvent): boolean {
  return event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
}

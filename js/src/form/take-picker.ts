import { computed, type ReadonlySignal, signal } from "@preact/signals-core";
import { button, h, put } from "../dom";
import { probeImage } from "../media";
import type { Take } from "../protocol";
import type { Scope } from "../scope";
import type { FieldContext } from "./frame";

const MOST = 12;

export interface TakePicker {
  button: HTMLButtonElement;
  panel: HTMLElement;
  /** What can be chosen. */
  takes: ReadonlySignal<Take[]>;
}

/** Chooses an earlier take: its last frame for an image, its file for a video. */
export function takePicker(
  context: FieldContext,
  medium: string,
  place: (path: string) => void,
): TakePicker {
  const { view, field, scope } = context;
  const { core } = view;
  const open = signal(false);
  const panel = h("div", { class: "rs-picker", id: `${context.id}-takes` });
  const toggle = button(
    medium === "image" ? "Last frame of a take …" : "A take …",
    () => {
      open.value = !open.peek();
      if (open.peek()) panel.querySelector("button")?.focus();
    },
    { "aria-controls": panel.id },
  );
  const takes = computed(() =>
    core.shelf.order.value
      .map((job) => core.shelf.get(job)?.take.value)
      .filter((take): take is Take => take?.state === "completed")
      .slice(0, MOST),
  );
  scope.each(
    () => open.value && takes.value.length > 0,
    (shown, part) => {
      panel.hidden = !shown;
      toggle.setAttribute("aria-expanded", String(shown));
      put(panel, ...(shown ? takes.peek().map((take) => choice(take, part)) : []));
    },
  );
  scope.listen(panel, "keydown", (event) => {
    if ((event as KeyboardEvent).key !== "Escape") return;
    open.value = false;
    toggle.focus();
  });

  function choice(take: Take, part: Scope): HTMLElement {
    const words = take.prompt || take.mode;
    const picture = h("img", { alt: "" });
    const stop = new AbortController();
    part.add(() => stop.abort());
    void core.media.open(take, "poster", probeImage(picture, stop.signal), part).catch(() => {});
    const made = button(
      picture,
      async () => {
        made.disabled = true;
        try {
          const { value } = await core.channel.ask("borrow", { job: take.job, field: field.kind });
          place(value.path);
          open.value = false;
          toggle.focus();
        } catch (error) {
          core.remark(field.name, (error as Error).message);
        } finally {
          made.disabled = false;
        }
      },
      {
        class: "rs-button rs-pick",
        "aria-label": `${take.providerTitle || take.provider}: ${words}`,
        title: words,
      },
    );
    return made;
  }
  return { button: toggle, panel, takes };
}

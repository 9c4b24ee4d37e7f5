import { batch, computed, type ReadonlySignal, signal } from "@preact/signals-core";
import { mediumOf, type Upload } from "../../kernel/files";
import type { Take } from "../../kernel/messages";
import { icon } from "../../ui/controls";
import { button, h, isWebUrl, put, say } from "../../ui/dom";
import type { Scope } from "../../ui/scope";
import type { FieldContext } from "./control";
import { headOf } from "./rules";

/** Puts a file's path, or an address, into its field. */
export type Place = (paths: string[]) => void;

/**
 * The ways by which a file comes into a field: dropped, pasted, chosen, or from an earlier take.
 * `place` is the field's; it takes as many as `room` says.
 */
export function fileWays(
  context: FieldContext,
  target: HTMLElement,
  place: Place,
  room: () => number,
): HTMLElement {
  const { view, field, scope } = context;
  const { core } = view;
  const medium = mediumOf(field.kind);
  const several = field.kind !== medium;
  const overflow = h("p", { class: "rs-help" });

  function take(files: readonly File[]): void {
    const fitting = files.slice(0, Math.max(0, room()));
    for (const file of fitting) core.uploads.add(file, field, (path) => place([path]));
    const all = fitting.length === files.length;
    say(overflow, all ? "" : `Only ${fitting.length} of ${files.length} files fit.`);
    if (!all) view.live.tell(overflow.textContent ?? "");
    core.touch(headOf(field.name));
  }

  const input = h("input", {
    type: "file",
    hidden: true,
    "aria-label": `Files for ${field.label.toLowerCase()}`,
    accept: field.formats?.map(({ accept }) => accept).join() ?? `${medium}/*`,
    multiple: several,
    onchange: () => {
      take([...(input.files ?? [])]);
      input.value = "";
    },
  });
  const choose = button(several ? "Choose files …" : "Choose a file …", () => input.click());
  const picker = takePicker(context, medium, (path) => place([path]));
  scope.effect(() => {
    choose.disabled = room() <= 0;
    picker.button.disabled = room() <= 0 || picker.takes.value.length === 0;
  });
  view.files.set(field.name, { medium, take });
  scope.add(() => view.files.delete(field.name));
  dropping(scope, target, (data) => {
    const files = [...data.files];
    if (files.length > 0) {
      take(files);
      return;
    }
    const links = data
      .getData("text/uri-list")
      .split(/\r?\n/)
      .filter((line) => isWebUrl(line));
    place(links.slice(0, Math.max(0, room())));
  });
  const ways = h("div", { class: "rs-ways-in" }, choose, input);
  if (medium !== "audio") ways.append(picker.button);
  return h("div", { class: "rs-stack" }, uploading(context), overflow, ways, picker.panel);
}

/** The files of a field that are on their way, or did not make it. */
function uploading({ view, field, scope }: FieldContext): HTMLElement {
  const list = h("ul", { class: "rs-uploads" });
  scope.each(
    () =>
      view.core.uploads
        .of(field.name)
        .map(({ id }) => id)
        .join(),
    (_, part) =>
      put(list, ...view.core.uploads.of(field.name).map((upload) => uploadRow(upload, part))),
  );
  return list;
}

function uploadRow(upload: Upload, scope: Scope): HTMLElement {
  const text = h("span", { class: "rs-upload-text" });
  const bar = h(
    "div",
    { class: "rs-bar", role: "progressbar", "aria-label": `Sending ${upload.name}` },
    h("i"),
  );
  const again = upload.again && button("Try again", () => upload.again?.());
  const drop = button(icon("close"), () => upload.drop(), { look: "icon" });
  const root = h(
    "li",
    { class: "rs-upload" },
    h("span", { class: "rs-upload-name" }, upload.name),
    text,
    again,
    drop,
    bar,
  );
  scope.effect(() => {
    const error = upload.error.value;
    const percent = Math.round(upload.fraction.value * 100);
    say(text, error ?? `${percent} %`);
    root.classList.toggle("rs-stuck", error !== null);
    bar.hidden = error !== null;
    if (again) again.hidden = error === null;
    bar.setAttribute("aria-valuenow", String(percent));
    bar.style.setProperty("--rs-done", `${percent}%`);
    drop.setAttribute("aria-label", `${error === null ? "Stop sending" : "Forget"} ${upload.name}`);
  });
  return root;
}

/** Take what is dropped on an element. */
function dropping(scope: Scope, target: HTMLElement, take: (data: DataTransfer) => void): void {
  const over = (event: Event) => {
    const { dataTransfer } = event as DragEvent;
    const types = dataTransfer?.types ?? [];
    if (!types.includes("Files") && !types.includes("text/uri-list")) return;
    event.preventDefault();
    event.stopPropagation();
    target.classList.add("rs-over");
  };
  scope.listen(target, "dragenter", over);
  scope.listen(target, "dragover", over);
  scope.listen(target, "dragleave", (event) => {
    const next = (event as DragEvent).relatedTarget;
    if (!(next instanceof Node && target.contains(next))) target.classList.remove("rs-over");
  });
  scope.listen(target, "drop", (event) => {
    const { dataTransfer } = event as DragEvent;
    target.classList.remove("rs-over");
    if (!dataTransfer) return;
    event.preventDefault();
    event.stopPropagation();
    batch(() => take(dataTransfer));
  });
}

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
    const picture = core.media.picture(take, part);
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

import { batch } from "@preact/signals-core";
import { button, h, isWebUrl, put, say } from "../dom";
import { icon } from "../icons";
import type { Scope } from "../scope";
import { mediumOf, type Upload } from "../uploads";
import type { FieldContext } from "./frame";
import { takePicker } from "./take-picker";

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
  const several = field.kind !== "image";
  const overflow = h("p", { class: "rs-help" });

  function take(files: readonly File[]): void {
    const fitting = files.slice(0, Math.max(0, room()));
    for (const file of fitting) core.uploads.add(file, field, (path) => place([path]));
    const all = fitting.length === files.length;
    say(overflow, all ? "" : `Only ${fitting.length} of ${files.length} files fit.`);
    if (!all) view.live.tell(overflow.textContent ?? "");
    core.touch(field.name);
  }

  const input = h("input", {
    type: "file",
    hidden: true,
    "aria-label": `Files for ${field.label.toLowerCase()}`,
    accept: `${medium}/*`,
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

import { computed } from "@preact/signals-core";
import { h, put } from "../dom";
import { isGenerateKey } from "../keys";
import type { Field } from "../protocol";
import type { View } from "../view";
import { countField } from "./count";
import { fieldView } from "./field";
import { footer } from "./footer";
import { modeTabs } from "./modes";
import { promptBox } from "./prompt";
import { providerChips } from "./providers";
import { fieldsOf } from "./rules";

/** What a take starts from stands next to the prompt, before its settings. */
const sources = new Set(["image", "images", "videos", "audios", "shots"]);

/** The left side: everything that makes a request. */
export function controls(view: View): HTMLElement {
  const { core, scope } = view;
  const { settings } = core;
  const fields = h("div", { class: "rs-fields" });
  const root = h("form", { class: "rs-controls", "aria-label": "New take", novalidate: true });
  root.addEventListener("submit", (event) => event.preventDefault());

  const generate = async () => {
    if (!(await core.generate())) firstWrong(root)?.focus();
  };
  const parts = [
    providerChips(view),
    modeTabs(view),
    promptBox(view),
    fields,
    countField(view),
    footer(view, generate),
  ];
  const empty = h("p", { class: "rs-help" }, "No provider is in the catalog.");
  scope.effect(() => {
    if (settings.form.value === undefined) put(root, empty);
    else if (!root.contains(fields)) put(root, ...parts);
  });

  // The fields are rebuilt when they differ, and not when only a price does.
  const shape = computed(() => {
    const form = settings.form.value;
    return JSON.stringify(form ? [form.id, settings.mode.value, form.fields] : []);
  });
  scope.each(
    () => shape.value,
    (_, part) => {
      const form = settings.form.peek();
      const shown = form ? arranged(fieldsOf(form, settings.mode.peek())) : [];
      put(fields, ...shown.map((field) => fieldView(view, field, part)));
    },
  );

  // Before the key leaves the root: Ctrl+Enter would also run the cell.
  scope.listen(root, "keydown", (event) => {
    if (!isGenerateKey(event as KeyboardEvent)) return;
    event.preventDefault();
    event.stopPropagation();
    void generate();
  });
  scope.listen(root, "paste", (event) => {
    const files = [...((event as ClipboardEvent).clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    takeFiles(view, event.target, files);
  });
  // A file that misses its field would replace the whole page.
  for (const type of ["dragover", "drop"]) {
    scope.listen(root, type, (event) => {
      if ((event as DragEvent).dataTransfer?.types.includes("Files")) event.preventDefault();
    });
  }
  scope.effect(() => {
    root.inert = !core.usable.value;
  });
  return root;
}

/** Give files to the field that has the focus, else to the first one that takes such files. */
function takeFiles(view: View, target: EventTarget | null, files: readonly File[]): void {
  const near = target instanceof Element && target.closest<HTMLElement>("[data-field]");
  const focused = near ? view.files.get(near.dataset.field ?? "") : undefined;
  for (const file of files) {
    const medium = file.type.split("/")[0];
    const place = focused ?? [...view.files.values()].find((other) => other.medium === medium);
    if (place) place.take([file]);
    else view.core.remark("prompt", `Nothing in this mode starts from ${file.name}.`);
  }
}

/** Where to type to mend the first wrong field; in a list of boxes, the empty one. */
function firstWrong(root: HTMLElement): HTMLElement | null {
  const field = root.querySelector(".rs-wrong");
  return (
    field?.querySelector<HTMLElement>(".rs-rows .rs-input:placeholder-shown") ??
    field?.querySelector<HTMLElement>(":is(input, textarea, select, button):not(:disabled)") ??
    null
  );
}

function arranged(fields: Field[]): Field[] {
  return [
    ...fields.filter(({ kind }) => sources.has(kind)),
    ...fields.filter(({ kind }) => !sources.has(kind)),
  ];
}

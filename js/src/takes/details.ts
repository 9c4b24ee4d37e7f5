import { h, put, say } from "../dom";
import { megabytes } from "../format";
import type { Take } from "../protocol";
import type { CardContext } from "./context";

/** The prompt, two lines of it; a click shows the whole of it and every parameter. */
export function details({ entry, scope }: CardContext): {
  element: HTMLElement;
  summary: HTMLElement;
} {
  const summary = h("span", { class: "rs-card-prompt" });
  const list = h("dl", {});
  const element = h(
    "details",
    { class: "rs-details" },
    h("summary", { title: "Show every parameter" }, summary),
    list,
  );
  const fill = () => put(list, ...rows(entry.take.peek()).flatMap(row));
  // Built when opened: two hundred closed cards need no tables.
  element.addEventListener("toggle", () => {
    if (element.open) fill();
  });
  scope.each(
    () => entry.take.value.params,
    () => {
      if (element.open) fill();
    },
  );
  return { element, summary };
}

function rows(take: Take): [string, string][] {
  const { prompt: _, ...params } = take.params;
  const given = Object.entries(params).map(([name, value]): [string, string] => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  if (take.fps) given.push(["frames a second", String(Number(take.fps.toFixed(3)))]);
  if (take.bytes) given.push(["file", megabytes(take.bytes)]);
  return [...given, ["job", take.job]];
}

function row([name, value]: [string, string]): HTMLElement[] {
  const shown = h("dd", {});
  say(shown, value);
  return [h("dt", {}, name), shown];
}

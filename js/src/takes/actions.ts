import { signal } from "@preact/signals-core";
import { copyText } from "../clipboard";
import { button, h, put, say } from "../dom";
import { icon } from "../icons";
import { probeVideo } from "../media";
import { type TakeState, unfinished } from "../protocol";
import { generateCall } from "../python";
import type { Scope } from "../scope";
import { retry, type Sending, submit } from "../submit";
import { ask } from "./ask";
import type { CardContext } from "./card";

/** What can be done with a take in its state. */
export function actions(row: HTMLElement, context: CardContext): void {
  const { entry, scope } = context;
  scope.each(
    () => group(entry.take.value.state),
    (now, part) => {
      const own = { ...context, scope: part };
      const sets = {
        waiting: () => [cancel(own), reuse(own), python(own)],
        completed: () => [reuse(own), reseed(own), python(own), download(own)],
        stopped: () => [again(own), reuse(own), python(own)],
        uncertain: () => [reuse(own), python(own)],
      };
      put(row, ...sets[now]());
    },
  );
}

function group(state: TakeState): "waiting" | "completed" | "stopped" | "uncertain" {
  if (unfinished.has(state)) return "waiting";
  return state === "completed" || state === "uncertain" ? state : "stopped";
}

/** A button that needs the kernel. */
function asking(scope: Scope, { view }: CardContext, made: HTMLButtonElement): HTMLButtonElement {
  scope.effect(() => {
    made.inert = !view.core.usable.value;
    made.classList.toggle("rs-inert", made.inert);
  });
  return made;
}

function cancel(context: CardContext): HTMLButtonElement {
  const { view, entry, scope } = context;
  const made = button("Cancel", () => {
    const answer = view.core.channel
      .ask("cancel", { job: entry.job })
      .then(({ value }) => value.message);
    void ask(context, answer, made);
  });
  return asking(scope, context, made);
}

function again(context: CardContext): HTMLButtonElement {
  const { view, entry, scope } = context;
  const sending = signal<Sending>({ state: "idle" });
  const made = button("Try again", () => {
    const answer = retry(view.core.channel, entry.job, sending).then(() => "");
    void ask(context, answer, made);
  });
  scope.effect(() => {
    const { value } = sending;
    if (value.state === "unconfirmed") entry.remark.value = value.message;
  });
  return asking(scope, context, made);
}

function reuse(context: CardContext): HTMLButtonElement {
  const { view, entry, scope } = context;
  const made = button(
    "Reuse",
    () => {
      view.core.reuse(entry.take.peek());
      view.prompt.focus();
      view.live.tell("The form holds the settings of this take.");
    },
    { look: "ghost", title: "Put the settings of this take into the form" },
  );
  return asking(scope, context, made);
}

function reseed(context: CardContext): HTMLButtonElement {
  const { view, entry, scope } = context;
  const sending = signal<Sending>({ state: "idle" });
  const made = button(
    "New seed",
    () => void submit(view.core.channel, [view.core.reseeded(entry.take.peek())], sending),
    { look: "ghost", title: "The same once more with a new seed" },
  );
  scope.effect(() => {
    const { value } = sending;
    made.disabled = value.state === "sending" || value.state === "unconfirmed";
    if (value.state === "refused" || value.state === "unconfirmed") {
      entry.remark.value = value.message;
    } else if (value.state === "sending") {
      entry.remark.value = "";
    }
  });
  return asking(scope, context, made);
}

function python(context: CardContext): HTMLButtonElement {
  const { entry, scope } = context;
  const made = button(
    "Python",
    async () => {
      const code = generateCall(entry.take.peek().params);
      if (await copyText(code, made.parentElement ?? made)) {
        flash(made, "Copied", scope);
        return;
      }
      // The host forbids copying: show the text to copy by hand.
      const box = h("textarea", { class: "rs-input rs-code", readonly: true, rows: 6 });
      box.value = code;
      box.setAttribute("aria-label", "Python code of this take");
      made.replaceWith(box);
      box.select();
    },
    { look: "ghost", title: "Copy the Python call of this take" },
  );
  return made;
}

function download(context: CardContext): HTMLButtonElement {
  const { view, entry, scope } = context;
  const made = button(
    icon("save"),
    async () => {
      const take = entry.take.peek();
      const video = h("video", { preload: "metadata", muted: true });
      made.disabled = true;
      try {
        const progress = (fraction: number) => {
          say(share, `${Math.round(fraction * 100)} %`);
        };
        const { url } = await view.core.media.open(take, "video", probeVideo(video), scope, {
          progress,
        });
        const name = take.video?.path?.split(/[\\/]/).at(-1) || `${take.job}.mp4`;
        // A link of another origin opens instead of downloading; a new page keeps the notebook.
        h("a", { href: url, download: name, target: "_blank", rel: "noopener noreferrer" }).click();
      } catch (error) {
        entry.remark.value = (error as Error).message;
      } finally {
        video.removeAttribute("src");
        video.load();
        say(share, "");
        made.disabled = false;
      }
    },
    {
      look: "ghost",
      class: "rs-button rs-ghost rs-last",
      "aria-label": "Download",
      title: "Download",
    },
  );
  const share = h("span");
  made.append(share);
  return made;
}

function flash(made: HTMLButtonElement, text: string, scope: Scope): void {
  const before = made.textContent ?? "";
  made.textContent = text;
  scope.later(1600, () => {
    made.textContent = before;
  });
}

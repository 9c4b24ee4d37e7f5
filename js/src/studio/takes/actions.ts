import { computed, signal } from "@preact/signals-core";
import { probeVideo } from "../../kernel/media";
import type { Take } from "../../kernel/messages";
import { menu } from "../../ui/controls";
import { button, copyText, h, put, say } from "../../ui/dom";
import { generateCall, priced, remaining } from "../../ui/format";
import type { Scope } from "../../ui/scope";
import { finalize, again as retake, type Sending, submit } from "../requests";
import { sums } from "./arrange";
import { ask, type CardContext, goTo } from "./context";
import { judgeMenu } from "./judge";
import { phaseOf } from "./shelf";

/** What can be done with a take in its state. */
export function actions(row: HTMLElement, context: CardContext): void {
  const { entry, scope } = context;
  scope.each(
    () => phaseOf(entry.take.value.state),
    (now, part) => {
      const own = { ...context, scope: part };
      const sets = {
        waiting: () => [cancel(own), reuse(own), python(own)],
        completed: () => [
          ...finals(own),
          compare(own),
          reuse(own),
          reseed(own),
          judgeMenu(own),
          more(own),
        ],
        stopped: () => [again(own), reuse(own), more(own)],
        uncertain: () => [reuse(own), python(own)],
      };
      put(row, ...sets[now]());
    },
  );
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
  const made = button("", () => {
    const answer = retake(view.core.channel, entry.job, sending).then(() => "");
    void ask(context, answer, made);
  });
  scope.effect(() => say(made, priced("Try again", sums([entry.take.value]))));
  scope.effect(() => {
    const { value } = sending;
    if (value.state === "unconfirmed") entry.remark.value = value.message;
  });
  return asking(scope, context, made);
}

/** What a draft can be rendered to, each with its price and for how long; later the way to it. */
function finals(context: CardContext): HTMLButtonElement[] {
  const { view, entry, scope, minute } = context;
  const { channel, shelf } = view.core;
  const of = ({ params, state }: Take, resolution: string) =>
    params.finalOf === entry.job &&
    params.resolution === resolution &&
    state !== "failed" &&
    state !== "cancelled";
  const { draft } = entry.take.peek();
  return (draft?.finals ?? []).map(({ resolution, cost }) => {
    const sending = signal<Sending>({ state: "idle" });
    const final = computed(() => {
      const known = shelf.order.value.flatMap((job) => shelf.get(job) ?? []);
      const found = known.find(({ take }) => of(take.peek(), resolution));
      return found && of(found.take.value, resolution) ? found : null;
    });
    const made = button("", () => {
      const found = final.peek();
      if (found) return goTo(made, found.job);
      const answer = finalize(channel, entry.job, resolution, sending).then(() => "");
      void ask(context, answer, made);
    });
    scope.effect(() => {
      minute.value;
      const left = (draft?.until ?? 0) - Date.now() / 1000;
      const price = priced(`Render in ${resolution}`, sums([{ ...entry.take.value, cost }]));
      made.hidden = !final.value && left <= 0;
      say(made, final.value ? `Show in ${resolution}` : `${price}, ${remaining(left)}`);
    });
    scope.effect(() => {
      const { value } = sending;
      if (value.state === "unconfirmed") entry.remark.value = value.message;
    });
    return asking(scope, context, made);
  });
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
    "",
    () => void submit(view.core.channel, [view.core.reseeded(entry.take.peek())], sending),
    { look: "ghost" },
  );
  scope.effect(() => {
    const take = entry.take.value;
    const seeded = view.core.seeds(take.provider);
    const cost = take.again ?? take.cost;
    say(made, priced(seeded ? "New seed" : "Once more", sums([{ ...take, cost }])));
    made.title = seeded ? "The same once more with a new seed" : "The same once more";
  });
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

function compare({ view, entry, scope }: CardContext): HTMLButtonElement {
  const { tray } = view.core;
  const made = button("Compare", () => tray.toggle(entry.job), {
    look: "ghost",
    class: "rs-button rs-ghost rs-toggle",
    title: "Put it beside other takes",
  });
  scope.effect(() => {
    const chosen = tray.has(entry.job);
    made.setAttribute("aria-pressed", String(chosen));
    made.disabled = !chosen && tray.full;
  });
  return made;
}

/** What is asked for less often. */
function more(context: CardContext): HTMLElement {
  const { view, entry, scope } = context;
  const { core } = view;
  const attempt = (act: () => Promise<string>) => () => {
    entry.remark.value = "";
    act().then(
      (words) => {
        if (words) view.live.tell(words);
      },
      (error: Error) => {
        entry.remark.value = error.message;
        view.live.tell(error.message);
      },
    );
  };
  const take = () => entry.take.peek();
  const onward = {
    label: "Start from its last frame",
    title: "Fill the form so that the next take continues this one",
    act: attempt(async () => {
      await core.continueFrom(take());
      view.prompt.focus();
      return "The form starts from the last frame of this take.";
    }),
  };
  const code = {
    label: "Copy as Python",
    act: attempt(async () => {
      const text = generateCall(take().params);
      const copied = await copyText(text, root);
      entry.remark.value = copied ? "The Python call is in the clipboard." : text;
      return entry.remark.peek();
    }),
  };
  const file = {
    label: "Show file",
    title: "Where the video is on the kernel's machine",
    act: attempt(async () => {
      const { path } = (await core.channel.ask("locate", { job: entry.job })).value;
      const copied = await copyText(path, root);
      entry.remark.value = copied ? `${path} (copied)` : path;
      return entry.remark.peek();
    }),
  };
  const remove = {
    label: "Remove",
    title: "Remove it from this list; its file stays in the library",
    act: attempt(async () => {
      await core.hide(take(), true);
      return "The take was removed from the list.";
    }),
  };
  const save = { label: "Download", act: attempt(() => download(context)) };
  const done = take().state === "completed";
  const items = done ? [onward, code, save, file, remove] : [code, remove];
  // What is known by its file alone is listed for as long as the file is there.
  if (take().found) items.pop();
  const root = menu("More actions", items, scope);
  return root;
}

function python(context: CardContext): HTMLButtonElement {
  const { entry, scope } = context;
  const made = button(
    "Python",
    async () => {
      const code = generateCall(entry.take.peek().params);
      if (await copyText(code, made.parentElement ?? made)) flash(made, "Copied", scope);
      else entry.remark.value = code;
    },
    { look: "ghost", title: "Copy the Python call of this take" },
  );
  return made;
}

async function download({ view, entry, scope }: CardContext): Promise<string> {
  const take = entry.take.peek();
  const video = h("video", { preload: "metadata", muted: true });
  const progress = (fraction: number) => {
    entry.remark.value = `Fetching ${Math.round(fraction * 100)} %`;
  };
  try {
    const { url } = await view.core.media.open(take, "video", probeVideo(video), scope, {
      progress,
    });
    const name = take.video?.path?.split(/[\\/]/).at(-1) || `${take.job}.mp4`;
    // A link of another origin opens instead of downloading; a new page keeps the notebook.
    h("a", { href: url, download: name, target: "_blank", rel: "noopener noreferrer" }).click();
    entry.remark.value = "";
    return "";
  } finally {
    video.removeAttribute("src");
    video.load();
  }
}

function flash(made: HTMLButtonElement, text: string, scope: Scope): void {
  const before = made.textContent ?? "";
  made.textContent = text;
  scope.later(1600, () => {
    made.textContent = before;
  });
}

import { computed, signal } from "@preact/signals-core";
import { type MediaFile, type SheetKind, type Take, unfinished } from "../kernel/messages";
import { choice, menu } from "../ui/controls";
import { decisions } from "../ui/decisions";
import { attribute, button, flip, h, linked, put, say } from "../ui/dom";
import { priced } from "../ui/format";
import { tool } from "../ui/icons";
import { sortable } from "./filter";
import { otherAxes } from "./plan";
import { FEWEST, JUDGED, MOST, type Size, STATES, type View, WIDTHS } from "./view";

/** Over the grid: how far everything is, what needs a person, and what is shown how. */
export function bar(view: View): HTMLElement {
  return h("header", { class: "rs-bd-bar" }, attention(view), standing(view), ways(view));
}

/** How many there are, and how far they are. */
function standing(view: View): HTMLElement {
  const { core, scope } = view;
  const title = h("h3", { class: "rs-title" });
  const words = h("span", { class: "rs-aside" });
  const bar = h(
    "div",
    { class: "rs-bar", role: "progressbar", "aria-label": "Takes done" },
    h("i"),
  );
  const count = (is: (take: Take) => boolean) =>
    computed(() => {
      void core.changes.value;
      return core.which(is).length;
    });
  const done = count(({ state }) => state === "completed");
  const going = count(({ state }) => unfinished.has(state));
  const failed = count(({ state }) => state === "failed" || state === "cancelled");
  scope.effect(() => {
    say(title, core.known.title);
    title.hidden = core.known.title === "";
  });
  scope.effect(() => {
    const all = core.known.cells.length;
    const shown = view.order.value.cells.length;
    const takes = all === 1 ? "1 take" : `${all.toLocaleString("en-US")} takes`;
    const own = [
      done.value < all ? `${done.value.toLocaleString("en-US")} of ${takes} done` : takes,
      going.value > 0 && `${going.value} on the way`,
      failed.value > 0 && `${failed.value} failed`,
    ];
    const parts = core.sweep.value?.facts ?? own;
    const some = view.filtered.value && `${shown.toLocaleString("en-US")} shown`;
    say(words, [some, ...parts].filter(Boolean).join(" · "));
    bar.hidden = done.value + failed.value >= all;
    const percent = all ? Math.round((100 * done.value) / all) : 0;
    bar.style.setProperty("--rs-done", `${percent}%`);
    attribute(bar, "aria-valuenow", percent);
  });
  return h(
    "div",
    { class: "rs-bd-standing" },
    h(
      "div",
      { class: "rs-bd-line" },
      title,
      words,
      steering(view),
      exports(view),
      tool("?", () => flip(view.helping), "Keys", "?"),
    ),
    bar,
  );
}

/** What can be done with the sweep; what spends money says how much. */
function steering(view: View): HTMLElement {
  const { core, scope } = view;
  const root = h("span", { class: "rs-bd-steering" });
  scope.each(
    () => JSON.stringify(core.sweep.value?.offers ?? []),
    () => {
      const offers = core.sweep.peek()?.offers ?? [];
      put(
        root,
        ...offers.map(({ action, label }) => {
          const made = button(label, async () => {
            made.disabled = true;
            const body = { name: core.known.title, action };
            await core.channel.ask("steer", body, { patience: STEERING }).catch((error: Error) => {
              view.fault.value = error.message;
            });
            made.disabled = false;
          });
          return made;
        }),
      );
    },
  );
  scope.effect(() => {
    root.inert = !core.usable.value;
  });
  return root;
}

/** A sweep of a thousand takes is not started in a moment. */
const STEERING = 60_000;

/** A page with fifty films is not made in a moment. */
const EXPORTING = 15 * 60_000;

/** Files of what is shown. */
function exports(view: View): HTMLElement {
  const { core, scope } = view;
  const root = h("span", { class: "rs-bd-exports" });
  const said = h("span", { class: "rs-aside", role: "status" });
  const tell = (text: string, file?: MediaFile) => {
    put(said, text);
    const path = file?.path;
    if (!file || !path) return;
    void core.media.hostUrl(file).then((url) => {
      if (url) put(said, h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, path));
    });
  };
  const make = (ask: () => Promise<{ value: { path: string; file: MediaFile } }>) => () => {
    tell("Exporting …");
    ask().then(
      ({ value }) => tell(value.path, value.file),
      (error: Error) => tell(error.message),
    );
  };
  const sheet = (what: SheetKind) =>
    make(() => {
      const { rows, columns, places } = view.plan.peek();
      const cells = places.map((line) => line.map((place) => view.front(place) ?? -1));
      return core.channel.ask("sheet", { what, rows, columns, cells }, { patience: EXPORTING });
    });
  const film = make(() => {
    const jobs = view.reel.chosen().flatMap((cell) => core.cell(cell).peek()?.job ?? []);
    if (jobs.length < FEWEST || jobs.length > MOST) {
      return Promise.reject(
        new Error(
          `Select ${FEWEST} to ${MOST} finished takes for a film; ${jobs.length} are selected.`,
        ),
      );
    }
    const columns = jobs.length > 4 ? 0 : jobs.length;
    return core.channel.ask(
      "export",
      { what: "side-by-side", jobs, columns },
      { patience: EXPORTING, progress: (part) => tell(`Exporting ${Math.round(part * 100)} %`) },
    );
  });
  put(
    root,
    menu(
      "Export",
      [
        {
          label: "Contact sheet (PNG)",
          title: "A still of each take shown",
          act: sheet("picture"),
        },
        { label: "Film of the row", title: "What Space plays, side by side", act: film },
        {
          label: "Page (HTML)",
          title: "Every still, and films up to 50 MB, in one file to send",
          act: sheet("page"),
        },
        { label: "Table (CSV)", act: sheet("csv") },
      ],
      scope,
      "save",
    ),
    said,
  );
  scope.effect(() => {
    root.inert = !core.usable.value;
  });
  return root;
}

/** The takes that only a person can settle, one after the other. */
function attention(view: View): HTMLElement {
  const { core, scope } = view;
  const root = h("section", { class: "rs-bd-attention", "aria-label": "Needs you" });
  const waiting = computed(() => {
    void core.changes.value;
    return core.which(({ state }) => state === "uncertain").sort((a, b) => a - b);
  });
  const chosen = signal(0);
  const first = computed(() => waiting.value[Math.min(chosen.value, waiting.value.length - 1)]);
  const words = computed(() => `${first.value} ${waiting.value.length}`);
  scope.each(
    () => words.value,
    (_, part) => {
      const cell = first.peek();
      const take = cell === undefined ? undefined : core.cell(cell).peek();
      root.hidden = !take || cell === undefined;
      put(root);
      if (!take || cell === undefined) return;
      const many = waiting.peek().length;
      const answer = h("p", { class: "rs-remark", role: "status" });
      const ways = decisions(
        async (action, pressed, remoteId) => {
          pressed.disabled = true;
          const body = { job: take.job, action, ...(remoteId ? { remoteId } : {}) };
          const found = await core.channel.ask("decide", body).then(
            ({ value }) => value.message,
            (error: Error) => error.message,
          );
          pressed.disabled = false;
          if (part.ended) view.live.tell(found);
          else say(answer, found);
        },
        () =>
          priced("Send again", new Map(take.cost ? [[take.cost.currency, take.cost.amount]] : [])),
      );
      part.effect(() => {
        ways.inert = !core.usable.value;
      });
      const next = button(
        "Next",
        () => {
          chosen.value = (Math.min(chosen.peek(), many - 1) + 1) % many;
        },
        { look: "ghost" },
      );
      next.hidden = many < 2;
      put(
        root,
        h("strong", {}, many === 1 ? "1 take needs you" : `${many} takes need you`),
        button(view.name(cell), () => view.go(cell), { look: "ghost", title: "Go to this cell" }),
        next,
        h(
          "p",
          { class: "rs-what" },
          ...linked(
            take.error?.message ??
              `The connection broke while sending. ${take.backend || "the service"} may have started this job.`,
          ),
        ),
        ways,
        answer,
      );
    },
  );
  return root;
}

/** What is shown, and how. */
function ways(view: View): HTMLElement {
  const { core, scope } = view;
  const search = h("input", {
    type: "search",
    class: "rs-input",
    placeholder: "Search, or cost<2",
    title: "Words of a take, or a column and a value: seed=7, cost<2, tag=hero",
    "aria-label": "Search takes",
    oninput: () => {
      view.search.value = search.value.trim();
    },
  });
  scope.effect(() => {
    if (view.search.value === "") search.value = "";
  });
  const axes = () => core.known.axes.map(({ name, title }): [string, string] => [name, title]);
  const arranged = (which: "rows" | "columns") => ({
    get value() {
      return (core.arrangement.value[which] ?? []).join("\n");
    },
    set value(names: string) {
      const wanted = names ? names.split("\n") : [];
      const other = which === "rows" ? "columns" : "rows";
      const rest = core.arrangement.peek()[other] ?? [];
      core.arrangement.value = {
        rows: [],
        columns: [],
        [which]: wanted,
        [other]: rest.filter((name) => !wanted.includes(name)),
      };
      view.sort.value = "";
    },
  });
  const sides = (which: "rows" | "columns") => (): [string, string][] => {
    const now = core.arrangement.value[which] ?? [];
    const several: [string, string][] = now.length > 1 ? [[now.join("\n"), now.join(", ")]] : [];
    return [...axes(), ...several];
  };
  const fresh = computed(() => {
    void core.changes.value;
    return core.which(() => true).flatMap((number) => core.cell(number).peek() ?? []);
  });
  const sizes = h(
    "div",
    { class: "rs-bd-reach", role: "group", "aria-label": "Size of the pictures" },
    ...(Object.keys(WIDTHS) as Size[]).map((size) => {
      const made = button(
        size,
        () => {
          view.size.value = size;
        },
        { look: "ghost", "aria-label": `Size ${size}`, title: "Size of the pictures (+ −)" },
      );
      scope.effect(() => attribute(made, "aria-pressed", String(view.size.value === size)));
      return made;
    }),
  );
  const steps = h("span", { class: "rs-bd-steps" });
  scope.each(
    () => {
      const { rows = [], columns = [] } = core.arrangement.value;
      const isWall = view.sort.value !== "" || (rows.length === 0 && columns.length === 0);
      return JSON.stringify(isWall ? [] : otherAxes(core.known, rows, columns));
    },
    (_, part) => {
      const { rows = [], columns = [] } = core.arrangement.peek();
      const isWall = view.sort.peek() !== "" || (rows.length === 0 && columns.length === 0);
      const others = isWall ? [] : otherAxes(core.known, rows, columns);
      put(
        steps,
        ...others.map(({ name, title, values }) =>
          choice(
            `${title}: best of each`,
            {
              get value() {
                const step = view.steps.value[name] ?? null;
                return step === null ? "" : String(step);
              },
              set value(text: string) {
                view.steps.value = {
                  ...view.steps.peek(),
                  [name]: text === "" ? null : Number(text),
                };
              },
            },
            () => values.map((value, at): [string, string] => [String(at), `${title}: ${value}`]),
            part,
            title,
          ),
        ),
      );
    },
  );
  const hasAxes = computed(() => core.known.axes.length > 0);
  const sideways = [
    choice("No rows", arranged("rows"), sides("rows"), scope, "Rows", "Rows: "),
    choice("No columns", arranged("columns"), sides("columns"), scope, "Columns", "Columns: "),
  ];
  scope.effect(() => {
    for (const select of sideways) select.hidden = !hasAxes.value;
  });
  const all = button("Show all", () => view.clear(), { look: "ghost" });
  scope.effect(() => {
    all.hidden = !view.filtered.value;
  });
  return h(
    "div",
    {
      class: "rs-filters rs-bd-ways",
      role: "search",
      "aria-label": "Arrange and filter the takes",
    },
    search,
    ...sideways,
    steps,
    choice("Any state", view.state, () => [...STATES], scope, "State"),
    choice("Any mark", view.judged, () => [...JUDGED], scope, "Marks"),
    choice(
      "As arranged",
      view.sort,
      () => sortable(core.known, fresh.value),
      scope,
      "Order",
      "By ",
    ),
    all,
    sizes,
  );
}

import { signal } from "@preact/signals-core";
import {
  type Opened,
  type OpenOptions,
  probeImage,
  probeVideo,
  sourceTitles,
} from "../../kernel/media";
import { icon } from "../../ui/controls";
import { attribute, button, h, put, say } from "../../ui/dom";
import { timecode } from "../../ui/format";
import type { CardContext } from "./context";

const HOVER = 180;
const FRAME = 1 / 24;

/**
 * The frame of a finished take. A picture until the pointer is over it, which plays it silently;
 * a click plays it with sound and controls. The video element is made once and kept: hosts and
 * browsers allow only so many decoders, so it is emptied whenever it leaves the screen.
 */
export function player(context: CardContext): HTMLElement {
  const { view, entry, scope } = context;
  const { core, audible } = view;
  const poster = h("img", { class: "rs-poster", alt: "" });
  const start = button(icon("play"), () => void engage(), {
    class: "rs-start",
    "aria-label": `Play with sound: ${entry.take.peek().prompt || "this take"}`,
  });
  const state = h("p", { class: "rs-player-state", role: "status" });
  const bar = h("div", { class: "rs-player-bar" });
  const root = h(
    "div",
    { class: "rs-player", "data-jp-suppress-context-menu": true },
    poster,
    start,
    state,
    bar,
  );

  let video: HTMLVideoElement | undefined;
  let loading: Promise<boolean> | undefined;
  let attempt: AbortController | undefined;
  let position = 0;
  let stopHover = () => {};
  const engaged = signal(false);
  const playing = signal(false);
  const opened = signal<Opened | null>(null);

  /** Fill the video element; false when no source plays. A second call joins the first. */
  function load(): Promise<boolean> {
    if (opened.peek()) return Promise.resolve(true);
    loading ??= (async () => {
      say(state, "");
      const slow = scope.later(400, () => say(state, "Opening …"));
      try {
        const played = await search({
          progress: (fraction) => say(state, `Fetching ${Math.round(fraction * 100)} %`),
        });
        say(state, "");
        return played;
      } catch (error) {
        free();
        say(state, (error as Error).message);
        return false;
      } finally {
        slow();
        loading = undefined;
      }
    })();
    return loading;
  }

  /** Look for a source that plays; false when the search was ended by a newer one. */
  async function search(options: OpenOptions): Promise<boolean> {
    // Two searches would fight over the one element.
    attempt?.abort();
    const mine = new AbortController();
    attempt = mine;
    const { signal } = mine;
    const element = ensureVideo();
    try {
      const found = await core.media.open(
        entry.take.peek(),
        "video",
        probeVideo(element, signal),
        scope,
        { ...options, signal },
      );
      if (signal.aborted) return false;
      opened.value = found;
      if (position > 0) element.currentTime = position;
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    }
  }

  function ensureVideo(): HTMLVideoElement {
    if (video) return video;
    const element = h("video", { class: "rs-video", preload: "metadata", playsinline: true });
    element.loop = true;
    element.muted = true;
    element.addEventListener("play", () => {
      playing.value = true;
      root.classList.add("rs-showing");
    });
    element.addEventListener("pause", () => {
      playing.value = false;
    });
    element.addEventListener("timeupdate", () => showTime());
    element.addEventListener("volumechange", () => showSound());
    element.addEventListener("durationchange", () => showTime());
    element.addEventListener("click", () => void engage());
    element.addEventListener("error", () => {
      // While a source is looked for, the next one may play.
      if (opened.peek()) void lost();
    });
    video = element;
    poster.after(element);
    return element;
  }

  /** Say what to do about a video that the browser gave up on the way. */
  async function lost(): Promise<void> {
    free();
    const error = await core.media.undecodable(entry.take.peek(), "video");
    if (!opened.peek()) say(state, error.message);
  }

  function free(): void {
    attempt?.abort();
    opened.value = null;
    root.classList.remove("rs-showing");
    if (!video?.hasAttribute("src")) return;
    position = video.currentTime;
    video.pause();
    video.removeAttribute("src");
    video.load();
  }

  async function preview(): Promise<void> {
    if (engaged.peek() || !(await load()) || !hovered || engaged.peek()) return;
    if (video) video.muted = true;
    await video?.play().catch(() => {});
  }

  async function engage(): Promise<void> {
    if (engaged.peek() && video && !video.paused) {
      video.pause();
      return;
    }
    if (!(await load()) || !video) return;
    if (!engaged.peek()) {
      engaged.value = true;
      video.muted = false;
    }
    audible.value = entry.job;
    try {
      await video.play();
    } catch {
      // Some hosts allow sound only after a click in their own frame.
      video.muted = true;
      await video.play().catch(() => {});
    }
    root.focus();
  }

  // Moving the pointer across the grid starts nothing.
  let hovered = false;
  root.addEventListener("pointerenter", (event) => {
    if (event.pointerType !== "mouse") return;
    hovered = true;
    if (window.matchMedia?.("(prefers-reduced-motion: reduce)").matches) return;
    stopHover = scope.later(HOVER, () => void preview());
  });
  root.addEventListener("pointerleave", () => {
    hovered = false;
    stopHover();
    if (engaged.peek()) return;
    video?.pause();
    root.classList.remove("rs-showing");
  });

  // Poster: only when near.
  let picturing = false;
  view.viewport.watch(root, scope, (near) => {
    if (near) {
      void picture();
    } else {
      free();
      engaged.value = false;
    }
  });

  async function picture(): Promise<void> {
    if (picturing || root.classList.contains("rs-pictured")) return;
    picturing = true;
    if (!(await showPoster()) && !scope.ended) await showFirstFrame();
    picturing = false;
  }

  async function showPoster(): Promise<boolean> {
    const take = entry.take.peek();
    if (!take.poster) return false;
    const ended = new AbortController();
    const forget = scope.add(() => ended.abort());
    try {
      await core.media.open(take, "poster", probeImage(poster, ended.signal), scope);
      poster.alt = `First frame: ${take.prompt || take.mode}`;
      root.classList.add("rs-pictured");
      return true;
    } catch {
      return false;
    } finally {
      forget();
    }
  }

  /** Stands in for a poster; never through the kernel before the user wants to see it. */
  async function showFirstFrame(): Promise<void> {
    if (loading || opened.peek() || !entry.take.peek().video) return;
    try {
      if (await search({ cheap: true })) root.classList.add("rs-showing");
    } catch {
      free();
    }
  }

  // Controls.
  const toggle = button(icon("play"), () => void engage(), { look: "icon" });
  const scrub = h("input", {
    type: "range",
    class: "rs-scrub",
    min: 0,
    max: 1,
    step: 0.001,
    value: 0,
    "aria-label": "Position",
    oninput: () => {
      if (video && Number.isFinite(video.duration)) {
        video.currentTime = scrub.valueAsNumber * video.duration;
      }
    },
  });
  const time = h("span", { class: "rs-time" });
  const speaker = button(
    icon("sound"),
    () => {
      if (!video) return;
      video.muted = !video.muted;
      if (!video.muted) audible.value = entry.job;
    },
    { look: "icon" },
  );
  const expand = button(icon("expand"), () => void root.requestFullscreen?.().catch(() => {}), {
    look: "icon",
    "aria-label": "Full screen",
  });
  put(bar, toggle, scrub, time, speaker, expand);

  function showTime(): void {
    if (!video) return;
    const { currentTime, duration } = video;
    const known = Number.isFinite(duration) && duration > 0;
    const done = known ? currentTime / duration : 0;
    scrub.valueAsNumber = done;
    scrub.style.setProperty("--rs-filled", `${(done * 100).toFixed(2)}%`);
    scrub.setAttribute("aria-valuetext", timecode(currentTime));
    say(time, known ? `${timecode(currentTime)} / ${timecode(duration)}` : "");
  }

  function showSound(): void {
    const silent = video?.muted ?? true;
    put(speaker, icon(silent ? "silent" : "sound"));
    speaker.setAttribute("aria-label", silent ? "Sound on" : "Sound off");
  }

  scope.effect(() => {
    root.classList.toggle("rs-engaged", engaged.value);
    root.tabIndex = engaged.value ? 0 : -1;
    bar.inert = !engaged.value;
    showSound();
  });
  scope.effect(() => {
    put(toggle, icon(playing.value ? "pause" : "play"));
    toggle.setAttribute("aria-label", playing.value ? "Pause" : "Play");
    root.classList.toggle("rs-playing", playing.value);
  });
  scope.effect(() => {
    const source = opened.value?.source;
    attribute(root, "data-source", source);
    root.title = source ? `The video comes ${sourceTitles[source]}.` : "";
  });
  scope.effect(() => {
    if (audible.value === entry.job || !video || !engaged.peek()) return;
    video.pause();
    video.muted = true;
  });
  scope.listen(root, "keydown", (event) => press(event as KeyboardEvent));
  scope.add(() => {
    stopHover();
    free();
    // The poster keeps its source: Chromium never releases a picture, nor the card around it,
    // whose source changes when it is out of the page.
  });

  function press(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== root || !video) return;
    const seek = (by: number) => {
      video?.pause();
      if (video) video.currentTime = Math.max(0, video.currentTime + by);
    };
    const step = 1 / (entry.take.peek().fps || 1 / FRAME);
    const keys: Record<string, () => void> = {
      " ": () => void engage(),
      k: () => void engage(),
      ArrowLeft: () => seek(event.shiftKey ? -1 : -step),
      ArrowRight: () => seek(event.shiftKey ? 1 : step),
      m: () => speaker.click(),
      f: () => expand.click(),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  return root;
}

"use strict";
(() => {
  // Pixels: between two boxes, as in the style; around everything; and of the lowest box.
  const [GAP, ROOM, LOWEST] = [12, 24, 60];
  const find = (id) => document.getElementById(id);
  const films = [...document.querySelectorAll("video")];
  const lengths = films.map((film) => Number(film.dataset.seconds));
  // A file's own time may start anywhere.
  const starts = films.map((film) => Number(film.dataset.start));
  // Takes for which this browser has no decoder.
  const missing = films.map(() => false);
  let longest;
  // The longest take leads: it is the only one that plays to the end of the comparison.
  let leader;
  const lead = () => {
    const playable = lengths.map((seconds, index) => (missing[index] ? 0 : seconds));
    longest = Math.max(...(missing.every(Boolean) ? lengths : playable));
    leader = films[missing.every(Boolean) ? 0 : playable.indexOf(longest)];
    scrub.max = String(longest);
  };
  const step = 1 / Number(document.body.dataset.rate);
  const play = find("play");
  const scrub = find("scrub");
  const sounds = films.map((film) => film.closest("figure").querySelector("button"));
  lead();
  let playing = false;
  let shown = 0;

  const clock = (seconds) => {
    const hundredths = Math.round(seconds * 100);
    const rest = String(Math.floor(hundredths / 100) % 60).padStart(2, "0");
    return `${Math.floor(hundredths / 6000)}:${rest}.${String(hundredths % 100).padStart(2, "0")}`;
  };

  const show = (seconds) => {
    shown = seconds;
    scrub.value = String(seconds);
    const text = `${clock(seconds)} / ${clock(longest)}`;
    find("time").textContent = text;
    scrub.setAttribute("aria-valuetext", text);
    films.forEach((film, index) => {
      film.closest(".stage").querySelector(".over").hidden =
        missing[index] || lengths[index] >= longest || seconds < lengths[index];
    });
  };

  // Half a frame before its end a take shows its last frame; at the end some browsers show none.
  // A browser cuts times to microseconds, and so would show the frame before the one that begins.
  const within = (index, seconds) =>
    Math.max(0, Math.min(seconds + 0.0005, lengths[index] - step / 2));

  const seek = (seconds) => {
    const there = Math.max(0, Math.min(seconds, longest));
    films.forEach((film, index) => {
      film.currentTime = starts[index] + within(index, there);
    });
    show(there);
    if (playing) start();
  };

  const start = () => {
    films.forEach((film, index) => {
      if (shown < lengths[index] && !missing[index]) film.play().catch(() => {});
    });
  };

  const setPlaying = (wanted) => {
    if (wanted && missing.every(Boolean)) return;
    playing = wanted;
    play.setAttribute("aria-label", wanted ? "Pause" : "Play");
    play.querySelector(".when-paused").toggleAttribute("hidden", wanted);
    play.querySelector(".when-playing").toggleAttribute("hidden", !wanted);
    if (!wanted) {
      for (const film of films) film.pause();
      // All stand still at the same moment, whatever they did on the way.
      seek(shown);
      return;
    }
    if (shown >= longest - step) seek(0);
    start();
    requestAnimationFrame(follow);
  };

  const follow = () => {
    if (!playing) return;
    const own = (index) => films[index].currentTime - starts[index];
    const now = leader.ended ? longest : own(films.indexOf(leader));
    show(now);
    films.forEach((film, index) => {
      const apart = film !== leader && now < lengths[index] && Math.abs(own(index) - now);
      if (apart > 0.08 && !film.seeking) film.currentTime = starts[index] + now;
    });
    if (!leader.ended) requestAnimationFrame(follow);
    else if (find("loop").getAttribute("aria-pressed") === "true") {
      seek(0);
      requestAnimationFrame(follow);
    } else setPlaying(false);
  };

  // The boxes are as large as the window leaves them beside what steers them.
  const takes = document.querySelector(".takes");
  const fit = () => {
    const { width, height } = films[0].closest(".stage").getBoundingClientRect();
    const shape = width / height;
    const header = document.querySelector("header").offsetHeight;
    const controls = document.querySelector(".controls").offsetHeight;
    // A long prompt is scrolled away to see the takes.
    const above = header < window.innerHeight / 5 ? header + ROOM : 0;
    const high = window.innerHeight - controls - above - ROOM;
    const captions = [...document.querySelectorAll("figcaption")].map((text) => text.offsetHeight);
    const caption = Math.max(...captions);
    let best = 0;
    for (let columns = 1; columns <= films.length; columns++) {
      const rows = Math.ceil(films.length / columns);
      const widest = (takes.clientWidth - GAP * (columns - 1)) / columns;
      const tallest = Math.max(LOWEST, (high - GAP * (rows - 1)) / rows - caption);
      const wide = Math.floor(Math.min(widest, tallest * shape));
      if (wide <= best) continue;
      best = wide;
      takes.style.setProperty("--columns", String(columns));
      takes.style.setProperty("--wide", `${wide}px`);
    }
    takes.classList.add("fitted");
  };

  const hear = (index) => {
    films.forEach((film, other) => {
      film.muted = other !== index || !film.muted;
      const sound = sounds[other];
      if (!sound) return;
      sound.setAttribute("aria-pressed", String(!film.muted));
      sound.querySelector(".when-silent").toggleAttribute("hidden", !film.muted);
      sound.querySelector(".when-heard").toggleAttribute("hidden", film.muted);
    });
  };

  const keys = {
    " ": () => setPlaying(!playing),
    ArrowLeft: () => seek(shown - step),
    ArrowRight: () => seek(shown + step),
    Home: () => seek(0),
    End: () => seek(longest),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // A button and a list have their own use for these keys.
    if (event.key === " " && event.target.closest("button, select")) return;
    if (event.target.closest("select")) return;
    const sound = sounds[Number(event.key) - 1];
    const act = keys[event.key] ?? (sound && (() => sound.click()));
    if (!act) return;
    event.preventDefault();
    act();
  });

  const lose = (index) => {
    missing[index] = true;
    films[index].closest(".stage").querySelector(".missing").hidden = false;
    lead();
    if (playing && missing.every(Boolean)) setPlaying(false);
    else show(Math.min(shown, longest));
  };

  films.forEach((film, index) => {
    film.controls = false;
    film.muted = true;
    // Where only the sound can be decoded, the film has no width.
    const check = () => film.readyState && !film.videoWidth && lose(index);
    film.addEventListener("loadedmetadata", check);
    film.addEventListener("error", () => lose(index));
    if (film.error) lose(index);
    else check();
    film.addEventListener("click", () => setPlaying(!playing));
    sounds[index]?.addEventListener("click", () => hear(index));
  });
  play.addEventListener("click", () => setPlaying(!playing));
  find("back").addEventListener("click", () => seek(shown - step));
  find("on").addEventListener("click", () => seek(shown + step));
  find("loop").addEventListener("click", ({ currentTarget: loop }) => {
    loop.setAttribute("aria-pressed", String(loop.getAttribute("aria-pressed") !== "true"));
  });
  find("speed").addEventListener("change", (event) => {
    for (const film of films) film.playbackRate = Number(event.target.value);
  });
  scrub.step = "any";
  scrub.addEventListener("input", () => seek(Number(scrub.value)));
  for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;
  // A caption is higher where its box is narrower, so once is not enough.
  const refit = () => [1, 2, 3].forEach(fit);
  refit();
  window.addEventListener("resize", refit);
  show(0);
})();

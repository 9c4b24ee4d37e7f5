"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const films = [...document.querySelectorAll("video")];
  const lengths = films.map((film) => Number(film.dataset.seconds));
  const longest = Math.max(...lengths);
  // The longest take leads: it is the only one that plays to the end of the comparison.
  const leader = films[lengths.indexOf(longest)];
  const step = 1 / Number(document.body.dataset.rate);
  const play = find("play");
  const scrub = find("scrub");
  const sounds = films.map((film) => film.closest("figure").querySelector("button"));
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
        lengths[index] === longest || seconds < lengths[index];
    });
  };

  // Half a frame before its end a take shows its last frame; at the end some browsers show none.
  // A browser cuts times to microseconds, and so would show the frame before the one that begins.
  const within = (index, seconds) =>
    Math.max(0, Math.min(seconds + 0.0005, lengths[index] - step / 2));

  const seek = (seconds) => {
    const there = Math.max(0, Math.min(seconds, longest));
    films.forEach((film, index) => {
      film.currentTime = within(index, there);
    });
    show(there);
    if (playing) start();
  };

  const start = () => {
    films.forEach((film, index) => {
      if (shown < lengths[index]) film.play().catch(() => {});
    });
  };

  const setPlaying = (wanted) => {
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
    const now = leader.ended ? longest : leader.currentTime;
    show(now);
    films.forEach((film, index) => {
      const apart = film !== leader && now < lengths[index] && Math.abs(film.currentTime - now);
      if (apart > 0.08 && !film.seeking) film.currentTime = now;
    });
    if (!leader.ended) requestAnimationFrame(follow);
    else if (find("loop").getAttribute("aria-pressed") === "true") {
      seek(0);
      requestAnimationFrame(follow);
    } else setPlaying(false);
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

  films.forEach((film, index) => {
    film.controls = false;
    film.muted = true;
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
  scrub.max = String(longest);
  scrub.step = "any";
  scrub.addEventListener("input", () => seek(Number(scrub.value)));
  for (const part of document.querySelectorAll(".needs-script")) part.hidden = false;
  show(0);
})();

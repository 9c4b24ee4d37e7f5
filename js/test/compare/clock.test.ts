import { beforeEach, describe, expect, it } from "vitest";
import { Clock } from "../../src/compare/clock";
import type { Film } from "../../src/compare/follower";
import { Scope } from "../../src/ui/scope";

/** Time, and pictures of the screen sixty times a second. */
class Screen {
  time = 0;
  films: FakeFilm[] = [];
  #runs = new Map<number, () => void>();
  #id = 0;

  now = () => this.time;
  next = (run: () => void) => {
    const id = ++this.#id;
    this.#runs.set(id, run);
    return () => this.#runs.delete(id);
  };

  run(seconds: number): void {
    for (const end = this.time + seconds * 1000; this.time < end; ) {
      this.time += 1000 / 60;
      for (const film of this.films) film.advance(1 / 60);
      const runs = [...this.#runs.values()];
      this.#runs.clear();
      for (const run of runs) run();
    }
  }

  get waiting(): number {
    return this.#runs.size;
  }
}

/** A video that seeks in a moment, starts after another, and may run too slowly. */
class FakeFilm implements Film {
  #rate = 1;
  changes = 0;
  paused = true;
  seeking = false;
  readyState = 4;
  seeks = 0;
  listeners = 0;
  time = 0;
  pace = 1;
  startsAfter = 0.05;
  #wait = 0;
  #heard = new Map<string, Set<() => void>>();
  readonly fps: number;

  constructor(fps = 24) {
    this.fps = fps;
  }
  get currentTime(): number {
    return this.time;
  }
  set currentTime(time: number) {
    this.time = time;
    this.seeking = true;
    this.seeks += 1;
    this.#wait = 0.05;
  }
  get playbackRate(): number {
    return this.#rate;
  }
  set playbackRate(rate: number) {
    this.#rate = rate;
    this.changes += 1;
  }
  play(): Promise<void> {
    if (this.paused) this.#wait = Math.max(this.#wait, this.startsAfter);
    this.paused = false;
    return Promise.resolve();
  }
  pause(): void {
    this.paused = true;
  }
  addEventListener(type: string, listener: () => void): void {
    this.listeners += 1;
    if (!this.#heard.has(type)) this.#heard.set(type, new Set());
    this.#heard.get(type)?.add(listener);
  }
  removeEventListener(type: string, listener: () => void): void {
    this.listeners -= 1;
    this.#heard.get(type)?.delete(listener);
  }
  advance(seconds: number): void {
    if (this.#wait > 0) {
      this.#wait -= seconds;
      if (this.#wait > 0) return;
      if (this.seeking) {
        this.seeking = false;
        for (const listener of [...(this.#heard.get("seeked") ?? [])]) listener();
        return;
      }
    }
    if (this.paused) return;
    this.time += seconds * this.playbackRate * this.pace;
  }
}

let screen: Screen;
let scope: Scope;
let clock: Clock;

function join(name: string, film: FakeFilm, length = 20, offset = 0): () => void {
  screen.films.push(film);
  return clock.join(name, film, { length, fps: film.fps, offset });
}

beforeEach(() => {
  screen = new Screen();
  scope = new Scope();
  clock = new Clock(scope, screen);
});

/** Frames of 24 a second between two films. */
function apart(a: FakeFilm, b: FakeFilm): number {
  return Math.abs(a.time - b.time) * 24;
}

describe("a run", () => {
  it("brings films that start at different moments together without a seek", () => {
    const [quick, late] = [new FakeFilm(24), new FakeFilm(30)];
    late.startsAfter = 0.2;
    join("quick", quick);
    join("late", late);
    screen.run(0.2);
    const before = quick.seeks + late.seeks;
    clock.play();
    screen.run(3);
    expect(apart(quick, late)).toBeLessThan(1);
    expect(quick.seeks + late.seeks).toBe(before);
  });

  it("changes the rate of a film once to bring it near, and once back", () => {
    const films = [0.05, 0.08, 0.05, 0.15, 0.05].map((startsAfter, index) => {
      const film = new FakeFilm();
      film.startsAfter = startsAfter;
      join(`film ${index}`, film);
      return film;
    });
    clock.play();
    screen.run(10);
    expect(films.map(({ changes }) => changes)).toEqual([0, 2, 0, 2, 0]);
    for (const film of films) expect(apart(films[0] as FakeFilm, film)).toBeLessThan(0.1);
  });

  it("nudges only the film that stopped for a moment", () => {
    const films = Array.from({ length: 9 }, () => new FakeFilm());
    films.forEach((film, index) => {
      join(`film ${index}`, film);
    });
    clock.play();
    screen.run(2);
    (films[4] as FakeFilm).time -= 0.6;
    screen.run(5);
    expect(films.map(({ changes }) => changes)).toEqual([0, 0, 0, 0, 2, 0, 0, 0, 0]);
    expect(films.map(({ seeks }) => seeks)).toEqual(films.map(() => 1));
  });

  it("keeps a film that runs too slowly by its rate", () => {
    const [good, slow] = [new FakeFilm(), new FakeFilm()];
    slow.pace = 0.95;
    join("good", good);
    join("slow", slow);
    clock.play();
    screen.run(8);
    expect(apart(good, slow)).toBeLessThan(1.5);
    expect(slow.changes).toBeGreaterThan(2);
    expect(good.changes).toBe(0);
  });

  it("seeks a film that is far off", () => {
    const [good, stuck] = [new FakeFilm(), new FakeFilm()];
    join("good", good);
    join("stuck", stuck);
    clock.play();
    screen.run(1);
    stuck.time -= 0.9;
    screen.run(2);
    expect(apart(good, stuck)).toBeLessThan(1);
  });

  it("is not disordered by a film that comes late, which joins where the others are", () => {
    const good = new FakeFilm();
    join("good", good);
    clock.play();
    screen.run(2);
    const seeks = good.seeks;
    const late = new FakeFilm(30);
    join("late", late);
    screen.run(2);
    expect(good.seeks).toBe(seeks);
    expect(apart(good, late)).toBeLessThan(1.5);
  });

  it("lets a film that nudging does not bring near play at its own pace", () => {
    const [good, slow] = [new FakeFilm(), new FakeFilm()];
    slow.pace = 0.75;
    join("good", good);
    join("slow", slow);
    clock.play();
    screen.run(6);
    const seeks = slow.seeks;
    screen.run(6);
    expect(slow.playbackRate).toBe(1);
    expect(slow.seeks - seeks).toBeLessThanOrEqual(2);
    expect(clock.loose.value).toBe(true);
  });

  it("waits where most films are too slow, and seeks none of them", () => {
    const films = Array.from({ length: 9 }, () => new FakeFilm());
    films.forEach((film, index) => {
      film.pace = 0.6;
      join(`film ${index}`, film);
    });
    clock.play();
    screen.run(8);
    expect(films.map(({ seeks }) => seeks)).toEqual(films.map(() => 1));
    expect(films.map(({ playbackRate }) => playbackRate)).toEqual(films.map(() => 1));
    expect(clock.position.value).toBeLessThan(7);
  });

  it("does not nudge where the browser does that badly", () => {
    const clock = new Clock(scope, screen, false);
    const [a, b] = [new FakeFilm(), new FakeFilm(30)];
    b.startsAfter = 0.1;
    for (const [index, film] of [a, b].entries()) {
      screen.films.push(film);
      clock.join(String(index), film, { length: 20, fps: film.fps, offset: 0 });
    }
    clock.play();
    screen.run(4);
    expect([a.playbackRate, b.playbackRate]).toEqual([1, 1]);
    expect(Math.abs(a.time - b.time)).toBeLessThan(0.15);
  });

  it("turns at the out point to the in point", () => {
    const film = new FakeFilm();
    join("film", film);
    clock.from.value = 1;
    clock.to.value = 2;
    clock.play();
    screen.run(2.5);
    expect(clock.playing.value).toBe(true);
    expect(clock.position.value).toBeGreaterThanOrEqual(1);
    expect(clock.position.value).toBeLessThan(2);
  });

  it("stops at the end where it does not loop", () => {
    const film = new FakeFilm();
    join("film", film, 1);
    clock.loop.value = false;
    clock.play();
    screen.run(2);
    expect(clock.playing.value).toBe(false);
    expect(film.paused).toBe(true);
    expect(clock.position.value).toBe(1);
  });

  it("goes on after a shorter take is over, which stands on its last frame", () => {
    const [short, long] = [new FakeFilm(), new FakeFilm()];
    join("short", short, 1);
    join("long", long, 5);
    clock.play();
    screen.run(3);
    expect(short.paused).toBe(true);
    expect(Math.floor(short.time * 24)).toBe(23);
    expect(long.paused).toBe(false);
  });

  it("runs at the speed that was chosen", () => {
    const film = new FakeFilm();
    join("film", film);
    clock.pace(0.5);
    clock.play();
    screen.run(2.4);
    expect(film.time).toBeGreaterThan(1);
    expect(film.time).toBeLessThan(1.25);
  });

  it("goes backwards by seeks", () => {
    const film = new FakeFilm();
    join("film", film);
    clock.seek(5);
    screen.run(0.2);
    clock.play(-1);
    screen.run(2);
    expect(film.paused).toBe(true);
    expect(film.time).toBeGreaterThan(2.9);
    expect(film.time).toBeLessThan(3.3);
  });
});

describe("standing still", () => {
  it("shows the same moment on all films once paused", () => {
    const [a, b] = [new FakeFilm(24), new FakeFilm(30)];
    join("a", a);
    join("b", b);
    clock.play();
    screen.run(1.3);
    clock.pause();
    screen.run(0.3);
    const now = clock.position.value;
    expect(Math.floor(a.time * 24)).toBe(Math.floor(now * 24 + 1e-4));
    expect(Math.floor(b.time * 30)).toBe(Math.floor(now * 30 + 1e-4));
  });

  it("carries out the last of many seeks", () => {
    const film = new FakeFilm();
    join("film", film);
    screen.run(0.2);
    const before = film.seeks;
    for (let i = 1; i <= 50; i++) clock.seek(i / 10);
    screen.run(0.3);
    expect(film.seeks - before).toBe(2);
    expect(Math.floor(film.time * 24)).toBe(120);
  });

  it("shifts a take by its offset", () => {
    const film = new FakeFilm();
    join("film", film);
    clock.shift("film", 0.5);
    screen.run(0.3);
    expect(Math.floor(film.time * 24)).toBe(12);
    expect(clock.end.value).toBe(19.5);
  });
});

describe("takes that are not loaded", () => {
  const tracks = () =>
    new Map([
      ["long", { length: 4, fps: 24, offset: 0 }],
      ["short", { length: 1, fps: 24, offset: 0 }],
    ]);

  it("count for the end and the step", () => {
    clock.expect(tracks());
    join("short", new FakeFilm(), 1);
    expect(clock.end.value).toBe(4);
    expect(clock.step).toBeCloseTo(1 / 24, 9);
  });

  it("keep the place when they leave while it plays", () => {
    clock.expect(tracks());
    const leave = join("long", new FakeFilm(), 4);
    join("short", new FakeFilm(), 1);
    clock.seek(2);
    clock.play();
    screen.run(0.5);
    leave();
    screen.run(0.5);
    expect(clock.end.value).toBe(4);
    expect(clock.position.value).toBeGreaterThan(2.5);
    clock.pause();
    expect(clock.position.value).toBeGreaterThan(2.5);
  });

  it("can be shifted", () => {
    clock.expect(tracks());
    clock.shift("long", 1);
    expect(clock.end.value).toBe(3);
  });
});

describe("a file whose time does not start at 0", () => {
  it("is sought and followed by its own time", () => {
    const [plain, late] = [new FakeFilm(), new FakeFilm()];
    screen.films.push(late);
    join("plain", plain, 20);
    clock.join("late", late, { length: 20, fps: 24, offset: 0, start: 5 });
    clock.seek(1);
    screen.run(0.3);
    expect(late.time).toBeCloseTo(plain.time + 5, 6);
    clock.play();
    screen.run(2);
    expect(Math.abs(late.time - 5 - plain.time) * 24).toBeLessThan(1);
  });
});

describe("marks", () => {
  it("vanish where they would leave nothing to play", () => {
    join("film", new FakeFilm());
    clock.seek(5);
    clock.mark("from");
    clock.seek(3);
    clock.mark("to");
    expect([clock.from.value, clock.to.value]).toEqual([null, 3]);
  });
});

it("leaves nothing behind", () => {
  const film = new FakeFilm();
  join("film", film);
  clock.play();
  screen.run(0.5);
  scope.end();
  expect([film.listeners, screen.waiting]).toEqual([0, 0]);
});

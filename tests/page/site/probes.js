// What the tests measure in the page.

/** Count what a widget must give back: object URLs, timers, listeners on what outlives it. */
window.spy = () => {
  const count = { blobs: 0, timers: new Set(), watched: 0 };
  window.count = count;
  const { createObjectURL, revokeObjectURL } = URL;
  URL.createObjectURL = (blob) => {
    count.blobs += 1;
    return createObjectURL.call(URL, blob);
  };
  URL.revokeObjectURL = (url) => {
    count.blobs -= 1;
    revokeObjectURL.call(URL, url);
  };
  for (const [set, clear] of [
    ["setTimeout", "clearTimeout"],
    ["setInterval", "clearInterval"],
  ]) {
    const [begin, end] = [window[set], window[clear]];
    window[set] = (run, ...rest) => {
      const once = () => {
        if (set === "setTimeout") count.timers.delete(id);
        run();
      };
      const id = begin(once, ...rest);
      count.timers.add(id);
      return id;
    };
    window[clear] = (id) => {
      count.timers.delete(id);
      end(id);
    };
  }
  for (const target of [window, document, document.body, MediaQueryList.prototype]) {
    const { addEventListener, removeEventListener } = target;
    target.addEventListener = function (...args) {
      count.watched += 1;
      addEventListener.apply(this, args);
    };
    target.removeEventListener = function (...args) {
      count.watched -= 1;
      removeEventListener.apply(this, args);
    };
  }
};

/** Texts whose contrast with what is behind them is under 4.5 to 1, but for what is switched off. */
window.faint = (root) => {
  const parse = (text) => {
    const numbers = text.match(/[\d.]+/g).map(Number);
    const scale = text.startsWith("color(") ? 255 : 1;
    return [...numbers.slice(0, 3).map((n) => n * scale), numbers[3] ?? 1];
  };
  const light = (color) => {
    const [r, g, b] = color
      .map((v) => v / 255)
      .map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor);
      if (color[3] > 0.99) return color;
    }
    return [255, 255, 255, 1];
  };
  const off = ".rs-off, .rs-refused, .rs-player, :disabled, .rs-offscreen, [hidden]";
  const low = [];
  for (const element of root.querySelectorAll("*")) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || element.closest(off) || !element.getClientRects().length) continue;
    const [a, b] = [parse(getComputedStyle(element).color), behind(element)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) low.push(`${element.className} ${ratio.toFixed(2)}`);
  }
  return low;
};

/** The number that a burnt-in film shows now, read from its pixels. */
window.numberOn = (video) => {
  const canvas = (window.reader ??= document.createElement("canvas"));
  [canvas.width, canvas.height] = [120, 1];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const { videoWidth, videoHeight } = video;
  context.drawImage(video, 0, videoHeight / 4, videoWidth, 1, 0, 0, 120, 1);
  const { data } = context.getImageData(0, 0, 120, 1);
  let number = 0;
  for (let bit = 0; bit < 12; bit++) number = number * 2 + (data[(bit * 10 + 5) * 4] > 127 ? 1 : 0);
  return number;
};

const STALL = 250; // Milliseconds without a frame after which the machine was busy elsewhere.
const SETTLE = 1000; // Milliseconds until films that were held up run together again.
const PATIENCE = 60_000;

/** Read all videos many times, for some seconds in which the machine lets them run. */
window.watchSync = async (fps, seconds) => {
  const videos = fps.map((_, i) => document.querySelector(`[data-job="t${i}"] video`));
  const began = performance.now();
  const readings = [];
  let last = began;
  let left = seconds * 1000;
  let settling = 0;
  while (left > 0 && last - began < PATIENCE) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const now = performance.now();
    const passed = now - last;
    last = now;
    settling = passed > STALL ? SETTLE : settling - passed;
    if (settling > 0) continue;
    left -= passed;
    readings.push(videos.map((video) => (video.hasAttribute("src") ? window.numberOn(video) : null)));
  }
  return readings;
};

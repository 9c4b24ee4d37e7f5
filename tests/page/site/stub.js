// A widget model without Jupyter: traits, events, and a kernel whose replies are scripted.

/** What hosts that serve no files have instead. */
const managers = {
  bare: {},
  unchanged: { resolveUrl: async (path) => path },
  absent: undefined,
};

/** Hosts hand over bytes as a view into a larger buffer, or as a buffer of their own. */
const kinds = {
  DataView: (bytes) => new DataView(...within(bytes)),
  Uint8Array: (bytes) => new Uint8Array(...within(bytes)),
  ArrayBuffer: (bytes) => bytes.buffer,
};

function within(bytes) {
  const larger = new Uint8Array(bytes.length + 14);
  larger.set(bytes, 7);
  return [larger.buffer, 7, bytes.length];
}

class StubModel {
  constructor({ traits, replies = {}, resolve, manager = "bare" }) {
    this.traits = { ...traits };
    this.replies = replies;
    this.sent = [];
    this.bytes = [];
    this.saved = [];
    this.listeners = new Map();
    this.comm_live = true;
    this.widget_manager = resolve ? { resolveUrl: async (path) => resolve + path } : managers[manager];
  }
  get(name) {
    return this.traits[name];
  }
  set(name, value) {
    this.traits[name] = value;
  }
  save_changes() {
    this.saved.push(structuredClone(this.traits._settings));
  }
  on(name, listener) {
    if (!this.listeners.has(name)) this.listeners.set(name, new Set());
    this.listeners.get(name).add(listener);
  }
  off(name, listener) {
    this.listeners.get(name)?.delete(listener);
  }
  emit(name, ...args) {
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(...args);
  }
  /** The kernel writes a trait. */
  push(name, value) {
    this.traits[name] = value;
    this.emit(`change:${name}`);
  }
  send(content, _callbacks, buffers = []) {
    this.sent.push(content);
    this.bytes.push(buffers.reduce((all, { byteLength }) => all + byteLength, 0));
    const reply = this.replies[content.kind];
    if (reply === undefined) return;
    queueMicrotask(() => {
      const [body, parts] = typeof reply === "function" ? reply(content, buffers) : [reply, []];
      this.emit("msg:custom", { kind: "reply", id: content.id, ...body }, parts);
    });
  }
  asked(kind) {
    return this.sent.filter((message) => message.kind === kind);
  }
  get listening() {
    return [...this.listeners.values()].reduce((all, set) => all + set.size, 0);
  }
}

/** Serve a file through `media` messages. */
async function mediaReply(url, type, chunk, buffers) {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  return ({ offset }) => {
    const part = kinds[buffers](bytes.slice(offset, offset + chunk));
    return [{ ok: true, value: { offset, total: bytes.length, type } }, [part]];
  };
}

window.mount = async ({
  media,
  signal = true,
  buffers = "DataView",
  bundle = "studio",
  ...options
}) => {
  const sheet = document.querySelector("link[rel=stylesheet]");
  if (!sheet.href.endsWith(`/${bundle}.css`)) {
    const loaded = new Promise((resolve) => sheet.addEventListener("load", resolve));
    sheet.href = `/static/${bundle}.css`;
    await loaded;
  }
  const { default: factory } = await import(`/static/${bundle}.js`);
  if (media) options.replies.media = await mediaReply(media.url, media.type, media.chunk, buffers);
  const model = new StubModel(options);
  const widget = await factory();
  const whole = new AbortController();
  const view = new AbortController();
  const ends = [];
  ends.push(widget.initialize({ model, signal: signal ? whole.signal : undefined }));
  const el = document.querySelector("#cell");
  ends.unshift(widget.render({ model, el, signal: signal ? view.signal : undefined }));
  Object.assign(window, { model, whole, view, ends, widget });
};
window.ready = true;

// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Channel } from "../../src/kernel/channel";
import { encodePath, Media, NoAnswer, NoDecoder } from "../../src/kernel/media";
import { Scope } from "../../src/ui/scope";
import { makeTake, StubModel } from "../stub";

const file = { path: "media/a #1.mp4", url: "https://cdn.example/a.mp4", type: "video/mp4" };
const take = makeTake({ state: "completed", video: file });
let model: StubModel;
let media: Media;
let scope: Scope;
const make = vi.fn();
const revoke = vi.fn();

beforeEach(() => {
  make.mockReset().mockImplementation(() => `blob:made-${make.mock.calls.length}`);
  revoke.mockReset();
  URL.createObjectURL = make;
  URL.revokeObjectURL = revoke;
  model = new StubModel();
  scope = new Scope();
  media = new Media(
    model,
    new Channel(model, { take: () => {}, heard: () => {}, silence: () => {} }),
  );
});
afterEach(() => scope.end());

/** A kernel that serves three bytes in chunks of two. */
function serve(type = "video/mp4"): void {
  const bytes = new Uint8Array([1, 2, 3]);
  model.send = (content) => {
    const message = content as { kind: string; id: string; offset: number };
    model.sent.push(message);
    const chunk = bytes.slice(message.offset, message.offset + 2);
    queueMicrotask(() =>
      model.reply(message, { ok: true, value: { offset: message.offset, total: 3, type } }, [
        chunk,
      ]),
    );
  };
}
function only(...good: string[]) {
  const tried: string[] = [];
  const probe = async (url: string) => {
    tried.push(url);
    if (!good.some((start) => url.startsWith(start))) throw new Error("no");
  };
  return { tried, probe };
}
const host = (answer: (path: string) => string) => {
  model.widget_manager = { resolveUrl: async (path) => answer(path) };
};

test("the host's own URL comes first, with its path encoded", async () => {
  host((path) => `https://hub.example/files/${path}?_xsrf=1`);
  const { probe } = only("https://hub.example");
  expect(await media.open(take, "video", probe, scope)).toEqual({
    url: "https://hub.example/files/media/a%20%231.mp4?_xsrf=1",
    source: "host",
  });
});

test("a host that returns its input, or a script, is passed over", async () => {
  for (const answer of [(path: string) => path, () => "javascript:alert(1)"]) {
    host(answer);
    const { probe, tried } = only("https://cdn");
    await media.open(take, "video", probe, scope);
    expect(tried).toEqual([file.url]);
  }
});

test("a source that was only slow is tried again, for longer, when no other has the file", async () => {
  host(() => "https://hub.example/x");
  const tried: string[] = [];
  const probe = async (url: string, patience = 0) => {
    tried.push(url);
    if (!url.startsWith("https://hub")) throw new Error("no");
    if (patience < 30_000) throw new NoAnswer("no answer");
  };
  model.send = (content) => {
    const message = content as { id: string; kind: string };
    queueMicrotask(() => model.reply(message, { ok: false, error: { message: "gone" } }));
  };
  expect((await media.open(take, "video", probe, scope)).source).toBe("host");
  expect(tried).toEqual(["https://hub.example/x", file.url, "https://hub.example/x"]);
});

test("a slow source gives way to one that answers", async () => {
  host(() => "https://hub.example/x");
  const probe = async (url: string) => {
    if (url.startsWith("https://hub")) throw new NoAnswer("no answer");
  };
  expect((await media.open(take, "video", probe, scope)).source).toBe("provider");
});

test("what fails is followed by the next, and the winner is tried first from then on", async () => {
  host(() => "https://hub.example/x");
  serve();
  const first = only("blob:");
  expect((await media.open(take, "video", first.probe, scope)).source).toBe("kernel");
  expect(first.tried).toEqual(["https://hub.example/x", file.url, "blob:made-1"]);
  const second = only("blob:");
  await media.open({ ...take, job: "two" }, "video", second.probe, scope);
  expect(second.tried).toEqual(["blob:made-2"]);
});

test("chunks are pulled in order into one blob of a media type", async () => {
  serve("text/html");
  const bare = { ...take, video: { path: "a.mp4", url: null } };
  const seen: number[] = [];
  const { probe } = only("blob:");
  await media.open(bare, "video", probe, scope, { progress: (done) => seen.push(done) });
  expect(model.asked("media").map((message) => message.offset)).toEqual([0, 2]);
  expect(seen).toEqual([2 / 3, 1]);
  const blob = make.mock.calls[0]?.[0] as Blob;
  expect([blob.size, blob.type]).toEqual([3, "video/mp4"]);
});

test("a blob is shared, and freed with its last user", async () => {
  serve();
  const { probe } = only("blob:");
  const bare = { ...take, video: { path: "a.mp4", url: null } };
  const other = new Scope();
  await Promise.all([
    media.open(bare, "video", probe, scope),
    media.open(bare, "video", probe, other),
  ]);
  expect(make).toHaveBeenCalledOnce();
  other.end();
  expect(revoke).not.toHaveBeenCalled();
  scope.end();
  expect(revoke).toHaveBeenCalledWith("blob:made-1");
});

test("a picture nobody asked for is not pulled through the kernel", async () => {
  const { probe } = only();
  const opened = media.open(take, "video", probe, scope, { cheap: true });
  await expect(opened).rejects.toThrow("provider's link");
  expect(model.sent).toEqual([]);
});

test("bytes that the browser cannot decode are not got a second time", async () => {
  host(() => "https://hub.example/x");
  model.send = (content) => {
    const message = content as { kind: string; id: string };
    model.sent.push(message);
    queueMicrotask(() => model.reply(message, { ok: true, value: { codec: "ProRes" } }));
  };
  const tried: string[] = [];
  const opened = media.open(
    take,
    "video",
    (url) => {
      tried.push(url);
      return Promise.reject(new NoDecoder());
    },
    scope,
  );
  await expect(opened).rejects.toThrow(
    "media/a #1.mp4 cannot be played: this browser cannot decode its ProRes. " +
      'rushes.media.fit("media/a #1.mp4") makes a copy that plays.',
  );
  expect(tried).toEqual(["https://hub.example/x"]);
  expect(model.asked("media")).toEqual([]);
});

test("when nothing works the message names what was tried", async () => {
  serve();
  const { probe } = only();
  await expect(media.open(take, "video", probe, scope)).rejects.toThrow(
    "media/a #1.mp4 cannot be opened from the provider's link (no), through the kernel (no).",
  );
});

test("backslashes are folders", () => {
  expect(encodePath("a b\\c?.mp4")).toBe("a%20b/c%3F.mp4");
});

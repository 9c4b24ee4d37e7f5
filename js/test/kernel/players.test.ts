import { describe, expect, it, vi } from "vitest";
import { Channel } from "../../src/kernel/channel";
import { Players } from "../../src/kernel/players";
import { StubModel } from "../stub";

function setUp(load: (script: string) => Promise<unknown>) {
  const model = new StubModel();
  const channel = new Channel(model, { take() {}, heard() {}, silence() {} });
  return { model, players: new Players(channel, load) };
}

const parts = { ok: true, value: { script: "export …", style: ".rs-compare {}" } };

describe("the player's bundle", () => {
  it("is asked for once, however often takes are compared", async () => {
    const open = vi.fn();
    const { model, players } = setUp(async () => ({ open }));
    const both = [players.get(), players.get()];
    model.reply(model.asked("player")[0], parts);
    expect(await Promise.all(both)).toEqual([
      { open, style: ".rs-compare {}" },
      { open, style: ".rs-compare {}" },
    ]);
    await players.get();
    expect(model.asked("player")).toHaveLength(1);
  });

  it("is asked for again after a failure", async () => {
    const { model, players } = setUp(async () => ({ open() {} }));
    const first = players.get();
    model.reply(model.asked("player")[0], { ok: false, error: { message: "not there" } });
    await expect(first).rejects.toThrow("not there");
    void players.get();
    expect(model.asked("player")).toHaveLength(2);
  });

  it("says what to do where the host forbids it", async () => {
    const { model, players } = setUp(() => Promise.reject(new Error("blocked by CSP")));
    const first = players.get();
    model.reply(model.asked("player")[0], parts);
    await expect(first).rejects.toThrow(/blocked by CSP.*compare\(…\) in a cell of its own/);
  });

  it("is not used when it is another one", async () => {
    const { model, players } = setUp(async () => ({ default: () => {} }));
    const first = players.get();
    model.reply(model.asked("player")[0], parts);
    await expect(first).rejects.toThrow("another version");
  });
});

// @vitest-environment happy-dom
import { afterEach, expect, test } from "vitest";
import { voilaUrl } from "../../src/kernel/media";

function visit(address: string, config: object): void {
  history.replaceState(null, "", address);
  const script = document.createElement("script");
  script.id = "jupyter-config-data";
  script.type = "application/json";
  script.textContent = JSON.stringify(config);
  document.head.append(script);
}
afterEach(() => document.getElementById("jupyter-config-data")?.remove());

test.each([
  ["/", "/", "/voila/files/media/a%201.mp4"],
  ["/voila/render/nb.ipynb", "/", "/voila/files/media/a%201.mp4"],
  ["/voila/render/my%20work/nb.ipynb", "/", "/voila/files/my%20work/media/a%201.mp4"],
  ["/hub/voila/render/sub/nb.ipynb", "/hub/", "/hub/voila/files/sub/media/a%201.mp4"],
])("at %s below %s a file beside the notebook is at %s", (page, baseUrl, file) => {
  visit(page, { appUrl: "voila/", baseUrl });
  expect(voilaUrl("media/a%201.mp4")).toBe(`${location.origin}${file}`);
});

test("other hosts serve nothing there", () => {
  expect(voilaUrl("a.mp4")).toBeNull();
  visit("/lab", { appUrl: "/lab", baseUrl: "/" });
  expect(voilaUrl("a.mp4")).toBeNull();
});

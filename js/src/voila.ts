const APP = "voila/";
const PAGE = `${APP}render/`;

/**
 * Where Voila serves a file beside the notebook that it shows, or null when this is no page of its.
 *
 * It serves names that its `file_allowlist` has, pictures by default, and refuses others. Its widget
 * manager does not know.
 */
export function voilaUrl(path: string): string | null {
  const config = document.getElementById("jupyter-config-data")?.textContent;
  if (!config) return null;
  const { appUrl, baseUrl } = JSON.parse(config) as { appUrl?: string; baseUrl?: string };
  if (appUrl !== APP || !baseUrl) return null;
  // Of several notebooks each has a page under its own path; of one, the page is the root.
  const [, notebook = ""] = location.pathname.split(baseUrl + PAGE);
  const folder = notebook.slice(0, notebook.lastIndexOf("/") + 1);
  return new URL(`${baseUrl}${APP}files/${folder}${path}`, location.href).href;
}

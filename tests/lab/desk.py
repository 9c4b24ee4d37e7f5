"""A page with JupyterLab that tests use one after the other, because loading one takes seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

    from lab.server import LabServer

SIZE = {"width": 1400, "height": 1000}

CLEAR = """
() => {
  const { shell } = window.jupyterapp;
  // Without the question whether to save them.
  for (const widget of [...shell.widgets('main')]) widget.dispose();
  shell.expandLeft();
  return document.querySelector('.jp-Dialog') === null;
}
"""

FORGET = """
async () => {
  const { kernels, sessions } = window.jupyterapp.serviceManager;
  await kernels.refreshRunning();
  await sessions.refreshRunning();
}
"""
"""The page looks up what runs now and then, and gives a notebook of the same path a dead kernel."""


class Desk:
    """The page, if one is open, and what went wrong in it.

    Args:
        context: for pages.
        server: of the JupyterLab.

    Attributes:
        errors: of scripts, since the page was cleared.
    """

    def __init__(self, context: BrowserContext, server: LabServer) -> None:
        self._context = context
        self._server = server
        self._page: Page | None = None
        self.errors: list[str] = []
        context.on("weberror", lambda event: self.errors.append(str(event.error)))

    @property
    def page(self) -> Page:
        """One that was cleared, or a new one."""
        if self._page is None:
            self._page = self._context.new_page()
        return self._page

    def clear(self, *, keep: bool) -> None:
        """Close all documents and end their kernels, politely.

        Args:
            keep: whether the page is as it was before the test; otherwise it is closed, too.
        """
        if self._page is not None:
            is_lab = self._page.url.startswith(f"{self._server.url}lab")
            if keep and is_lab and self._page.evaluate(CLEAR):
                self._page.set_viewport_size(SIZE)
            else:
                self._page.close()
                self._page = None
        self._server.shut_kernels_down()
        if self._page is not None:
            self._page.evaluate(FORGET)
        self.errors.clear()

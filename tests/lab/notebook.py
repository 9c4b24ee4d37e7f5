"""A notebook that is open in JupyterLab, used through the page alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import nbformat
from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from lab.server import LabServer

STUDIO = "from rushes import Studio\n\nStudio(backend='preview')"

READY = """
() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  const kernel = panel?.sessionContext?.session?.kernel;
  return panel?.context?.isReady && kernel?.status === 'idle'
    && kernel.connectionStatus === 'connected';
}
"""

NOTHING = "about:blank"
"""The address of a new page."""

RENDERING = 120_000
"""Milliseconds for a video, on a machine that has much else to do."""


class Notebook:
    """A notebook and the page that shows it.

    Args:
        page: a page of the browser.
        server: serves it.
        path: the file below the server's root.
    """

    def __init__(self, page: Page, server: LabServer, path: Path) -> None:
        self.page = page
        self.server = server
        self.path = path
        self.library = path.parent / "rushes-media"
        # Without what was open in the tests before.
        self.address = f"{server.url}lab/tree/{path.relative_to(server.root).as_posix()}?reset"

    def write(self, *sources: str, kernel: str = "python3") -> None:
        """Make the file, of cells with code."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in sources],
            metadata={"kernelspec": {"name": kernel, "display_name": kernel}},
        )
        nbformat.write(notebook, self.path)

    def open(self) -> None:
        """Show it, in the JupyterLab that the page has or in a new one; wait for its kernel."""
        if self.page.url == NOTHING:
            self.page.goto(self.address)
        else:
            path = self.path.relative_to(self.server.root).as_posix()
            self.command("docmanager:open", {"path": path})
        self.wait_for_kernel()

    def wait_for_kernel(self) -> None:
        """Wait until a kernel is connected and has nothing to do."""
        self.page.wait_for_function(READY)

    def cell(self, number: int) -> Locator:
        """A cell with its outputs."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def run(self, number: int) -> Locator:
        """Run a cell from the keyboard, and return it."""
        cell = self.cell(number)
        cell.locator(".jp-InputArea .cm-content").click()
        self.page.keyboard.press("Shift+Enter")
        return cell

    def run_studio(self, number: int = 0) -> Studio:
        """Run a cell that ends with a Studio."""
        cell = self.run(number)
        studio = Studio(cell.locator(".rushes:not(.rs-dead)"))
        studio.root.wait_for()
        return studio

    def restart_kernel(self) -> None:
        """Restart the kernel from the menu, and confirm."""
        self.page.get_by_role("menuitem", name="Kernel", exact=True).click()
        self.page.get_by_text("Restart Kernel…", exact=True).click()
        self.page.get_by_role("button", name="Confirm Kernel Restart").click()

    def save(self) -> None:
        """Save the notebook from the keyboard."""
        self.page.keyboard.press("Control+s")
        self.page.wait_for_function("!jupyterapp.shell.currentWidget.context.model.dirty")

    def cells(self) -> list[str]:
        """The types of all cells, as the notebook's model has them."""
        return self.page.evaluate(
            "[...jupyterapp.shell.currentWidget.content.model.cells].map(cell => cell.type)"
        )

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        """Run a command of JupyterLab."""
        self.page.evaluate(
            "async ([name, options]) => void await jupyterapp.commands.execute(name, options)",
            [name, arguments or {}],
        )


class Studio:
    """A Studio in the output of a cell.

    Args:
        root: its outermost element.
    """

    def __init__(self, root: Locator) -> None:
        self.root = root
        self.prompt = root.get_by_label("Prompt", exact=True)
        self.controls = root.locator(".rs-controls")
        self.send = self.controls.get_by_role("button", name="Generate")
        self.cards = root.locator(".rs-card")

    def generate(self, prompt: str) -> Locator:
        """Type a prompt, ask for the least expensive video, and return its card."""
        before = self.cards.count()
        self.prompt.click()
        self.prompt.press("Control+a")
        self.root.page.keyboard.type(prompt)
        self.controls.get_by_text("480p", exact=True).click()
        self.controls.get_by_label("Duration").press("Home")
        self.send.click()
        expect(self.cards).to_have_count(before + 1)
        return self.card(prompt)

    def error(self, name: str) -> Locator:
        """What is said to be wrong at a parameter's field."""
        return self.controls.locator(f'[data-field="{name}"] .rs-error')

    def card(self, prompt: str) -> Locator:
        """The card of a take."""
        return self.cards.filter(has_text=prompt)


def await_take(card: Locator) -> None:
    """Wait until a take is finished."""
    expect(card).to_have_attribute("data-state", "completed", timeout=RENDERING)


def play(card: Locator) -> Locator:
    """Play a take with a click, see it move, and return its video."""
    card.get_by_role("button", name=re.compile("^Play with sound")).click()
    return see_it_move(card.locator("video"))


def play_row(board: Locator, pane: Locator) -> None:
    """See the two takes of the row in focus play on one clock, and stop them; by keys.

    Args:
        board: with its rows.
        pane: its grid.
    """
    pane.focus()
    pane.press("Space")
    expect(board.locator("video")).to_have_count(2)
    for video in board.locator("video").all():
        see_it_move(video)
    pane.press("Space")


def see_it_move(video: Locator) -> Locator:
    """See a video get on in time and hold pictures, and return it."""
    video.wait_for()
    video.evaluate(
        """video => new Promise((resolve, reject) => {
          const look = () => video.currentTime > 0.3 && video.readyState >= 2 && resolve();
          video.addEventListener('timeupdate', look);
          video.addEventListener('error', () => reject(video.error));
          look();
        })"""
    )
    return video

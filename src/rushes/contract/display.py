"""How results, jobs and lists are displayed in the output of a cell and in a terminal.

The models do not depend on HTML. `rushes.widgets.display` renders it; the package registers it
here, and it is loaded when something is first displayed.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


class Renderer(Protocol):
    """What shows things; `rushes.widgets.display` is the one of the package."""

    def bundle(self, shown: Any) -> dict[str, str]:
        """The representations of something, by MIME type."""

    def show(self, shown: Any) -> None:
        """Show the value of a cell's last line.

        Raises:
            NotImplementedError: when it is to be shown by its representations.
        """

    def watch(self, job: Any, *, progress: bool | None) -> AbstractContextManager[None]:
        """Show how a job or a sweep proceeds while it is waited for.

        Args:
            job: the job or the sweep.
            progress: whether it is shown; None shows it where a person sees it.
        """

    def compare(self, takes: Any, **options: Any) -> Any:
        """A widget that shows takes side by side; see `rushes.compare`."""


class _Plain:
    """Shows a `repr`, and nothing of what is under way."""

    def bundle(self, shown: Any) -> dict[str, str]:
        return {"text/plain": repr(shown)}

    def show(self, shown: Any) -> None:
        raise NotImplementedError

    def watch(self, job: Any, *, progress: bool | None) -> AbstractContextManager[None]:
        del job, progress
        return nullcontext()

    def compare(self, takes: Any, **options: Any) -> Any:
        del takes, options
        raise NotImplementedError


def _no_views(kind: str) -> Callable[..., Any]:
    del kind
    raise NotImplementedError


_views: Callable[[str], Callable[..., Any]] = _no_views

_renderer: Callable[[], Renderer] = _Plain


def register(renderer: Callable[[], Renderer]) -> None:
    """Set what shows things; it is called when something is shown."""
    global _renderer  # noqa: PLW0603 - one display per process, as in IPython
    _renderer = renderer


def register_views(views: Callable[[str], Callable[..., Any]]) -> None:
    """Set what finds a view by its name: a widget, or a function that writes a page."""
    global _views  # noqa: PLW0603 - as above
    _views = views


def view(kind: str, shown: Any, *arguments: Any, **options: Any) -> Any:
    """Open something in a view; those are in parts of the package above what they show."""
    return _views(kind)(shown, *arguments, **options)


def bundle(shown: Any) -> dict[str, str]:
    """The representations of something, by MIME type."""
    return _renderer().bundle(shown)


def show(shown: Any) -> None:
    """Show the value of a cell's last line, in the way of ``_ipython_display_``.

    Raises:
        NotImplementedError: when it is to be shown by its representations.
    """
    _renderer().show(shown)


def compare(takes: Any, **options: Any) -> Any:
    """A widget that shows takes side by side; see `Renderer.compare`."""
    return _renderer().compare(takes, **options)


def watch(job: Any, *, progress: bool | None) -> AbstractContextManager[None]:
    """Show how something proceeds while it is waited for; see `Renderer.watch`."""
    return nullcontext() if progress is False else _renderer().watch(job, progress=progress)


def board(takes: Any, **options: Any) -> Any:
    """Takes as a grid; see `rushes.Board`."""
    return view("board", takes, **options)

"""What a page and the kernel say to each other; docs/reference/widget-protocol.md describes it.

A page is not trusted: each of its messages is checked by one of the models below, which bound every
text and number. What the kernel sends it has made itself, so that is typed and not checked again.
``scripts/page_messages.py`` writes ``js/src/kernel/messages/`` from these files.
"""

from __future__ import annotations

from typing import Annotated, Any, TypedDict

from pydantic import Field

from rushes.widgets.messages import board, compare, envelope, studio, sweep, take, voting


class Traits(TypedDict):
    """What a page gets when it opens, and shares with the kernel."""

    _providers: studio.Providers
    _takes: list[take.Take]
    _revision: int
    """Of the list of takes: another one after each change."""
    _settings: studio.WrittenForm | None
    _requests: list[envelope.Values]
    """The requests that the form stands for, one a provider."""
    _selected: list[str]
    """Jobs of the takes in the tray."""
    _names: dict[str, str]
    """What those are called, by job."""
    _budget: studio.Budget | None
    _allowance: str
    """What is spent of a gateway's cap today; empty without one."""
    _library: studio.Library | None
    _epoch: str
    _notice: str
    _sweeps: list[sweep.SweepState]
    """Those that are not over, newest first."""
    _rewriter: str
    """What rewrites prompts here; empty for nothing."""
    _board: board.BoardLayout | None
    _arrangement: board.Arrangement | None
    _sweep: sweep.SweepStanding | None
    columns: int
    view: compare.CompareView
    blind: bool
    markers: list[float]


REQUESTS: dict[str, tuple[type[envelope.Message], type]] = {
    **envelope.REQUESTS,
    **take.REQUESTS,
    **studio.REQUESTS,
    **sweep.REQUESTS,
    **compare.REQUESTS,
    **voting.REQUESTS,
    **board.REQUESTS,
}
"""By kind, what a page sends and the value of its reply."""

WRITTEN: dict[str, Any] = {
    "_settings": studio.WrittenForm,
    "_requests": Annotated[list[envelope.Values], Field(max_length=100)],
    "_selected": envelope.Jobs,
    "_arrangement": board.Arrangement,
    "columns": Annotated[int, Field(ge=0, le=9)],
    "view": compare.CompareView,
    "blind": bool,
    "markers": compare.Markers,
}
"""The traits that a page writes; all others are the kernel's."""

"""Blind votes on a bake-off, pair after pair.

The page plays two takes on one clock and asks two questions; the kernel deals the pairs and keeps
the votes. docs/reference/widget-protocol.md has the messages.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.widgets.widget import TakesWidget

if TYPE_CHECKING:
    from rushes.explore.bakeoff import BakeOff

STATIC = Path(__file__).parents[1] / "static"


class Voting(TakesWidget):
    """Vote on the takes of a bake-off; `BakeOff.vote` makes it.

    Nothing that the page gets says who made a take: no name, no size, no path.

    Args:
        bake: the bake-off.
        voter: the name of who votes; empty for the user of this machine.

    Raises:
        InvalidParams: if that cannot be a name.
    """

    _esm = STATIC / "vote.js"
    _css = STATIC / "vote.css"

    def __init__(self, bake: BakeOff, voter: str = "", **traits: Any) -> None:
        # Loaded here, so that the widget's import costs no more than the widget libraries'.
        from rushes.journal.vote import check_voter  # noqa: PLC0415 - as the comment says
        from rushes.widgets.voting.answers import VotingAnswers  # noqa: PLC0415

        check_voter(voter)
        super().__init__(**traits)
        self._bake = bake
        self._epoch = secrets.token_hex(8)
        self._answers = VotingAnswers(bake, voter, self._epoch, self.send)
        self.on_msg(self._receive)

    def _saved(self) -> dict[str, str]:
        """What the bake-off is."""
        return self._bake._repr_mimebundle_()

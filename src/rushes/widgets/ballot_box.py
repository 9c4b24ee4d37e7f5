"""Where votes go that are cast on a page."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rushes.comparison import Vote, add_vote, summary, votes
from rushes.comparison.ballot import put
from rushes.comparison.pairing import objection
from rushes.contract.errors import InvalidParams

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rushes.comparison.entry import Entry
    from rushes.engine import Engine
    from rushes.widgets.compared import Compared


class BallotBox:
    """Keeps votes in the journal of the jobs compared, or else in the user's.

    Args:
        compared: what is voted on.
    """

    def __init__(self, compared: Compared) -> None:
        self._compared = compared

    def cast(self, content: Mapping[str, Any]) -> None:
        """Keep a vote; the same `key` heard twice is one vote.

        Raises:
            InvalidParams: when it is not about two of the takes that may be voted on.
            JournalError: when the journal cannot be written.
        """
        left, right = (self._compared.entry(str(content.get(side))) for side in ("left", "right"))
        if left is None or right is None:
            msg = "A vote is about two of the takes that are compared."
            raise InvalidParams(msg)
        if reason := objection(left, right, self._compared.entries()):
            raise InvalidParams(reason)
        vote = Vote(
            content["question"],
            *_names(left, right),
            content["choice"],
            left_job=left.job_id,
            right_job=right.job_id,
            id=str(content["key"]),
        )
        if engine := self._engine:
            put(engine.journal, vote, engine.catalog)
        else:
            add_vote(vote)

    def standings(self) -> dict[str, Any]:
        """How the votes in the journal stand, those of the names compared here.

        Beside them the number of votes on these names that are not counted.
        """
        names = {
            name
            for entry in self._compared.entries()
            for name in (entry.label, entry.provider)
            if name
        }
        engine = self._engine
        cast = engine.journal.votes(engine.catalog.media_names) if engine else votes()
        counted = summary(cast)
        left_out = sum(1 for vote in cast if vote.unlike and {vote.left, vote.right} & names)
        return {
            "standings": [asdict(row) for row in counted if row.name in names],
            "leftOut": left_out,
        }

    @property
    def _engine(self) -> Engine | None:
        return next(iter(self._compared.engines), None)


def _names(left: Entry, right: Entry) -> tuple[str, str]:
    """Votes are for providers, so that they add up over takes; of one provider for labels."""
    if left.provider and right.provider and left.provider != right.provider:
        return left.provider, right.provider
    return left.label, right.label

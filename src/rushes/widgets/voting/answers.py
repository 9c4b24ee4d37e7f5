"""What the kernel answers to the page of a vote; see docs/reference/widget-protocol.md."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING

from rushes.comparison.entry import entry_of
from rushes.comparison.unmarked import can_be_unmarked
from rushes.contract.errors import InvalidParams, RushesError
from rushes.widgets.channel import Replies
from rushes.widgets.compare.answers import unmarked_part
from rushes.widgets.take import LONGEST_TEXT, media

if TYPE_CHECKING:
    from rushes.explore.bakeoff import BakeOff
    from rushes.explore.pairs import TakePair
    from rushes.job import Job
    from rushes.widgets import messages
    from rushes.widgets.channel import Send


class VotingAnswers(Replies):
    """Answers the page of one vote.

    Args:
        bake: what is voted on.
        voter: who votes.
        epoch: names this life of the kernel.
        send: how answers get to the page.
    """

    def __init__(self, bake: BakeOff, voter: str, epoch: str, send: Send) -> None:
        super().__init__(send)
        self._bake = bake
        self._voter = voter
        self._epoch = epoch
        self._jobs: dict[str, Job] = {}
        self._dealt: dict[frozenset[str], TakePair] = {}

    def _on_hello(self, message: messages.envelope.Hello) -> None:
        self._reply(message, {"epoch": self._epoch})

    def _on_deal(self, message: messages.voting.Deal) -> None:
        self._reply(message, self._round())

    def _on_judge(self, message: messages.voting.Judge) -> None:
        if frozenset((message.left, message.right)) not in self._dealt:
            msg = "These two takes were not dealt here. Run this cell again."
            raise InvalidParams(msg)
        pair = self._jobs[message.left], self._jobs[message.right]
        answers = message.model_dump(include={"prompt", "looks"})
        self._bake.add_vote(pair, voter=self._voter, **answers)
        self._reply(message, self._round())

    def _on_media(self, message: messages.take.Media) -> None:
        job = self._jobs.get(message.job)
        if job is None:
            msg = "There is no such take here."
            raise RushesError(msg)
        entry = entry_of(job)
        if message.part == "unmarked":
            self._in_thread(message, partial(unmarked_part, entry, message.offset))
        else:
            path = entry.path if message.part == "video" else None
            self._piece(message, path, message.offset, "video/mp4")

    def _round(self) -> messages.voting.Round:
        """The next pair, under names that say nothing."""
        pair = self._bake.next_pair(self._voter)
        left = self._bake.pairs_left(self._voter)
        cast = len({frozenset((v.left_job, v.right_job)) for v in self._bake.votes(self._voter)})
        if pair is None:
            progress = self._bake.progress
            more = bool(progress.under_way or progress.waiting)
            return {"takes": [], "cast": cast, "left": left, "more": more, "note": ""}
        takes = {secrets.token_hex(8): job for job in (pair.left, pair.right)}
        self._jobs |= takes
        self._dealt[frozenset(takes)] = pair
        return {
            "takes": [_take(key, job) for key, job in takes.items()],
            "cast": cast,
            "left": left,
            "more": False,
            "note": "",
        }


def _take(key: str, job: Job) -> messages.take.Take:
    """A take without a word on who made it."""
    entry = entry_of(job)
    file = media(None, None, "video/mp4")
    take: messages.take.Take = {
        "job": key,
        "state": "completed",
        "provider": "",
        "mode": "",
        "prompt": (job.params.prompt or "")[:LONGEST_TEXT],
        "params": {},
        "createdAt": 0.0,
        "video": file,
    }
    params = entry.params.to_json() if entry.params else {}
    seed = entry.result.seed if entry.result else None
    if can_be_unmarked(job.backend, seed, params, entry.media):
        take["unmarked"] = file
    elif job.backend == "preview":
        # The page says that the maker stands in the picture.
        take["backend"] = "preview"
    return take

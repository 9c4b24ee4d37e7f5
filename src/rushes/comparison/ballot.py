"""Stores votes in the journal, and reads them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rushes.catalog import Catalog
from rushes.contract.errors import InvalidParams, JobNotFound
from rushes.io.folders import Folders
from rushes.journal import SqliteJournal
from rushes.journal.vote import unlike

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.client import VideoGen
    from rushes.journal import Journal, Vote


def add_vote(vote: Vote, gen: VideoGen | None = None) -> None:
    """Store a vote in the journal; it is durable on return, and the same id counts once.

    >>> from rushes.comparison import Vote, add_vote
    >>> add_vote(Vote("looks", "kling-3.0-standard", "seedance-2.0", "right"))

    Args:
        vote: the vote.
        gen: the client whose journal is used; None uses the default journal.

    Raises:
        InvalidParams: if the two jobs have different prompts, modes or inputs.
        JournalError: when the journal cannot be written.
    """
    with _journal(gen) as journal:
        put(journal, vote, _catalog(gen))


def put(journal: Journal, vote: Vote, catalog: Catalog) -> None:
    """Store a vote in a journal, as `add_vote` does."""
    if differing := _unlike(journal, vote, catalog):
        msg = (
            f"The jobs {vote.left_job} and {vote.right_job} differ in {', '.join(differing)}. "
            f"Vote on takes with the same prompt, mode and inputs."
        )
        raise InvalidParams(msg)
    journal.add_vote(vote)


def _unlike(journal: Journal, vote: Vote, catalog: Catalog) -> tuple[str, ...]:
    """What the requests of a vote's jobs differ in; nothing if one of them is unknown."""
    if not vote.left_job or not vote.right_job:
        return ()
    try:
        left, right = journal.get(vote.left_job), journal.get(vote.right_job)
    except JobNotFound:
        return ()
    media = {*catalog.media_names(left.provider), *catalog.media_names(right.provider)}
    return unlike(left.params, right.params, media)


def votes(gen: VideoGen | None = None) -> list[Vote]:
    """Every vote in the journal, oldest first.

    >>> from rushes.comparison import summary, votes
    >>> summary(votes())

    Args:
        gen: the client whose journal is used; None uses the default journal.

    Raises:
        JournalError: when the journal cannot be read.
    """
    with _journal(gen) as journal:
        return journal.votes(_catalog(gen).media_names)


def _catalog(gen: VideoGen | None) -> Catalog:
    return gen.catalog if gen is not None else Catalog.load(Folders.find().providers)


@contextmanager
def _journal(gen: VideoGen | None) -> Iterator[Journal]:
    if gen is not None:
        yield gen.ledger
        return
    journal = SqliteJournal(Folders.find().home)
    try:
        yield journal
    finally:
        journal.close()

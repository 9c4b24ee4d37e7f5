"""Prompts that have a name, and the versions of their wording."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, SupportsIndex, overload

from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.params import plain
from rushes.contract.sheet import Printed, Sheet
from rushes.contract.wording import listed, meant, shortened
from rushes.explore.contexts import Contexts
from rushes.explore.takes import Take, Takes
from rushes.explore.template import LONGEST
from rushes.explore.wordings import WordDiff
from rushes.filters import text_of
from rushes.joblist import when
from rushes.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable

    from rushes.journal import PromptRecord

LONGEST_NAME = 100
"""Characters of a prompt's name."""

LONGEST_SHOWN = 400
"""Characters of a wording in a table."""


class Prompt(str):
    """A wording that is a version of a prompt with a name. It is a text, wherever a prompt is.

    >>> fox = gen.prompt("fox", "A red fox in the snow")
    >>> fox.name, fox.version
    ('fox', 1)
    >>> job = gen.submit(provider="kling-3.0-standard", prompt=fox)

    Attributes:
        name: of the prompt.
        version: the number of this wording, from 1.
        created_at: when it was given the name.
    """

    __slots__ = ("created_at", "name", "version")

    name: str
    version: int
    created_at: datetime

    @classmethod
    def of(cls, record: PromptRecord) -> Prompt:
        """The prompt of a record."""
        prompt = cls(record.text)
        prompt.name, prompt.version = record.name, record.number
        prompt.created_at = datetime.fromtimestamp(record.created_at, UTC)
        return prompt


class PromptList(Printed, list[Prompt]):
    """Prompts; the list prints as a table, and a slice of it is such a list, too.

    >>> len(gen.prompts())
    0
    """

    def sheet(self) -> Sheet:
        """The table that is shown."""
        return Sheet(
            heads=("name", "version", "when", "wording"),
            rows=[
                (each.name, str(each.version), when(each.created_at), _short(each)) for each in self
            ],
            right=(1,),
            first=3,
            empty='No prompt has a name yet; gen.prompt("fox", "A red fox") gives one.',
        )

    @overload
    def __getitem__(self, place: SupportsIndex, /) -> Prompt: ...

    @overload
    def __getitem__(self, place: slice, /) -> PromptList: ...

    def __getitem__(self, place: SupportsIndex | slice, /) -> Prompt | PromptList:
        found = super().__getitem__(place)
        return PromptList(found) if isinstance(found, list) else found


class PromptVersions(PromptList):
    """Every version of one prompt, oldest first, with the takes that each made.

    >>> for wording in ("A red fox sleeps", "A red fox trots"):
    ...     fox = gen.prompt("fox", wording)
    >>> versions = gen.prompts("fox")
    >>> print(versions.diff(1, 2))
    A red fox [-sleeps-]{+trots+}
    >>> len(versions.takes(2))
    0

    Args:
        versions: oldest first.
        made_from: the takes of a wording.
    """

    def __init__(self, versions: list[Prompt], made_from: Callable[[str], Takes]) -> None:
        super().__init__(versions)
        self._made_from = made_from

    @property
    def name(self) -> str:
        """Of the prompt."""
        return self[0].name

    def version(self, number: int) -> Prompt:
        """A version by its number, from 1.

        Raises:
            InvalidParams: if there is no such version.
        """
        for each in self:
            if each.version == number:
                return each
        reason = f"{self.name} has no version {number!r}; there are 1 to {self[-1].version}."
        raise InvalidParams.of([Problem("version", number, reason)])

    def diff(self, old: int, new: int) -> WordDiff:
        """How the wording of a version differs from that of another one, word by word.

        Args:
            old: the number of the one.
            new: the number of the other.

        Raises:
            InvalidParams: if there is no such version.
        """
        return WordDiff(str(self.version(old)), str(self.version(new)))

    def takes(self, number: int) -> Takes:
        """The takes of this library that a version made, newest first.

        Its wording was sent as it is, or rewritten, or filled in as a template.

        Args:
            number: of the version.

        Raises:
            InvalidParams: if there is no such version.
        """
        return self._made_from(self.version(number))

    def sheet(self) -> Sheet:
        """The table that is shown."""
        return Sheet(
            title=f"The versions of {self.name}",
            heads=("version", "when", "takes", "wording"),
            rows=[
                (
                    str(each.version),
                    when(each.created_at),
                    str(len(self._made_from(each))),
                    _short(each),
                )
                for each in self
            ],
            right=(0, 2),
            first=3,
        )


class NamedPrompts(Part):
    """The part of a client that names prompts."""

    def prompt(self, name: str, text: str | None = None, *, version: int | None = None) -> Prompt:
        """Give a wording a name, or get the wording of a name.

        Every wording under a name is a version of it. The same wording again is the same version,
        so a cell can be run again.

        >>> fox = gen.prompt("fox", "A red fox in the snow")
        >>> gen.prompt("fox") == fox
        True

        Args:
            name: of the prompt, unique in the library.
            text: the wording, or a template for `sweep`; None gets the latest version.
            version: the number of the version to get.

        Raises:
            InvalidParams: if there is no such prompt or version, or the name or text cannot be one.
        """
        self._must_be_open()
        called = _name(name)
        if text is None:
            found = self.prompts(called)
            return found[-1] if version is None else found.version(version)
        if version is not None:
            reason = "a new wording gets the next number; leave it out."
            raise InvalidParams.of([Problem("version", version, reason)])
        wording = _wording(text)
        return Prompt.of(self._engine.journal.name_prompt(str(self.library), called, wording))

    @overload
    def prompts(self, name: None = None) -> PromptList: ...

    @overload
    def prompts(self, name: str) -> PromptVersions: ...

    def prompts(self, name: str | None = None) -> PromptList:
        """The prompts of this library that have a name, or every version of one of them.

        Without a name it is the latest version of each, newest first; with a name all versions of
        that prompt, oldest first, with `diff` and `takes`.

        Args:
            name: of a prompt.

        Raises:
            InvalidParams: if there is no prompt of the name.
        """
        self._must_be_open()
        journal, folder = self._engine.journal, str(self.library)
        if name is None:
            return PromptList(map(Prompt.of, journal.latest_prompts(folder)))
        found = journal.prompt_versions(folder, _name(name))
        if found:
            return PromptVersions([Prompt.of(each) for each in found], self._made_from)
        known = [each.name for each in journal.latest_prompts(folder)]
        there = f" Available: {listed(known)}.{meant(name, known)}" if known else ""
        reason = f"no prompt in {folder} is called {shortened(name)!r}; give its wording.{there}"
        raise InvalidParams.of([Problem("name", name, reason)])

    def _made_from(self, text: str) -> Takes:
        """The takes of this library that were made from a wording, newest first."""
        from rushes.media.found import Folder  # noqa: PLC0415 - brings what downloads

        journal = self._engine.journal
        records = journal.prompt_jobs(str(self.library), str(text))
        contexts = Contexts(journal, [record.id for record in records], Folder(self.library))
        return Takes(
            Take(job=self.job_of(record), record=record, contexts=contexts) for record in records
        )


def _name(given: Any) -> str:
    name = text_of("name", plain(given))
    if name is not None and name.strip() and len(name) <= LONGEST_NAME:
        return name
    reason = f"give a text of 1 to {LONGEST_NAME} characters."
    raise InvalidParams.of([Problem("name", given, reason)])


def _wording(given: Any) -> str:
    text = text_of("text", plain(given))
    if text is not None and text.strip() and len(text) <= LONGEST:
        return text
    reason = f"give the wording, 1 to {LONGEST:,} characters."
    raise InvalidParams.of([Problem("text", shortened(str(given)), reason)])


def _short(text: str) -> str:
    return shortened(" ".join(text.split()), LONGEST_SHOWN)

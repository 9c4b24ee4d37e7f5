"""Prompts with variables, alternatives and word lists."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from rushes.contract.errors import InvalidParams, Problem
from rushes.contract.wording import listed, meant, on_one_line, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rushes.explore.words import WordLists

LONGEST = 20_000
"""Characters of a template, and of a text that is made from one."""

LONGEST_NAME = 100
"""Characters of the name of a word list."""

SHOWN = 40
"""Characters of a wrong one that are shown."""

DEEPEST = 20
"""Levels of alternatives in alternatives."""

T = TypeVar("T")


@dataclass(frozen=True)
class Text:
    """Words that stay as they are."""

    text: str


@dataclass(frozen=True)
class Variable:
    """A place that a value fills."""

    name: str


@dataclass(frozen=True)
class WordList:
    """A place that an entry of a word list fills."""

    name: str


@dataclass(frozen=True)
class Choice:
    """Alternatives, of which one is taken."""

    options: tuple[tuple[Part, ...], ...]


Part = Text | Variable | WordList | Choice


class Template:
    """A prompt with places to fill in.

    ``{name}`` is a variable, ``{red|grey}`` are alternatives, ``__animals__`` is an entry of the
    word list ``animals.txt``; ``{{`` and ``}}`` stand for braces. Alternatives may contain all of
    these. What is filled in is text and nothing else: braces in a value have no meaning.

    >>> from rushes.explore.template import Template
    >>> template = Template("A {colour} fox {trots|sleeps}")
    >>> template.names
    ('colour',)
    >>> template.filled({"colour": "red"}, seed=2)
    'A red fox sleeps'

    Args:
        text: the template.
        lists: the user's word lists.

    Raises:
        InvalidParams: if braces are not closed, or a word list cannot be read.
    """

    def __init__(self, text: str, lists: WordLists | None = None) -> None:
        if not isinstance(text, str):
            raise refused(text, f"a {type(text).__name__} is not a template; give a string.")
        if len(text) > LONGEST:
            raise refused(
                text, f"it has {len(text):,} characters; at most {LONGEST:,} are allowed."
            )
        self.text = text
        self._lists = lists
        self._parts = Parser(text).parts()
        for part in _all(self._parts):
            if isinstance(part, WordList):
                self._entries(part.name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The variables, in the order in which they first occur."""
        found = (part.name for part in _all(self._parts) if isinstance(part, Variable))
        return tuple(dict.fromkeys(found))

    @cached_property
    def is_drawn(self) -> bool:
        """Whether the text depends on the seed."""
        return any(isinstance(part, Choice | WordList) for part in _all(self._parts))

    def filled(self, values: Mapping[str, object], seed: int = 0) -> str:
        """The text with every place filled in.

        The same values and the same seed make the same text on every machine, as long as the word
        lists stay the same.

        Args:
            values: by variable; others are ignored.
            seed: decides which alternative or entry is taken.

        Raises:
            InvalidParams: if a variable has no value, or the text becomes too long.
        """
        if missing := [name for name in self.names if name not in values]:
            what = listed(f"{{{name}}}" for name in missing)
            known = f" Given are {listed(values)}." if values else ""
            hint = meant(missing[0], values)
            verb = "has" if len(missing) == 1 else "have"
            raise refused(
                self.text,
                f"{what} {verb} no value; give it as a keyword, or write braces that stand for "
                f"themselves as {{{{ and }}}}.{known}{hint}",
            )
        draws = _Draws(seed)
        text = "".join(self._texts(self._parts, values, draws))
        if len(text) > LONGEST:
            raise refused(
                self.text, f"filled in, it has {len(text):,} characters; at most {LONGEST:,}."
            )
        return text

    def _texts(
        self, parts: Sequence[Part], values: Mapping[str, object], draws: _Draws
    ) -> Iterator[str]:
        for part in parts:
            match part:
                case Text(text):
                    yield text
                case Variable(name):
                    yield str(values[name])
                case WordList(name):
                    yield draws.one_of(self._entries(name))
                case Choice(options):
                    yield from self._texts(draws.one_of(options), values, draws)

    def _entries(self, name: str) -> tuple[str, ...]:
        if self._lists is None:
            raise refused(
                self.text, f"__{name}__ is a word list, and word lists are not read here."
            )
        return self._lists.entries(name)


class _Draws:
    """A sequence of choices that a seed determines.

    Not `random`, whose sequences Python does not promise to keep.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = 0

    def one_of(self, options: Sequence[T]) -> T:
        digest = hashlib.sha256(f"{self._seed}/{self._count}".encode()).digest()
        self._count += 1
        return options[int.from_bytes(digest[:8], "big") % len(options)]


class Parser:
    """Reads the text of a template.

    Args:
        text: the template.
    """

    _PLAIN = re.compile(r"[^{}|_]+|.", re.DOTALL)
    # Whatever stands there is meant as a list: what is not a name is refused, not sent.
    _LIST = re.compile(r"(?<!\w)__(?=[^\s_])([^\n{}|]*?[^\s_{}|])__(?!\w)")
    _LIST_NAME = re.compile(r"[^\W_]+(?:[-_][^\W_]+)*")
    _NAME = re.compile(r"[^\W\d]\w*")

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def parts(self) -> tuple[Part, ...]:
        """The parts of the template, in order."""
        found = self._sequence(depth=0)
        if self._at < len(self._text):
            raise refused(self._text, "a } has no {; write a literal brace as }}.")
        return found

    def _sequence(self, depth: int) -> tuple[Part, ...]:
        """Parts up to what ends them, which is left unread."""
        found: list[Part] = []
        while self._at < len(self._text):
            if not depth and (self._takes("{{") or self._takes("}}")):
                found.append(Text(self._text[self._at - 1]))
            elif self._text[self._at] == "}" or (depth and self._text[self._at] == "|"):
                break
            elif self._takes("{"):
                found.append(self._braces(depth + 1))
            elif named := self._LIST.match(self._text, self._at):
                found.append(WordList(self._list_name(named[1])))
                self._at = named.end()
            elif plain := self._PLAIN.match(self._text, self._at):
                found.append(Text(plain[0]))
                self._at = plain.end()
        return tuple(found)

    def _list_name(self, written: str) -> str:
        # A letter with an accent may be stored as two characters; the second alone is not a letter.
        name = unicodedata.normalize("NFC", written)
        if len(name) <= LONGEST_NAME and self._LIST_NAME.fullmatch(name):
            return name
        place = f"__{on_one_line(shortened(name, SHOWN))}__"
        raise refused(
            place,
            f"{place} is not the name of a word list: that has up to {LONGEST_NAME} letters and "
            f"digits, with single - or _ between them, e.g. __animals__ for the file animals.txt "
            f"in the folder of word lists. To send such a text as it stands, give it as the value "
            f"of a variable.",
        )

    def _braces(self, depth: int) -> Part:
        if depth > DEEPEST:
            raise refused(self._text, f"alternatives are nested more than {DEEPEST} deep.")
        options = [self._sequence(depth)]
        while self._takes("|"):
            options.append(self._sequence(depth))
        if not self._takes("}"):
            raise refused(self._text, "a { has no }; write a literal brace as {{.")
        if len(options) > 1:
            return Choice(tuple(options))
        inside = options[0]
        written = "".join(part.text for part in inside if isinstance(part, Text)).strip()
        if all(isinstance(part, Text) for part in inside) and self._NAME.fullmatch(written):
            return Variable(written)
        raise refused(
            self._text,
            "braces hold a variable, e.g. {animal}, or alternatives, e.g. {fox|heron}; write "
            "literal braces as {{ and }}.",
        )

    def _takes(self, token: str) -> bool:
        """Whether a token is next; if so, it is read."""
        is_next = self._text.startswith(token, self._at)
        self._at += is_next * len(token)
        return is_next


def _all(parts: Sequence[Part]) -> Iterator[Part]:
    """Every part, those of alternatives included."""
    for part in parts:
        yield part
        if isinstance(part, Choice):
            for option in part.options:
                yield from _all(option)


def refused(text: object, reason: str) -> InvalidParams:
    """The error for a template."""
    shown = shortened(text) if isinstance(text, str) else text
    return InvalidParams.of([Problem("prompt", shown, reason)])

"""The project's prose is plain present-day English, one word a concept (CONTRIBUTING.md, "Words").

A pattern is here because it was common once, reads as a translation, and hardly ever matches
anything else. What only a reader notices is left to readers.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from support.checkout import own_files

ROOT = Path(__file__).parents[2]

CHECKED = re.compile(
    r"(?:src|js/src|docs|notebooks|scripts|benchmarks)/.*\.(?:py|ts|css|js|toml|md|yaml|ipynb|sh)"
    r"|(?:README|CONTRIBUTING|CHANGELOG)\.md|Makefile|hatch_build\.py"
)

PATTERNS = {
    "is not a ..., there is no ...": (
        r"(?<![Tt]here )\b(?:is|are|was) no (?!longer\b|more\b|less\b|way\b)\w+"
    ),
    "is not one, has none": r"(?<![Tt]here )\b(?:is|are|was) none\b",
    "fix, change": r"\b[Mm]end(?:s|ed|ing|able)?\b",
    "automatically, on its own, alone": r"\bby (?:itself|themselves)\b",
    "release, drop, close": r"\b[Ll]et(?:s|ting)? go of\b",
    "without effect, unsuccessfully": r"\bin vain\b",
    "continue, resume": r"\b(?:go|goes|going|went|gone) on\b(?! and off)",
    "again, from scratch": r"\banew\b",
    "forever, indefinitely": r"\bfor ever\b",
    "rarely, less often": r"\b[Ss]eldom(?:er)?\b",
    "also, the same": r"\b[Ll]ikewise\b",
    "anyone who, a process that": r"\b[Ww]hoever\b",
    "someone, another process, a colleague": r"\b[Ss]omebody\b|\b[Aa]nybody\b",
    "notify, report, pass": r"\b(?:[Tt]old|[Tt]ells)\b(?! apart| them apart| to\b)|\btell of\b",
    "notify, receive": r"\bhear[sd]? of\b",
    "state the unit: The most bytes that ..., Seconds after which ...": (
        r'"""(?:For )?[Ss]o (?:many|much|long|often)\b|\b[Ff]or so long\b'
        r"|\bso (?:many|long|often|much) at (?:most|least|once)\b|\bat (?:most|least) so\b"
        r"|\bmost so (?:many|long|often)\b"
    ),
    "poll, check, look-up": (
        r"\b(?:next|first|last|two|between|each|every|one) looks?\b(?! (?:like|right|better))"
        r"|\.looks\b|\blook(?:s|ed|ing)? once more\b"
    ),
    "exists, is present, is complete": (
        r"\b(?:that|what|which|it|one) (?:is|are) there(?: already)?(?=[ .,;:)\"]|$)"
    ),
    "whose, for which": r"\bof which (?:no|nobody|nothing|it|a|the)\b",
    "is at, is next to": r"\bstands? (?:at|beside|by)\b",
    "says about, reports": r"\b(?:say|says|said|saying) of\b",
    "unexpected": r"\bfore(?:saw|sees?|seen)\b",
    "has, carries": r"\bthat bears?\b",
    "except for, apart from": r"\b[Bb]ut for (?!a )",
    "its status, the status of a job": r"\bhow (?:it|(?:a|the|its) job) stands\b",
    "the verb after its subject": r"\b[Ii]n (?:braces|its place|their place|front) stands?\b",
    "plain words": r"\b(?:hitherto|thereof|therein|wherein|whence|thither|heretofore|henceforth)\b",
}
"""What to write instead, and what it replaces."""


@cache
def texts() -> dict[str, str]:
    """The checked files with their prose on one line, as a sentence goes across line breaks."""
    return {
        name: joined((ROOT / name).read_text("utf-8"), name)
        for name in own_files()
        if CHECKED.fullmatch(name)
    }


def joined(text: str, name: str = "") -> str:
    """A text without line breaks, and without the marks of comments at the beginnings of lines."""
    if name.endswith(".ipynb"):
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    if name == "CONTRIBUTING.md":
        text = re.sub(r"\n## Words\n.*?(?=\n## )", "", text, flags=re.DOTALL)  # It lists them.
    text = re.sub(r'"\s*\n\s*f?"(?!"")', "", text)
    return re.sub(r"[ \t]*\n\s*(?:(?:#|//|\*)(?= ))?\s*", " ", text)


def found(text: str) -> list[str]:
    """What of the patterns is in a text, each with its surroundings and what to write instead."""
    return [
        f"…{text[max(0, match.start() - 40) : match.end() + 30]}… -> {instead}"
        for instead, pattern in PATTERNS.items()
        for match in re.finditer(pattern, text)
    ]


def test_the_words_are_those_of_the_field() -> None:
    """No text has the phrases that the project has given up."""
    faults = {name: found(text) for name, text in texts().items()}
    assert {name: list_ for name, list_ in faults.items() if list_} == {}


@pytest.mark.parametrize(
    "line",
    [
        "a str is no folder",
        "Mend that, and call again",
        "is tried again by itself",
        "a link that is none",
        "Let go of the engine.",
        "Ends being told of something.",
        "resolution in vain: fal ignores it",
        '"""For so long at most a service is believed."""',
        "seconds until the next look at a job",
        "The job goes on.",
        "keeps the file that is there",
        "a job of which nobody knows",
        "Ask the service how a job stands.",
        "in braces stands a variable",
        "what another program\n    # is told.",
    ],
)
def test_what_reads_as_a_translation_is_found(line: str) -> None:
    """The check is worth something: it sees each of these, also across lines."""
    assert found(joined(line)) != []


@pytest.mark.parametrize(
    "line",
    [
        "There is no job with this id.",
        "is no longer polled",
        "the seed tells them apart",
        "lights that go on and off",
        "which take looks better",
        "None of them is ready.",
    ],
)
def test_plain_english_is_not_found(line: str) -> None:
    """A pattern does not match what a native speaker writes."""
    assert found(joined(line)) == []

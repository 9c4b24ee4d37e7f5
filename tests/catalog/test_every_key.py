"""A wrong value of any key of a provider's file is named with its line and what is allowed."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from rushes.catalog import (
    BrokenFile,
    DraftOffer,
    Drafts,
    Frames,
    Limit,
    Offer,
    Origin,
    ParameterSpec,
    Price,
    PromptSpec,
    ProviderSpec,
    RenderTime,
    Route,
    Workflow,
)
from rushes.catalog.source import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FULL = """\
format = 1
id = "dream-1"
title = "Dream 1"
vendor = "Acme"
order = 7
modes = ["text-to-video", "image-to-video", "reference-to-video", "edit"]
max_references = 4
needs_reference = ["reference-to-video"]

[prompt]
limit = 2000
unit = "utf-16"
required = ["text-to-video"]
unless = "multi_prompt"

[parameters.duration_seconds]
kind = "integer"
label = "Duration"
help = "Whole seconds."
unit = "seconds"
min = 2
max = 10
step = 2
default = 4

[[parameters.duration_seconds.limits]]
when = { resolution = "1080p" }
min = 2
max = 8
step = 2

[parameters.resolution]
kind = "choice"
choices = ["480p", "720p", "1080p"]
default = "720p"

[[parameters.resolution.limits]]
when = { mode = "edit" }
choices = ["720p", "1080p"]

[parameters.aspect_ratio]
kind = "choice"
choices = ["16:9", "9:16"]
default = "16:9"
default_modes = ["text-to-video"]

[parameters.aspect_ratio.defaults]
edit = "9:16"

[parameters.aspect_ratio.derived]
image-to-video = "It follows the image."

[parameters.draft]
kind = "boolean"
modes = ["text-to-video"]

[parameters.mood]
kind = "text"
max_length = 50

[parameters.start_image_url]
kind = "image"
modes = ["image-to-video"]
required = ["image-to-video"]
formats = ["jpg", "png"]
max_megabytes = 10.5
min_side = 300
max_side = 6000
max_ratio = 2.5

[parameters.end_image_url]
kind = "image"
modes = ["image-to-video"]
needs_one_of = ["start_image_url"]

[parameters.video_references]
kind = "videos"
modes = ["reference-to-video"]
max_items = 3
min_clip_seconds = 1.8
max_clip_seconds = 15.4
max_total_seconds = 30.4

[parameters.multi_prompt]
kind = "shots"
max_items = 6
max_length = 500
min_seconds = 2

[parameters.keyframes]
kind = "objects"
modes = ["edit"]
max_items = 5
needed = ["image"]
one_of = [["seconds", "part"]]

[parameters.keyframes.fields.image]
kind = "image"
max_megabytes = 20.5

[parameters.keyframes.fields.seconds]
kind = "number"
max = 30

[parameters.keyframes.fields.part]
kind = "number"
max = 1

[drafts]
resolution = "480p"
finals = ["1080p"]

[pixels.720p]
"16:9" = [1280, 720]

[backends.fal]
urls_only = ["video_references"]
prompt_limit = 1000
prompt_unit = "bytes"
exclusive = [["start_image_url", "mood"]]
as_text = ["mood"]
as_list = ["end_image_url"]
as_columns = []
omits = ["aspect_ratio"]
unverified = ["all of it."]
marker = "user"

[backends.fal.models]
text-to-video = "acme/text"
image-to-video = "acme/image"
reference-to-video = "acme/reference"
edit = "acme/edit"

[[backends.fal.routes]]
when = { end_image_url = true }
model = "acme/between"
constants = { between = true }
ignores = { mood = "It has none." }
unverified = ["its shape."]

[backends.fal.routes.fields]
start_image_url = "first"

[backends.fal.refuses]
mood = "Write it in the prompt."

[backends.fal.ignores]
draft = "It makes none."

[backends.fal.fields]
duration_seconds = "duration"

[backends.fal.adds."keyframes.image"]
role = "guide"

[backends.fal.values]
duration_seconds = "{}s"

[backends.fal.values.resolution]
480p = "480P"

[backends.fal.constants]
version = 2

[backends.fal.drafts]
days = 7.5
result = "draft_id"
model = "acme/full"
unverified = ["its price."]

[backends.fal.drafts.fields]
final_of = "draft_id"

[[backends.fal.prices]]
when = { resolution = "1080p" }
per_second = 0.25
per_input_second = 0.1
minimum = 0.5
assumed_input_seconds = 30.4
per_file = 0.01
currency = "EUR"
date = 2026-11-28
source = "a page"

[[backends.fal.prices]]
per_1k_tokens = 0.01
extra_frames = 1
source = "a page"

[[backends.fal.prices]]
per_video = 0.35
source = "a page"

[[backends.fal.typical]]
when = { resolution = "1080p" }
base = 40.5
per_second = 6.5

[backends.comfyui.workflows.text-to-video]
file = "graph.json"
save = "save"
grid = 2
partner = true

[backends.comfyui.workflows.text-to-video.frames]
fps = 16.5
base = 1
step = 4

[backends.comfyui.workflows.text-to-video.inputs]
prompt = "prompt.value"

[origin]
service = "fal"
model = "acme/text"
read = 2026-11-28

[origin.fields.text]
duration = "integer"
"""

GRAPH = {
    "1": {"class_type": "Text", "_meta": {"title": "prompt"}, "inputs": {"value": ""}},
    "2": {"class_type": "Save", "_meta": {"title": "save"}, "inputs": {"filename_prefix": "x"}},
}
"""The workflow that the full file names."""

KINDS = (
    ProviderSpec,
    PromptSpec,
    ParameterSpec,
    Limit,
    Drafts,
    DraftOffer,
    Offer,
    Route,
    Price,
    RenderTime,
    Origin,
    Workflow,
    Frames,
)
"""The tables of a file."""

KEY = re.compile(r'"[^"]*"|[^.]+')
ENTRY = re.compile(r'(?:"([^"]+)"|([\w-]+)) = (.+)')


def entries() -> Iterator[tuple[int, tuple[str, ...], Any]]:
    """The keys of the full file: each with its line from 1, its table and its value."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(FULL.splitlines(), start=1):
        if line.startswith("["):
            table = tuple(key.strip('"') for key in KEY.findall(line.strip("[]")))
        elif found := ENTRY.fullmatch(line):
            (value,) = tomllib.loads(f"key = {found[3]}").values()
            yield number, (*table, found[1] or found[2]), value


def wrong(value: Any) -> str:
    """A value of another type."""
    return "7" if isinstance(value, list | dict) else "[[7]]"


def broken(number: int, value: str, folder: Path) -> BrokenFile:
    """What is said of the full file with another value in a line."""
    lines = FULL.splitlines()
    key, _, _ = lines[number - 1].partition(" = ")
    lines[number - 1] = f"{key} = {value}"
    path = folder / "dream.toml"
    (folder / "graph.json").write_text(json.dumps(GRAPH))
    path.write_text("\n".join(lines), "utf-8")
    found = read_file(path)
    assert isinstance(found, BrokenFile), lines[number - 1]
    return found


def test_the_full_file_is_read_and_has_every_key(tmp_path: Path) -> None:
    """So that none is left out below."""
    path = tmp_path / "dream.toml"
    path.write_text(FULL, "utf-8")
    (tmp_path / "graph.json").write_text(json.dumps(GRAPH))
    keys = {key for _, place, _ in entries() for key in place} | {"when", "graph"}

    assert isinstance(read_file(path), ProviderSpec), read_file(path)
    assert {name for kind in KINDS for name in kind.model_fields} <= keys


@pytest.mark.parametrize(
    ("number", "place", "value"), [pytest.param(*row, id=".".join(row[1])) for row in entries()]
)
def test_a_value_of_another_type_is_named_with_what_is_allowed(
    number: int, place: tuple[str, ...], value: Any, tmp_path: Path
) -> None:
    """File, line, key and what is allowed stand in one sentence."""
    found = broken(number, wrong(value), tmp_path)

    assert str(found).startswith(f"{tmp_path / 'dream.toml'}, line {number}: ")
    reason = re.sub(r"\.\d+(?=\.|: )", "", found.reason)
    key, _, words = reason.partition(": ")
    assert ".".join(place).startswith(key)
    assert place[-1] in reason
    assert re.search(r"allowed|those are|does not belong|has to be", words), words
    assert "Input should" not in found.reason


@pytest.mark.parametrize(
    ("line", "value", "words"),
    [
        ("order = 7", "1e30", "a whole number"),
        ("max_references = 4", "0", "a number of at least 1"),
        ("limit = 2000", "0", "a number of at least 1"),
        ('unit = "utf-16"', '"words"', "one of 'characters', 'bytes' or 'utf-16'"),
        ("max_megabytes = 10.5", "0", "a number above 0"),
        ("max_megabytes = 10.5", "inf", "a finite number"),
        ("per_second = 0.25", "1e9", "a number below 1000000"),
        ('currency = "EUR"', '"euro"', "a text of the form ^[A-Z]{3}$"),
        ('title = "Dream 1"', '""', "a text of at least 1 characters"),
        ('finals = ["1080p"]', "[]", "at least 1 of them"),
        ('"16:9" = [1280, 720]', "[0, 720]", "a number above 0"),
        ("days = 7.5", "0", "a number above 0"),
        ("read = 2026-11-28", '"Friday"', "a date, e.g. 2026-11-28"),
        ('kind = "boolean"', '"switch"', "one of 'choice', 'integer'"),
        ('as_text = ["mood"]', '["lop"]', "those are prompt, duration_seconds, resolution"),
        ('finals = ["1080p"]', '["8k"]', "allowed are 480p, 720p, 1080p"),
        ('needs_one_of = ["start_image_url"]', '["x"]', "those are duration_seconds, resolution"),
        ('unless = "multi_prompt"', '"x"', "those are duration_seconds, resolution"),
        ('final_of = "draft_id"', "7", "a text"),
        ('file = "graph.json"', '"../graph.json"', "the name of a file in the same folder"),
        ('file = "graph.json"', '"no.json"', "which cannot be read: No such file"),
        ('save = "save"', '"store"', "is not a node of the graph; those are prompt, save"),
        ("grid = 2", "7", "1280x720 (16:9) is not a multiple"),
        ('prompt = "prompt.value"', '"prompt.text"', "its inputs are value"),
    ],
)
def test_a_value_out_of_range_is_named_with_the_range(
    line: str, value: str, words: str, tmp_path: Path
) -> None:
    """By the first line that has it."""
    number = FULL.splitlines().index(line) + 1

    found = broken(number, value, tmp_path)

    assert found.line == number
    assert words in found.reason

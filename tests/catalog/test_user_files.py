"""Providers that a user adds, replaces or gets wrong."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from rushes.catalog import Catalog
from rushes.contract.errors import InvalidParams

if TYPE_CHECKING:
    from pathlib import Path

PACKAGED = list(Catalog.load())
REQUEST = {"provider": "looper-1", "mode": "text-to-video", "prompt": "x"}


def test_a_file_adds_a_provider(with_looper: Catalog) -> None:
    """A provider without an `order` comes after the packaged ones."""
    assert list(with_looper) == [*PACKAGED, "looper-1"]


def test_a_file_replaces_a_packaged_provider_as_a_whole(user_folder: Path, looper: str) -> None:
    """Nothing of the packaged file is left, and there is no second provider of the id."""
    text = looper.replace("looper-1", "seedance-2.0")
    (user_folder / "mine.toml").write_text(text, encoding="utf-8")
    catalog = Catalog.load(user_folder)
    assert (len(catalog), list(catalog["seedance-2.0"].parameters)) == (
        len(PACKAGED),
        ["loop", "strength", "start_image_url", "duration_seconds"],
    )


def test_the_order_key_decides_the_place(user_folder: Path, looper: str) -> None:
    """A user may put a provider first."""
    (user_folder / "mine.toml").write_text(f"order = 1\n{looper}", encoding="utf-8")
    assert next(iter(Catalog.load(user_folder))) == "looper-1"


@pytest.mark.parametrize("exists", [True, False])
def test_a_folder_may_be_empty_or_missing(tmp_path: Path, *, exists: bool) -> None:
    """Then there are the packaged providers."""
    folder = tmp_path / "providers"
    if exists:
        folder.mkdir()
    assert list(Catalog.load(folder)) == PACKAGED


def test_files_of_other_kinds_are_left_alone(user_folder: Path) -> None:
    """Only ``*.toml`` is read."""
    (user_folder / "notes.txt").write_text("not TOML", encoding="utf-8")
    assert Catalog.load(user_folder).broken == ()


def test_a_parameter_that_only_a_file_knows_is_read(with_looper: Catalog) -> None:
    """It is kept with the request in either spelling."""
    assert with_looper.read(REQUEST | {"loop": False}).given()["loop"] is False


def test_a_parameter_that_only_a_file_knows_is_written(with_looper: Catalog) -> None:
    """It survives JSON like every other."""
    params = with_looper.read(REQUEST | {"loop": True})
    assert with_looper.read(params.to_json()) == params


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param(
            {"loop": "yes"},
            "loop: 'yes' is not offered by looper-1; allowed are True and False.",
            id="type",
        ),
        pytest.param(
            {"duration_seconds": 5},
            "duration_seconds: 5 is not offered by looper-1; allowed are whole numbers "
            "in steps of 2 from 2 to 10. seedance-2.0, seedance-2.0-fast",
            id="step",
        ),
        pytest.param(
            {"strength": 3},
            "strength: is for image-to-video with looper-1, not for text-to-video "
            "(3 was given). Remove it, or change the mode.",
            id="mode",
        ),
        pytest.param(
            {"lop": True},
            "lop: no provider takes it (True was given). Did you mean loop?",
            id="misspelled",
        ),
    ],
)
def test_a_parameter_that_only_a_file_knows_is_checked(
    with_looper: Catalog, more: dict[str, object], message: str
) -> None:
    """The rules follow from the file, with no code."""
    with pytest.raises(InvalidParams) as caught:
        with_looper.read(REQUEST | more)
    (problem,) = caught.value.problems
    assert str(problem).startswith(message)


def test_a_broken_file_does_not_harm_the_others(user_folder: Path, looper: str) -> None:
    """The rest of the catalog loads."""
    (user_folder / "a.toml").write_text("id = ", encoding="utf-8")
    (user_folder / "b.toml").write_text(looper, encoding="utf-8")
    catalog = Catalog.load(user_folder)
    assert ("looper-1" in catalog, [file.path.name for file in catalog.broken]) == (
        True,
        ["a.toml"],
    )


def test_a_broken_file_does_not_replace_a_packaged_provider(user_folder: Path) -> None:
    """The packaged provider stays when the user's version of it cannot be used."""
    (user_folder / "a.toml").write_text('id = "seedance-2.0"', encoding="utf-8")
    assert list(Catalog.load(user_folder)) == PACKAGED


def test_a_second_file_of_the_same_provider_is_broken(user_folder: Path, looper: str) -> None:
    """Two files of one id are a mistake, not a race."""
    for name in ("a.toml", "b.toml"):
        (user_folder / name).write_text(looper, encoding="utf-8")
    (file,) = Catalog.load(user_folder).broken
    assert (file.path.name, file.reason) == (
        "b.toml",
        "describes looper-1, as a.toml already does.",
    )


def test_a_file_that_is_not_utf8_is_broken(user_folder: Path) -> None:
    """The line of the first bad byte is named."""
    (user_folder / "a.toml").write_bytes(b'id = "x"\ntitle = "\xff"\n')
    (file,) = Catalog.load(user_folder).broken
    assert (file.line, file.reason) == (2, "is not UTF-8 text.")


def test_a_folder_named_like_a_file_is_broken(user_folder: Path) -> None:
    """What cannot be opened is named, too."""
    (user_folder / "a.toml").mkdir()
    (file,) = Catalog.load(user_folder).broken
    assert file.reason.startswith("cannot be read: ")


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        pytest.param("= true", "= yes", 7, "is not TOML: Invalid value", id="syntax"),
        pytest.param(
            'modes = ["text-to-video", "image-to-video"]', "modes = []", 3, "modes: ", id="no-mode"
        ),
        pytest.param('= "Looper"', '= "Looper', 2, "is not TOML: ", id="open-text"),
        pytest.param('kind = "boolean"', 'kind = "switch"', 6, "parameters.loop.kind: ", id="kind"),
        pytest.param(
            'kind = "boolean"', "", 5, "parameters.loop.kind: is missing.", id="missing-key"
        ),
        pytest.param(
            'help = "How much."',
            "maximum = 3",
            12,
            "parameters.strength.maximum: is an unknown key; allowed are kind, modes, required,",
            id="unknown-key",
        ),
        pytest.param(
            'unit = "per cent"',
            'choices = ["a"]',
            11,
            "parameters.strength.choices: does not belong to a parameter of kind 'number'.",
            id="key-of-another-kind",
        ),
        pytest.param(
            "default = 4",
            "default = 5",
            25,
            "parameters.duration_seconds.default: is not among what is allowed: whole numbers "
            "in steps of 2 from 2 to 10.",
            id="default-out-of-range",
        ),
        pytest.param(
            "default = 4",
            "",
            20,
            "parameters.duration_seconds: is needed, with a default for all modes",
            id="no-default-duration",
        ),
        pytest.param(
            "min = 2",
            "min = 0",
            22,
            "parameters.duration_seconds.min: is needed, and has to be at least 1.",
            id="no-length",
        ),
        pytest.param(
            "min = 2",
            f"min = {'9' * 5000}",
            None,
            "cannot be read: ",
            id="huge-number",
        ),
        pytest.param(
            "min = 2",
            'min = "2"',
            22,
            "parameters.duration_seconds.min",
            id="text-for-a-number",
        ),
        pytest.param(
            'required = ["image-to-video"]',
            'required = ["text-to-video"]',
            18,
            "parameters.start_image_url.required: names 'text-to-video'; "
            "allowed are image-to-video.",
            id="required-in-another-mode",
        ),
        pytest.param(
            "[parameters.loop]",
            "[parameters.prompt]",
            5,
            "parameters.prompt: is common to all providers and must not be declared.",
            id="common-parameter",
        ),
        pytest.param(
            "[parameters.loop]",
            "[parameters.copy]",
            5,
            "parameters.copy: is a reserved name.",
            id="name-of-a-method",
        ),
        pytest.param(
            "[parameters.loop]",
            "[parameters.Loop-It]",
            5,
            "parameters.Loop-It: is not a snake_case name that camelCase preserves.",
            id="name-that-is-no-name",
        ),
        pytest.param(
            "[parameters.loop]",
            "[parameters.seed]",
            6,
            "parameters.seed.kind: has to be integer for this parameter.",
            id="kind-of-a-known-parameter",
        ),
        pytest.param(
            'text-to-video = "looper/one"',
            'reference-to-video = "looper/one"',
            28,
            "backends.elsewhere.models.reference-to-video: is not a mode here; "
            "those are text-to-video, image-to-video.",
            id="model-of-another-mode",
        ),
        pytest.param(
            'loop = "Say',
            'lop = "Say',
            31,
            "backends.elsewhere.refuses.lop: names 'lop', which is not a parameter here; those are",
            id="refusal-of-an-unknown-parameter",
        ),
    ],
)
def test_a_broken_file_is_named_with_line_and_reason(
    user_folder: Path, looper: str, *, old: str, new: str, line: int | None, reason: str
) -> None:
    """The user is told what to mend, and where."""
    assert old in looper
    (user_folder / "a.toml").write_text(looper.replace(old, new, 1), encoding="utf-8")
    (file,) = Catalog.load(user_folder).broken
    assert (file.line, file.reason[: len(reason)]) == (line, reason)


@pytest.mark.parametrize(
    ("more", "line", "reason"),
    [
        pytest.param(
            "[[backends.elsewhere.prices]]\nper_second = 1\nsource = 'x'\n"
            "[[backends.elsewhere.prices]]\nper_second = -1\nsource = 'x'\n",
            37,
            "backends.elsewhere.prices.1.per_second: ",
            id="second-row",
        ),
        pytest.param(
            "[[backends.elsewhere.prices]]\nper_second = 1e308\nsource = 'x'\n",
            34,
            "backends.elsewhere.prices.0.per_second: ",
            id="no-price-that-anything-has",
        ),
        pytest.param(
            "[[backends.elsewhere.prices]]\nsource = 'x'\n",
            33,
            "backends.elsewhere.prices.0: needs one of per_second, per_video and "
            "per_1k_tokens, and only one.",
            id="no-measure",
        ),
        pytest.param(
            "[[backends.elsewhere.prices]]\nper_1k_tokens = 1\nsource = 'x'\n",
            34,
            "backends.elsewhere.prices.0.per_1k_tokens: needs a table of pixels.",
            id="tokens-without-pixels",
        ),
        pytest.param(
            "[[backends.elsewhere.prices]]\nper_second = 1\nsource = 'x'\nwhen = { size = 1 }\n",
            36,
            "backends.elsewhere.prices.0.when.size: names 'size', which is not a parameter here; "
            "those are mode, loop,",
            id="condition-on-an-unknown-parameter",
        ),
        pytest.param(
            "[parameters.look]\nkind = 'choice'\n",
            33,
            "parameters.look.choices: is missing; kind 'choice' needs it.",
            id="choice-of-nothing",
        ),
        pytest.param(
            "[parameters.look]\nkind = 'number'\nmin = 2\nmax = 1\n",
            35,
            "parameters.look.min: 2 is larger than max, which is 1.",
            id="empty-range",
        ),
        pytest.param(
            "[parameters.look]\nkind = 'image'\ndefault = 'a.png'\n",
            35,
            "parameters.look.default: does not belong to a parameter of kind 'image'.",
            id="default-image",
        ),
        pytest.param(
            "[parameters.scenes]\nkind = 'shots'\nmax_items = 2\n",
            34,
            "parameters.scenes.kind: is only for multi_prompt.",
            id="shots-elsewhere",
        ),
        pytest.param(
            "[parameters.look]\nkind = 'image'\nneeds_one_of = ['x']\n",
            35,
            "parameters.look.needs_one_of: names 'x', which is not a parameter here; those are",
            id="unknown-companion",
        ),
        pytest.param(
            "[prompt]\nunless = 'x'\n",
            34,
            "prompt.unless: names 'x', which is not a parameter here; those are",
            id="unknown-stand-in",
        ),
        pytest.param(
            "[backends.elsewhere.fields]\nsize = 'px'\n",
            34,
            "backends.elsewhere.fields.size: names 'size', which is not a parameter here; those",
            id="field-of-an-unknown-parameter",
        ),
        pytest.param(
            "[pixels.a]\n[pixels.b]\n",
            33,
            "pixels: has several rows, but there is no parameter resolution to choose one.",
            id="pixels-without-resolution",
        ),
        pytest.param(
            "[parameters.resolution]\nkind = 'choice'\nchoices = ['a']\n[pixels.b]\n",
            36,
            "pixels.b: is not a resolution; those are a.",
            id="pixels-of-an-unknown-resolution",
        ),
        pytest.param(
            "[pixels.720p]\n'16:9' = [1280, 720]\n",
            34,
            "pixels.720p.16:9: is not an aspect ratio; those are none.",
            id="pixels-of-an-unknown-ratio",
        ),
    ],
)
def test_a_broken_table_is_named_with_line_and_reason(
    user_folder: Path, looper: str, *, more: str, line: int, reason: str
) -> None:
    """Rows of a list and quoted keys are found as well."""
    (user_folder / "a.toml").write_text(f"{looper}\n{more}", encoding="utf-8")
    (file,) = Catalog.load(user_folder).broken
    assert (file.line, file.reason[: len(reason)]) == (line, reason)


def test_a_broken_file_reads_as_one_sentence(user_folder: Path) -> None:
    """Path, line and reason stand together, for a warning."""
    (user_folder / "a.toml").write_text("id = 'x'\norder = 'first'\n", encoding="utf-8")
    (file,) = Catalog.load(user_folder).broken
    assert str(file).startswith(f"{user_folder / 'a.toml'}, line 2: order: ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes in folders")
def test_a_pipe_is_no_provider_file(tmp_path: Path) -> None:
    """It is named like any other broken file, and nobody waits for it."""
    os.mkfifo(tmp_path / "pipe.toml")

    [broken] = Catalog.load(tmp_path).broken

    assert "not a regular file" in str(broken)


def test_a_file_in_a_later_format_is_answered_with_what_to_do(user_folder, looper):
    """And not with every key that is unknown in this one."""
    text = f'format = 2\ncolour = "red"\n{looper}'
    (user_folder / "looper.toml").write_text(text, "utf-8")

    (broken,) = Catalog.load(user_folder).broken

    assert broken.line == 1
    assert "format: is 2" in broken.reason
    assert "update rushes" in broken.reason
    assert "colour" not in broken.reason

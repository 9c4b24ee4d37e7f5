"""What is compared is told apart and checked before anything is drawn."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from rushes.comparison import entries
from rushes.contract.errors import InvalidParams, MediaError
from rushes.contract.results import VideoGenResult
from support.films import film

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "fox.mp4"
    path.write_bytes(film([80, 90]))
    return path


def result(path: Path | None, provider: str = "kling-3.0-standard", **facts: object):
    return VideoGenResult(
        generation_id="g",
        video_url="https://example.com/take.mp4?signature=secret",
        duration_seconds=1.0,
        width=64,
        height=36,
        provider=provider,
        mode="text-to-video",
        path=path,
        **facts,
    )


def labels(takes, **keywords) -> list[str]:
    return [entry.label for entry in entries(takes, **keywords)]


def test_a_take_is_called_by_its_provider(clip):
    """The name that says most is the model's."""
    assert labels([result(clip), result(clip, "seedance-2.0")]) == [
        "Kling 3.0 standard",
        "Seedance 2.0",
    ]


def test_takes_of_one_provider_are_told_apart_by_their_seeds(clip):
    """Where the provider says nothing, the seed does."""
    assert labels([result(clip, seed=7), result(clip, seed=8)]) == [
        "Kling 3.0 standard, seed 7",
        "Kling 3.0 standard, seed 8",
    ]


def test_takes_of_one_provider_are_told_apart_by_their_services(clip):
    """Without seeds, the service that made each one does."""
    assert labels([result(clip, backend="fal"), result(clip, backend="kling")]) == [
        "Kling 3.0 standard at fal",
        "Kling 3.0 standard at kling",
    ]


def test_a_provider_whose_file_is_gone_is_called_by_its_id(clip):
    """Its title is not known."""
    assert labels([result(clip, "gone-1.0"), result(clip)])[0] == "gone-1.0"


def test_takes_that_nothing_tells_apart_are_numbered(clip):
    """Names are never the same."""
    assert labels([result(clip), result(clip), clip]) == [
        "Kling 3.0 standard",
        "Kling 3.0 standard 2",
        "fox",
    ]


def test_a_number_never_makes_the_name_of_another(clip):
    """A name that was given stays with its take."""
    assert labels([clip] * 3, labels=["kling", "kling", "kling 2"]) == [
        "kling",
        "kling 3",
        "kling 2",
    ]


def test_a_mapping_names_its_takes(clip):
    """Its keys are the labels, in their order."""
    found = entries({"mine": str(clip), "theirs": "https://example.com/fox.mp4?signature=x"})

    assert [entry.label for entry in found] == ["mine", "theirs"]
    assert (found[0].path, found[0].url) == (clip, None)
    assert (found[1].path, found[1].url) == (None, "https://example.com/fox.mp4?signature=x")


def test_a_link_is_called_by_its_file_without_its_signature(clip):
    """What is secret in a link is in no label."""
    assert labels([clip, "https://example.com/a/red%20fox.mp4?signature=x"]) == ["fox", "red fox"]


def test_a_result_without_a_file_has_its_link(clip):
    """What is only on the web can be watched there."""
    found = entries([clip, result(None)])

    assert found[1].path is None
    assert found[1].url == "https://example.com/take.mp4?signature=secret"


def test_a_file_of_a_library_brings_its_facts(clip):
    """The sidecar says who made it, and of what request."""
    facts = result(None, seed=3).model_dump(mode="json", by_alias=True, exclude_none=True)
    params = {"provider": "kling-3.0-standard", "mode": "text-to-video", "cfgScale": 0.5}
    clip.with_suffix(".json").write_text(
        json.dumps(facts | {"file": clip.name, "jobId": "job-1", "params": params})
    )

    found = entries([clip, "https://example.com/other.mp4"])[0]

    assert (found.label, found.job_id) == ("Kling 3.0 standard", "job-1")
    assert found.result is not None
    assert (found.result.seed, found.result.path) == (3, clip)
    assert found.params is not None
    assert found.params.cfg_scale == 0.5


def test_a_damaged_sidecar_hides_no_video(clip):
    """The video can be compared without its facts."""
    clip.with_suffix(".json").write_text("{")

    assert labels([clip, clip]) == ["fox", "fox 2"]


@pytest.mark.slow
def test_a_job_that_is_not_finished_is_an_entry_without_a_file(gen, clip):
    """A comparison can be laid out before its last take is there."""
    job = gen.submit(
        provider="seedance-2.0-fast", mode="text-to-video", prompt="A fox", duration_seconds=4
    )

    early = entries([job, clip])[0]
    job.result()
    late = entries([job, clip])[0]

    assert early.job_id == late.job_id == job.id
    assert early.params == job.params
    assert early.path is None
    assert late.path is not None


@pytest.mark.parametrize("count", [0, 1, 10])
def test_two_to_nine_takes_are_compared(clip, count):
    """Fewer are no comparison, and more cannot be looked at."""
    with pytest.raises(InvalidParams, match=rf"{count} takes? cannot be compared; give 2 to 9"):
        entries([clip] * count)


def test_a_single_take_is_not_several(clip):
    """A text is not read letter by letter."""
    with pytest.raises(InvalidParams, match="a list of 2 to 9"):
        entries(str(clip))


def test_a_missing_file_is_named(clip, tmp_path):
    """The error says which, before anything is drawn."""
    with pytest.raises(MediaError, match=r"lost\.mp4 does not exist"):
        entries([clip, tmp_path / "lost.mp4"])


def test_a_folder_is_no_take(clip, tmp_path):
    """Nor is what holds the videos."""
    with pytest.raises(MediaError, match="is a folder"):
        entries([clip, tmp_path])


@pytest.mark.parametrize("take", [3, None, b"\x00", {"a": 1}])
def test_what_is_no_take_is_refused(clip, take):
    """The error says what can be compared."""
    with pytest.raises(InvalidParams, match="give a job, a take, a result, a path or an http"):
        entries([clip, take])


@pytest.mark.parametrize("address", ["data:video/mp4;base64,AAAA", "ftp://example.com/a.mp4"])
def test_other_addresses_are_refused(clip, address):
    """Only what a browser fetches by itself is a link."""
    with pytest.raises(InvalidParams, match="URL cannot be compared"):
        entries([clip, address])


def test_labels_fit_the_takes(clip):
    """One for each, and each says something."""
    with pytest.raises(InvalidParams, match="2 takes and 1 labels"):
        entries([clip, clip], labels=["one"])
    with pytest.raises(InvalidParams, match="is not a label"):
        entries([clip, clip], labels=["one", " "])
    with pytest.raises(InvalidParams, match="keys of a mapping"):
        entries({"a": clip, "b": clip}, labels=["one", "two"])

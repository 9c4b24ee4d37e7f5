"""A parameter holds media because its provider's file says so, whatever it is called."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from emulators.clips import ClipSpec, clip
from rushes import InvalidParams
from rushes.backends.preview.backend import PreviewBackend
from rushes.catalog import Catalog, form
from rushes.comparison import Vote, add_vote, entries
from rushes.comparison.differing import differing
from rushes.contract.params import VideoGenParams
from support.services import NOWHERE, SERVICES

if TYPE_CHECKING:
    from rushes.catalog import ProviderSpec
    from support.services import Service

BACKENDS = [service.name for service in SERVICES]

MODELS = {"fal": "bytedance/seedance-2.0/text-to-video", "runway": "text_to_video/acme"}

INPAINT = """\
id = "inpaint-1"
title = "Inpaint"
modes = ["text-to-video"]

[parameters.mask_url]
kind = "image"
min_side = 64
max_side = 600

[parameters.guides]
kind = "videos"
max_items = 2
max_clip_seconds = 3

[parameters.style]
kind = "text"

[parameters.duration_seconds]
kind = "integer"
min = 2
max = 10
default = 4

[[backends.preview.prices]]
per_second = 0
source = "nobody"
""" + "".join(
    f'[backends.{name}.models]\ntext-to-video = "{MODELS.get(name, "acme")}"\n' for name in BACKENDS
)

EDIT = {"provider": "inpaint-1", "mode": "text-to-video", "prompt": "A fox"}


@pytest.fixture(autouse=True)
def _provider(tmp_path: Path) -> None:
    folder = tmp_path / "home" / "providers"
    folder.mkdir(parents=True)
    (folder / "inpaint.toml").write_text(INPAINT)


@pytest.fixture
def spec(tmp_path: Path) -> ProviderSpec:
    catalog = Catalog.load(tmp_path / "home" / "providers")
    assert not catalog.broken
    return catalog["inpaint-1"]


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    path = tmp_path / "mask.png"
    Image.new("L", (200, 100), 255).save(path)
    return path


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    path = tmp_path / "guide.mp4"
    path.write_bytes(clip(ClipSpec(64, 36, 2)))
    return path


def test_its_files_are_frozen(gen, mask, guide):
    """The job has copies of its own, which stay what they were when it was submitted."""
    before = mask.read_bytes()
    job = gen.submit(EDIT, mask_url=mask, guides=[guide])
    mask.write_bytes(b"gone")

    media = gen.catalog["inpaint-1"].media_of(job.params)
    frozen = [Path(path) for paths in media.values() for path in paths]

    assert list(media) == ["mask_url", "guides"]
    assert {path.parent for path in frozen} == {gen.engine.folders.inputs}
    assert frozen[0].read_bytes() == before


def test_an_image_of_memory_is_frozen(gen):
    """As for any parameter of that kind."""
    job = gen.submit(EDIT, mask_url=Image.new("RGB", (90, 90)))

    with Image.open(job.params.mask_url) as image:
        assert image.size == (90, 90)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"mask_url": (32, 32)}, "mask_url: .* the minimum is 64 per side"),
        ({"mask_url": (999, 99)}, "mask_url: .* the maximum is 600 per side"),
        ({"mask_url": "no/such.png"}, "mask_url: .* does not exist"),
        ({"guides": [5]}, r"guides\[0\]: .* is 5.0 s long; the maximum is 3 s"),
    ],
)
def test_its_files_are_held_to_its_limits(gen, emulator, tmp_path, given, message):
    """Before anything is sent."""
    if isinstance(given.get("mask_url"), tuple):
        given = {"mask_url": Image.new("RGB", given["mask_url"])}
    if "guides" in given:
        (tmp_path / "long.mp4").write_bytes(clip(ClipSpec(64, 36, 5)))
        given = {"guides": [tmp_path / "long.mp4"]}

    with pytest.raises(InvalidParams, match=message):
        gen.submit(EDIT, **given)

    assert emulator.counts["submit"] == 0


def test_its_files_are_uploaded(gen, emulator, mask, guide):
    """The service is sent addresses of its own storage, and no path of this machine."""
    gen.submit(EDIT, mask_url=mask, guides=[guide], style=str(mask)).result()

    sent = emulator.jobs[0].input

    assert sent["mask_url"].startswith("http")
    assert [address.startswith("http") for address in sent["guides"]] == [True]
    assert sent["style"] == str(mask), "a text is a text, whatever it reads like"


@pytest.mark.parametrize("service", SERVICES, ids=str)
def test_every_service_is_sent_what_stands_for_its_files(spec, service: Service):
    """In every request, and nothing else is taken for a file."""
    params = VideoGenParams(
        **EDIT, mask_url="/here/m.png", guides=["/here/g.mp4"], style="/here/m.png"
    )
    backend = service.backend(dict.fromkeys(("url", "base_url", "queue", "rest", "api"), NOWHERE))

    sent = json.dumps(
        backend.translate(params, spec, {"/here/m.png": "<mask>", "/here/g.mp4": "<guide>"})
    )

    assert (sent.count('"<mask>"'), sent.count('"<guide>"')) == (1, 1)
    assert (sent.count('"/here/m.png"'), sent.count('"/here/g.mp4"')) == (1, 0)


def test_the_preview_shows_its_files(spec, tmp_path):
    """Among the pictures and clips over the scene."""
    params = VideoGenParams(**EDIT, mask_url="/here/m.png", guides=["/here/g.mp4"])

    scene = PreviewBackend(tmp_path).translate(params, spec, {"/here/m.png": "/there/m.png"})

    assert scene["scene"]["images"] == ["/there/m.png"]
    assert scene["scene"]["videos"] == ["/here/g.mp4"]
    assert scene["scene"]["start_image"] is None


def test_a_take_that_is_read_from_its_sidecar_names_no_file(gen, mask):
    """A library may come from somebody else, so its requests come without their media."""
    takes = [gen.submit(EDIT, mask_url=mask, style="ink").result() for _ in range(2)]
    sidecar = json.loads(takes[0].path.with_suffix(".json").read_text())

    found = entries([take.path for take in takes])[0].params

    assert sidecar["media"] == ["maskUrl"]
    assert found.style == "ink"
    assert "mask" not in found.model_dump_json()


def test_a_comparison_names_its_files_and_not_their_folders(gen, mask, tmp_path):
    """A table of differences goes to others."""
    other = tmp_path / "other.png"
    Image.new("L", (200, 100), 0).save(other)
    jobs = [gen.submit(EDIT, mask_url=path) for path in (mask, other)]

    rows = differing(entries(jobs))

    assert [name.partition("-")[2] for name in rows["mask url"]] == ["mask.png", "other.png"]


def test_takes_of_different_files_are_not_voted_on(gen, mask, tmp_path):
    """Their inputs differ, so a vote would say nothing of the providers."""
    other = tmp_path / "other.png"
    Image.new("L", (200, 100), 0).save(other)
    jobs = [gen.submit(EDIT, mask_url=path) for path in (mask, other)]
    vote = Vote("looks", "a", "b", "left", left_job=jobs[0].id, right_job=jobs[1].id)

    with pytest.raises(InvalidParams, match="differ in inputs"):
        add_vote(vote, gen)


def test_a_studio_offers_a_field_for_its_files_and_sends_them(show, spec, mask, emulator):
    """The form follows the kind; a picture from the page is a file as any other."""
    fields = {field["name"]: field["kind"] for field in form(spec, {})["fields"]}
    page, data = show(), mask.read_bytes()

    kept = page.ask(
        "upload",
        upload="u",
        field=fields["maskUrl"],
        name="m.png",
        size=len(data),
        offset=0,
        data=data,
    )["value"]["path"]
    page.make_take(**EDIT, maskUrl=kept)

    assert emulator.jobs[0].input["mask_url"].startswith("http")


def test_a_job_whose_provider_file_is_gone_still_has_its_contracts_files(gen, mask):
    """The parameters that the contract names hold media for every provider."""
    params: dict[str, Any] = {"provider": "gone-1", "mode": "image-to-video"}

    found = gen.catalog.local_files(VideoGenParams(**params, start_image_url=str(mask)))

    assert found == (mask,)

"""A provider is made of a service's schema: what it says is offered, and nothing else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings, strategies as st

from rushes.backends.runway import RunwayBackend
from rushes.catalog import Catalog
from rushes.catalog.importing import (
    Price,
    Unusable,
    changes,
    draft_of,
    read_fal,
    read_runway,
    written,
)
from rushes.catalog.importing.duration import longest_steps
from rushes.catalog.importing.runway import RUNWAY
from rushes.catalog.source import read_text
from support.imported import (
    FAL_BACKEND,
    PROMPT,
    TODAY,
    fal,
    fal_document,
    inputs,
    one,
    requests_of,
    runway_document,
    sent,
)
from support.schemas import Draft202012Validator

RUNWAY_BACKEND = RunwayBackend("key_1")

LEFT_OUT = {
    "mirelo_sfx_2_0": "it makes a sound",
}
"""The models of Runway that cannot be used without an edit, and why."""


@pytest.mark.parametrize("model", inputs("fal"))
def test_what_is_made_of_a_schema_sends_what_the_schema_allows(model):
    """The shortest request and one with everything, through the written file."""
    schema = inputs("fal")[model]
    draft = fal(schema, model)
    spec = read_text(written(draft.data, ["made in a test"]))
    catalog = Catalog([spec])

    assert {*draft.understood, *draft.left_out} >= {*schema["properties"]}
    for request in requests_of(spec, spec.modes[0], "fal"):
        body = FAL_BACKEND.translate(catalog.read(request, backend="fal"), spec, {})["input"]
        found = Draft202012Validator(schema).iter_errors(json.loads(json.dumps(body)))
        assert [f"{error.json_path}: {error.message}" for error in found] == []


@pytest.mark.parametrize(
    "model", sorted({name.partition("/")[2] for name in inputs("runway")} - LEFT_OUT.keys())
)
def test_a_model_of_runway_has_a_mode_for_each_of_its_routes(model):
    """Each sends what its own schema allows."""
    endpoints = read_runway(model, runway_document(inputs("runway")))
    draft = draft_of(endpoints, RUNWAY, name="dream", model="acme/dream", price=None, today=TODAY)
    spec = read_text(written(draft.data, []))
    catalog = Catalog([spec])

    for mode, name in spec.backends["runway"].models.items():
        for request in requests_of(spec, mode, "runway"):
            params = catalog.read(request, backend="runway")
            body = RUNWAY_BACKEND.translate(params, spec, {})["body"]
            found = Draft202012Validator(inputs("runway")[name]).iter_errors(
                json.loads(json.dumps(body))
            )
            assert [f"{error.json_path}: {error.message}" for error in found] == []


@pytest.mark.parametrize(
    ("schema", "length", "asked", "goes"),
    [
        ({"type": "string", "enum": ["4s", "6s", "8s"], "default": "8s"}, (4, 8, 2, 8), 6, "6s"),
        ({"type": "string", "enum": ["5", "10", "auto"]}, (5, 10, 5, 5), 10, "10"),
        ({"type": "integer", "enum": [5, 8, 10], "default": 5}, (5, 8, 3, 5), 8, 8),
        ({"type": "integer", "minimum": 3, "maximum": 15, "default": 5}, (3, 15, None, 5), 4, 4),
        ({"anyOf": [{"type": "integer", "minimum": 2, "maximum": 30}, {"type": "null"}]},
         (2, 30, None, 5), 30, 30),
        ({"const": "8s", "type": "string", "default": "8s"}, (8, 8, None, 8), 8, "8s"),
        ({"enum": [2, 4, "auto"], "default": "auto"}, (2, 4, 2, 4), 4, 4),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 9.5}, (1, 9, None, 5), 9, 9),
    ],
)  # fmt: skip
def test_lengths_are_whole_seconds_in_the_words_of_the_service(schema, length, asked, goes):
    """Whatever way a service writes them; what is not one of them is not offered."""
    draft = one("duration", **schema)
    found = draft.spec.parameters["duration_seconds"]

    assert (found.min, found.max, found.step, found.default) == length
    assert sent(draft, duration_seconds=asked)["duration"] == goes


def test_the_longest_even_sequence_keeps_the_default():
    """Seconds that are left out are the fewest that can be."""
    assert longest_steps([4, 6, 8, 15], None) == [4, 6, 8]
    assert longest_steps([1, 2, 3, 10], 10) in ([1, 10], [2, 10], [3, 10])


@pytest.mark.parametrize(
    ("name", "schema", "why"),
    [
        ("elements", {"type": "array", "items": {"type": "object"}}, "list of objects"),
        ("controls", {"type": "object", "properties": {"pose": {"type": "object"}}}, "object"),
        ("hf_token", {"type": "string"}, "secret"),
        ("webhook_url", {"type": "string"}, "would call"),
        ("anything", {}, "does not say"),
        ("weights", {"type": "array", "items": {"type": "number"}}, "not known to be files"),
        ("lora_url", {"type": "string"}, "address"),
        ("sync_mode", {"type": "boolean"}, "file itself"),
    ],
)
def test_what_is_not_understood_is_left_out_and_said(name, schema, why):
    """It is in no request, and in the report."""
    draft = one(name, **schema)

    assert why in draft.left_out[name]
    assert set(draft.spec.parameters) == {"duration_seconds"}


def test_a_field_that_is_required_and_not_understood_stops_the_import():
    """Nothing is guessed into a request that is paid."""
    schema = {"type": "object", "properties": {"pose": {"type": "object"}}, "required": ["pose"]}
    with pytest.raises(Unusable, match="requires pose"):
        fal(schema)


def test_its_default_is_sent_where_it_has_one():
    """Of a field that is required and not offered."""
    field = {"type": "boolean", "default": False}
    schema = {"properties": PROMPT | {"sync_mode": field}, "required": ["prompt", "sync_mode"]}

    assert sent(fal(schema))["sync_mode"] is False


def test_an_imported_price_is_never_exact():
    """Its source says where it is from, and every request has a note."""
    draft = fal({"properties": PROMPT | {"duration": {"type": "integer", "enum": [5, 10]}}},
                price=Price(0.05, "seconds", "USD", "fal's list of prices"))  # fmt: skip
    params = Catalog([draft.spec]).read(
        {"provider": "dream", "mode": "text-to-video", "prompt": "A red fox"}
    )
    cost = draft.spec.estimate(params, "fal")

    assert cost is not None
    assert (cost.amount, cost.date) == (0.25, "2026-11-28")
    assert "not checked" in cost.source
    assert any("price" in note for note in Catalog([draft.spec]).notes(params, "fal"))


@pytest.mark.parametrize("unit", ["1000 tokens", "megapixels", "cents", ""])
def test_a_price_in_another_unit_makes_no_estimate(unit):
    """A figure that may be wrong a hundredfold is worse than none."""
    draft = fal({"properties": PROMPT | {"duration": {"type": "integer"}}},
                price=Price(0.01, unit, "USD", "fal"))  # fmt: skip

    assert draft.spec.backends["fal"].prices == ()
    assert any("no estimate" in sentence for sentence in draft.check)


def test_a_text_of_a_service_acts_on_nothing():
    """Control characters, line ends and markup stay text, and a long one is cut."""
    hostile = 'a\x1b[31m"""\n[backends.fal]\nkey = "x"  # <b>\u202e' + "x" * 5_000
    draft = one("style", type="string", description=hostile, enum=["a", "b\n[c]", "d" * 300])
    spec = read_text(written(draft.data, [hostile]))

    assert spec.parameters["style"].choices == ("a",)
    shown = spec.parameters["style"].help or ""
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown) <= 200
    assert set(spec.backends["fal"].model_dump(exclude_defaults=True)) <= {
        "models", "omits", "unverified",
    }  # fmt: skip


def test_a_document_without_an_end_is_read():
    """References in a circle lead nowhere."""
    document = fal_document("acme/dream", {"properties": {"prompt": {"$ref": "#/x"}}})
    document["x"] = {"$ref": "#/x"}
    endpoint = read_fal("acme/dream", document)

    assert [each.type for each in endpoint.fields] == ["unknown"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "enum", "default", "anyOf", "items", "properties", "minimum", "maximum",
                 "const", "description", "x-fal", "ui", "required", "$ref", "examples"]
            ) | st.text(max_size=5),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(schema=JSON, name=st.sampled_from(["duration", "aspect_ratio", "seed", "x", "image_url"]))
def test_any_document_becomes_a_sound_file_or_an_error_of_ours(schema, name):
    """Whatever stands in it."""
    try:
        draft = fal({"properties": {"prompt": {"type": "string"}, name: schema}})
    except Unusable:
        return
    assert read_text(written(draft.data, [])) == draft.spec


@pytest.mark.parametrize(
    ("service", "count", "most"),
    [("fal", len(inputs("fal")), 0), ("runway", len(inputs("runway")), len(LEFT_OUT))],
)
def test_nine_of_ten_kept_schemas_can_be_used_without_an_edit(service, count, most):
    """The page that says so is right."""
    refused = 0
    for model, schema in inputs(service).items():
        try:
            if service == "fal":
                fal(schema, model)
            else:
                name = model.partition("/")[2]
                endpoints = read_runway(name, runway_document({model: schema}))
                draft_of(endpoints, RUNWAY, name="d", model=name, price=None, today=TODAY)
        except Unusable:
            refused += 1
    assert count >= 10 * most
    assert refused == most


VIDEOS = {
    "fal-ai/kling-video/o3/pro/video-to-video/edit": "video_url",
    "fal-ai/pixverse/v6/extend": "video_url",
    "fal-ai/sync-lipsync/v3": "video_url",
    "fal-ai/topaz/upscale/video": "video_url",
    "video_to_hdr/ruby": "videoUri",
    "video_to_video/aleph2": "videoUri",
    "video_to_video/klingO3_pro": "promptVideo",
    "video_to_video/seedance2_5": "promptVideo",
    "video_upscale/enhance_frame_rate": "videoUri",
}
"""By model, the service's name for the video that it works on."""


@pytest.mark.parametrize(("model", "field"), VIDEOS.items())
def test_a_given_video_has_one_name_here_and_goes_out_in_the_services(model, field):
    """Through the written file, so that a take can be given to every model in the same way."""
    address = "https://media.example/take.mp4"
    if model in inputs("fal"):
        draft, backend = fal(inputs("fal")[model], model), FAL_BACKEND
    else:
        name = model.partition("/")[2]
        endpoints = read_runway(name, runway_document({model: inputs("runway")[model]}))
        draft = draft_of(endpoints, RUNWAY, name="dream", model=name, price=None, today=TODAY)
        backend = RUNWAY_BACKEND
    spec = read_text(written(draft.data, []))
    (mode,) = spec.modes
    least, *_ = requests_of(spec, mode, backend.name)

    params = Catalog([spec]).read(least | {"video_url": address}, backend=backend.name)
    sent = backend.translate(params, spec, {})
    body = sent.get("input", sent.get("body"))

    assert spec.parameters["video_url"].kind == "video"
    assert spec.parameters["video_url"].required == (mode,)
    assert spec.backends[backend.name].fields.get("video_url", "video_url") == field
    assert body[field] == address
    assert "video_url" in body if field == "video_url" else "video_url" not in body


def test_a_changed_field_is_named_with_before_and_now():
    """Also those that are new, and those that are gone."""
    before = one("style", type="string", enum=["a", "b"]).data["origin"]["fields"]
    now = one("tone", type="boolean").data["origin"]["fields"]
    model = "acme/dream/text-to-video"

    found = [str(each) for each in changes(before[model], now[model])]

    assert found == ["tone is new: boolean", "style is gone; it was: text; one of a, b"]

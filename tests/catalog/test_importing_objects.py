"""Objects of a service's schema become parameters with fields, where each form of them is clear."""

from __future__ import annotations

from typing import Any

import pytest

from rushes.catalog.importing import Draft, changes, draft_of, read_runway, written
from rushes.catalog.importing.runway import RUNWAY
from rushes.catalog.source import read_text
from support.imported import TODAY, one, requests_of, runway_document, sent
from support.schemas import Draft202012Validator


def runway(field: str, schema: Any) -> Draft:
    """The provider of a model at Runway with a prompt and one more field."""
    properties = {
        "model": {"const": "dream"}, "promptText": {"type": "string"}, field: schema
    }  # fmt: skip
    document = runway_document({"text_to_video/dream": {"properties": properties}})
    endpoints = read_runway("dream", document)
    return draft_of(endpoints, RUNWAY, name="dream", model="dream", price=None, today=TODAY)


def text(**more: Any) -> dict[str, Any]:
    """The schema of a text."""
    return {"type": "string", **more}


def of(required: str = "", **properties: Any) -> dict[str, Any]:
    """The schema of an object with these fields."""
    return {"type": "object", "properties": properties, "required": required.split()}


@pytest.mark.parametrize(
    ("schema", "fields", "needed", "one_of"),
    [
        (of("label", label=text(), image_url=text()), ["label", "image_url"], ["label"], []),
        (of("label", label=text(default="x")), ["label"], [], []),
        # What only one of the forms needs excludes what only the other one needs.
        ({"oneOf": [of("image_url second", image_url=text(), second=text()),
                    of("image_url part", image_url=text(), part=text())]},
         ["second", "part", "image_url"], ["image_url"], [["second", "part"]]),
        # A word that says which form it is: not to be given, as the other field says it.
        ({"anyOf": [of("type text", type={"const": "word"}, text=text()),
                    of("type image_url", type={"const": "picture"}, image_url=text())]},
         ["text", "image_url"], [], [["text", "image_url"]]),
        ({"anyOf": [of("type text", type={"enum": ["loud"]}, text=text()),
                    of("type text", type={"enum": ["quiet"]}, text=text(maxLength=3))]},
         ["loud", "quiet"], [], [["loud", "quiet"]]),
        ({"anyOf": [of("text", type={"const": "word", "default": "word"}, text=text()),
                    of("second", type={"const": "time", "default": "time"}, second=text())]},
         ["text", "second"], [], [["text", "second"]]),
        # Forms that differ in a word alone.
        ({"anyOf": [of("type text", type={"const": "a"}, text=text()),
                    of("type text", type={"const": "b"}, text=text())]},
         ["type", "text"], ["type", "text"], []),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_list", [False, True])
def test_an_object_has_fields_and_its_forms_exclude_each_other(
    schema, fields, needed, one_of, is_list
):
    """Each field in the service's words, and every object is one of those that it allows."""
    whole = {"type": "array", "items": schema, "maxItems": 3} if is_list else schema
    draft = one("things", **whole)
    spec = read_text(written(draft.data, []))
    found = spec.parameters["things"]

    assert found.kind == ("objects" if is_list else "object")
    assert [*found.fields] == fields
    assert ([*found.needed], [[*group] for group in found.one_of]) == (needed, one_of)
    for request in [*requests_of(spec, "text-to-video", "fal")][1:]:
        goes = sent(draft, things=request["things"])["things"]
        assert [*Draft202012Validator(whole).iter_errors(goes)] == []


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        # A part that each object needs and that is not understood.
        (of("pose", label=text(), pose={"type": "object"}), "of its pose: it is an object"),
        (of("token", label=text(), token=text()), "it is for a secret"),
        (of("unnamed", label=text()), "of its unnamed: its schema does not say"),
        (of("a-b", label=text(), **{"a-b": text()}), "of its a-b: its schema does not say"),
        (of("_", label=text(), _=text()), "no name can be made for"),
        # Forms that differ in more than one field, or in none.
        ({"anyOf": [of("a", a=text(), b=text()), of("c", c=text())]}, "more than a field"),
        ({"anyOf": [of(a=text()), of(b=text())]}, "more than a field"),
        ({"anyOf": [of("a", a=text()), of("a", a={"type": "integer"})]}, "more than a field"),
        ({"anyOf": [of(f"a{n}", **{f"a{n}": text()}) for n in range(20)]}, "it is an object"),
    ],
)
def test_an_object_of_which_too_little_is_understood_is_left_out(schema, why):
    """With the reason; nothing of it is in the file."""
    draft = one("things", **schema)

    assert why in draft.left_out["things"]
    assert set(draft.spec.parameters) == {"duration_seconds"}
    assert draft.check == one("anything").check


def test_what_an_object_can_be_without_is_left_out_of_it():
    """And said, by the object and its field."""
    schema = of("label", label=text(), pose=of(x=text()), api_key=text(), at=text(), At=text())
    draft = one("things", **schema)

    assert [*draft.spec.parameters["things"].fields] == ["label", "at", "own_at"]
    assert draft.left_out["things.pose"] == "it is an object in another one"
    assert "secret" in draft.left_out["things.api_key"]


@pytest.mark.parametrize("length", ["duration", "seconds"])
def test_shots_are_left_out(length):
    """Their lengths together would be that of the video, which an estimate is for."""
    shot = of("prompt", prompt=text(), **{length: {"type": "integer"}})
    draft = one("multi_prompt", type="array", items=shot)

    assert "list of shots" in draft.left_out["multi_prompt"]


@pytest.mark.parametrize(
    ("field", "schema", "medium"),
    [
        ("thing", of("uri", uri=text(description="A URL of an encoded video.")), "video"),
        ("thing", of("type uri", type={"const": "audio"}, uri=text()), "audio"),
        ("keyframes", {"type": "array", "items": of("uri", uri=text())}, "image"),
    ],
)
def test_an_address_in_an_object_of_runway_is_a_file(field, schema, medium):
    """By its description, a word beside it, or the name of the object."""
    parameter = runway(field, schema).spec.parameters[field]

    assert {name: each.kind for name, each in parameter.fields.items()} == {medium: medium}


def test_an_address_of_an_unknown_medium_is_left_out():
    """It may be that of anything."""
    assert "address" in runway("thing", of("uri", uri=text())).left_out["thing"]


def test_an_object_that_modes_describe_differently_is_of_the_first():
    """The others are without it, and that is said."""
    variants = {
        f"{route}/dream": of("model", model={"const": "dream"}, look=of(tone=schema))
        for route, schema in (("text_to_video", text()), ("video_upscale", {"type": "boolean"}))
    }
    endpoints = read_runway("dream", runway_document(variants))
    draft = draft_of(endpoints, RUNWAY, name="dream", model="dream", price=None, today=TODAY)

    assert draft.spec.parameters["look"].modes == ("text-to-video",)
    assert "differs" in draft.left_out["look of upscale"]


def test_a_change_in_an_object_is_noticed():
    """Also one of a field in it."""
    before = one("style", **of(tone=text())).data["origin"]["fields"]
    now = one("style", **of(tone=text(), pace=text())).data["origin"]["fields"]
    model = "acme/dream/text-to-video"

    (found,) = changes(before[model], now[model])
    assert "pace" in str(found)

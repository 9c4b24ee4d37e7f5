"""Properties of every request that the catalog allows, and of every one that it does not."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import pytest
from hypothesis import given, strategies as st

from rushes.catalog import Catalog, ProviderSpec, form
from rushes.contract.errors import InvalidParams
from rushes.contract.params import VideoGenParams
from support.catalog_strategies import anything, camel_case, requests

CATALOG = Catalog.load()

valid = st.sampled_from(list(CATALOG.values())).flatmap(requests)

NAMES = [*VideoGenParams.model_fields, "loop", "aspectRatio", "multiPrompt"]

hostile = st.dictionaries(st.sampled_from(NAMES) | st.text(), anything, max_size=8) | st.builds(
    lambda request, name, value: request | {name: value},
    valid,
    st.sampled_from(NAMES) | st.text(),
    anything,
)


LINES = (
    resources.files("rushes.catalog")
    .joinpath("providers/kling-3.0-standard.toml")
    .read_text(encoding="utf-8")
    .splitlines()
)

toml_values = st.sampled_from(
    ["0", "-1", "nan", "inf", "1e400", "''", "'x'", "[]", "{}", "[1]", "true", "2026-01-01", "'5'"]
)

files = st.text(st.characters(codec="utf-8")) | st.builds(
    lambda number, value: "\n".join(
        [*LINES[:number], f"{LINES[number].partition('=')[0]} = {value}", *LINES[number + 1 :]]
    ),
    st.integers(0, len(LINES) - 1),
    toml_values,
)
"""Any text, and a good file one line of which is replaced."""


class Rude:
    """An object of a caller that cannot even be shown."""

    def __repr__(self) -> str:
        message = "no"
        raise RuntimeError(message)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@given(valid)
def test_every_valid_request_survives_json(request: dict[str, Any]) -> None:
    """Reading what was written gives the same request."""
    params = CATALOG.read(request)
    assert CATALOG.read(json.loads(json.dumps(params.to_json()))) == params


@given(valid)
def test_camel_case_and_snake_case_mean_the_same(request: dict[str, Any]) -> None:
    """The contract's spelling and Python's are read alike."""
    assert CATALOG.read(camel_case(request)) == CATALOG.read(request)


UNPRICED = {
    (provider, "runway")
    for provider in (
        "kling-3.0-standard",
        "kling-3.0-pro",
        "kling-3.0-4k",
        "kling-o3-standard",
        "kling-o3-pro",
        "kling-o3-4k",
    )
} | {("wan-2.7", "edit"), ("act-two", "runway"), ("ray-3.2", "keyframes-to-video")}
"""What has no public price: providers at a backend, or in a mode."""


@given(valid)
def test_every_valid_request_has_a_length_a_price_and_a_time(request: dict[str, Any]) -> None:
    """The files are complete: whatever they allow can be estimated, where prices are public."""
    params = CATALOG.read(request)
    spec = CATALOG[params.provider]
    assert spec.longest_of(params) > 0
    assert all(
        (
            spec.estimate(params, backend)
            or UNPRICED & {(spec.id, backend), (spec.id, params.mode)}
            or backend == "gateway"
        )
        and spec.typical_seconds(params, backend)
        for backend in spec.backends
    )


@given(hostile, st.sampled_from([None, "fal", "preview", "nowhere"]))
def test_anything_else_is_refused_as_invalid(data: dict[str, Any], backend: str | None) -> None:
    """Whatever is given, the gate either reads it or raises its own error."""
    try:
        params = CATALOG.read(data, backend=backend)
    except InvalidParams as error:
        assert error.problems  # noqa: PT017 - either outcome is fine, no other exception is
    else:
        assert params.provider in CATALOG


@pytest.mark.parametrize("provider", list(CATALOG))
def test_a_provider_survives_json(provider: str) -> None:
    """A provider can be announced by another machine, not only by a file."""
    text = CATALOG[provider].model_dump_json()
    assert ProviderSpec.model_validate(json.loads(text)) == CATALOG[provider]


@given(text=files)
@pytest.mark.slow
def test_whatever_stands_in_a_file_the_catalog_loads(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """A file is a provider, with a form, or it is broken; it is never an exception."""
    folder = tmp_path_factory.mktemp("providers")
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    catalog = Catalog.load(folder)
    assert all(json.dumps(form(spec, {}), allow_nan=False) for spec in catalog.values())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param([1], id="list"),
        pytest.param("provider", id="text"),
        pytest.param({1: 2, None: 3}, id="keys-that-are-no-texts"),
        pytest.param({"provider": 10**5000}, id="huge-number"),
        pytest.param({"prompt": nested(100_000)}, id="deep-list"),
        pytest.param({"loop": Rude(), "seed": Rude()}, id="rude-object"),
        pytest.param({"\ud800": "\ud800", "a.b[c": 1, "x" * 100_000: 1}, id="odd-names"),
        pytest.param({"multi_prompt": [{"prompt": "x", "what": 1}]}, id="unknown-key-of-a-shot"),
    ],
)
def test_hostile_data_are_refused_as_invalid(data: Any) -> None:
    """Nothing that a caller can build breaks the gate or its message."""
    with pytest.raises(InvalidParams) as caught:
        CATALOG.read(data)
    assert len(str(caught.value)) < 10_000

"""What Tab and Shift+Tab show in a notebook."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def _client(kernel) -> None:
    kernel.run(
        "import rushes\n"
        "gen = rushes.VideoGen(backend='preview')\n"
        "job = gen.submit(provider='kling-3.0-standard', prompt='A fox', duration_seconds=3)\n"
        "res = job.result()"
    )


@pytest.mark.parametrize("method", ["submit", "generate", "generate_sync", "plan", "estimate"])
def test_parameters_complete(kernel, method):
    """With their Python names, as every example writes them."""
    assert kernel.completions(f"gen.{method}(du") == ["duration_seconds="]
    assert {"provider=", "prompt="} <= set(kernel.completions(f"await gen.{method}(pro"))


@pytest.mark.parametrize("model", ["VideoGenParams", "Shot"])
def test_a_request_object_completes_with_python_names(kernel, model):
    """As they are written in every example."""
    assert kernel.completions(f"rushes.{model}(du") == ["duration_seconds="]


def test_a_parameter_completes_behind_others(kernel):
    """Where one is in the middle of a call."""
    code = "gen.submit(provider='seedance-2.0', prompt='x', neg"

    assert kernel.completions(code) == ["negative_prompt="]


@pytest.mark.parametrize("method", ["submit", "generate", "plan", "estimate"])
def test_help_names_what_each_parameter_takes(kernel, method):
    """By provider, out of the catalog, as long as few differ."""
    shown = kernel.help(f"gen.{method}")

    assert "duration_seconds: 'int | None' = unset" in shown
    words = " ".join(shown.split())
    assert "length of the video in whole seconds. ``print(gen.catalog[provider])`` shows" in words
    said = "camera_fixed: seedance-2.0, seedance-2.0-fast, seedance-2.0-mini: Whether the camera"
    assert said in words


@pytest.mark.parametrize(
    ("name", "offered", "hidden"),
    [
        ("rushes", {"VideoGen", "Studio", "compare", "providers"}, {"annotations", "cache"}),
        ("gen", {"submit", "generate", "plan", "estimate", "jobs", "close"}, {"engine", "record"}),
        ("job", {"result", "cancel", "state", "progress", "resubmit"}, {"engine"}),
        ("res", {"path", "seed", "cost", "to_json"}, {"model_dump", "from_orm", "copy", "json"}),
        ("res.cost", {"amount", "currency"}, {"model_dump", "parse_raw"}),
        ("gen.plan(job.params)", {"cost", "notes", "backend"}, set()),
    ],
)
def test_a_name_completes_to_what_users_use(kernel, name, offered, hidden):
    """And not to what the libraries and the widgets below need."""
    kernel.run(f"it = {name}")
    shown = {match.rpartition(".")[2] for match in kernel.completions("it.")}

    assert offered <= shown
    assert not hidden & shown

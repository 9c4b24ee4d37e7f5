"""The example in the documentation is a provider that works."""

from __future__ import annotations

import re
from pathlib import Path

from rushes.catalog import Catalog
from support.models_page import PAGE, page

GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "adding-a-provider.md"


def test_the_documented_provider_loads(tmp_path):
    """A user who copies the example gets a provider with its own parameter."""
    example, objects = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    tables = objects.replace("runway", "fal").replace("[backends.fal.fields]", "")
    parameters, _, names = tables.partition('"keyframes.image"')
    names = f'"keyframes.image"{names}'
    whole = example.replace("[backends.fal.fields]", f"[backends.fal.fields]\n{names}")
    (tmp_path / "dream-1.toml").write_text(f"{whole}\n{parameters}")

    catalog = Catalog.load(tmp_path)

    assert catalog.broken == ()
    request = {"provider": "dream-1", "mode": "text-to-video", "prompt": "x", "loop": True}
    params = catalog.read(request, backend="fal")
    assert catalog["dream-1"].estimate(params, "fal").amount == 0.5


def test_the_page_of_the_models_is_what_their_files_say():
    """It has every packaged model, with its ranges and prices."""
    assert PAGE.read_text(encoding="utf-8") == page(), (
        "the models have changed: PYTHONPATH=src:tests python -m support.models_page"
    )

"""The catalog as a mapping, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rushes.catalog import Catalog


def test_the_catalog_does_not_change(catalog: Catalog) -> None:
    """Providers come from files, not from assignments."""
    with pytest.raises(TypeError, match="does not support item assignment"):
        catalog.providers["mine"] = catalog["seedance-2.0"]  # type: ignore[index]


def test_the_catalog_is_a_mapping_of_its_providers(catalog: Catalog) -> None:
    """It can be used where its `providers` can."""
    assert dict(catalog) == dict(catalog.providers)


@pytest.mark.parametrize("module", ["ipywidgets", "httpx", "av"])
def test_the_catalog_needs_no_heavy_module(module: str) -> None:
    """Files and rules cost neither the network nor the notebook."""
    code = f"import sys, rushes.catalog; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

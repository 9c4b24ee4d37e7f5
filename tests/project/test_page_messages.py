"""The page's types are those of the kernel."""

from __future__ import annotations

import importlib.util
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "page_messages.py"


def test_the_page_has_the_messages_of_the_kernel() -> None:
    """`python scripts/page_messages.py` writes the files anew."""
    spec = importlib.util.spec_from_file_location("page_messages", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    found = {path.name: path.read_text("utf-8") for path in module.TARGET.iterdir()}
    assert found == module.typescript()

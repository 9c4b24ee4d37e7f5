"""Writes docs/reference/gateway.openapi.yaml, as the gateway's application describes its routes.

Run it as `python scripts/openapi.py`.
"""

from __future__ import annotations

from pathlib import Path

import yaml  # type: ignore[import-untyped]

from rushes.gateway.app import create_app
from rushes.gateway.settings import Settings

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "gateway.openapi.yaml"

HEAD = "# Written by scripts/openapi.py from the application in src/rushes/gateway; change that.\n"


def text() -> str:
    """The description as YAML."""
    nowhere = Path("unused")
    app = create_app(Settings(home=nowhere, config=nowhere, media=nowhere))
    written = yaml.safe_dump(app.openapi(), sort_keys=False, allow_unicode=True, width=100)
    return f"{HEAD}{written}"


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
    print(f"Wrote {TARGET}")

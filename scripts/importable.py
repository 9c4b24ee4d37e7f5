"""How many schemas of services become a provider that can be used without an edit.

``python scripts/importable.py FOLDER`` reads ``FOLDER/fal/*.json``, the documents that fal serves,
and ``FOLDER/runway/<model>.<route>.json``, the inputs of Runway's models, and prints a table.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rushes.catalog.importing import Unusable, draft_of, read_fal, read_runway, written
from rushes.catalog.importing.fal import FAL
from rushes.catalog.importing.runway import RUNWAY
from rushes.catalog.source import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rushes.catalog.importing import Dialect, Endpoint

TODAY = dt.datetime.now(dt.UTC).date()


def from_fal(folder: Path) -> Iterator[tuple[str, Any]]:
    """By id, the document of each model."""
    for path in sorted(folder.glob("[!_]*.json")):
        document = json.loads(path.read_text("utf-8"))
        if "models" in document:  # As the list of models has it.
            (listed,) = document["models"]
            yield listed["endpoint_id"], listed["openapi"]
        else:
            yield document["info"]["x-fal-metadata"]["endpointId"], document


def from_runway(folder: Path) -> Iterator[tuple[str, Any]]:
    """By id, the document of each model, with one of its routes."""
    for path in sorted(folder.glob("*.json")):
        model, _, route = path.stem.rpartition(".")
        schema = json.loads(path.read_text("utf-8"))
        content = {"application/json": {"schema": schema}}
        post = {"requestBody": {"content": content}}
        yield (
            model,
            {"paths": {f"/v1/{route}": {"post": post}}, "$defs": schema.get("$defs", {})},
        )


def make(endpoints: tuple[Endpoint, ...], dialect: Dialect, model: str) -> None:
    """Make the provider of a model, and read its file.

    Raises:
        Unusable: when that cannot be.
    """
    draft = draft_of(endpoints, dialect, name="model", model=model, price=None, today=TODAY)
    read_text(written(draft.data, []))


def main() -> None:
    """Print a line for each service, and why the others are not usable."""
    folder = Path(sys.argv[1])
    for dialect, documents in (
        (FAL, from_fal(folder / "fal")),
        (RUNWAY, from_runway(folder / "runway")),
    ):
        count, why = 0, []
        for model, document in documents:
            count += 1
            try:
                found = (
                    (read_fal(model, document),) if dialect is FAL else read_runway(model, document)
                )
                make(found, dialect, model)
            except Unusable as error:
                why.append(f"{model}: {error.message}")
        print(f"{dialect.service}: {count - len(why)} of {count} usable")
        for line in why:
            print(f"  {line}")


if __name__ == "__main__":
    main()

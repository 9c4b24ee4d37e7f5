"""Calls that nobody thought of, made from the description, as two people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("schemathesis")

import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from gateway.serving import Served
from rushes.gateway.app import create_app
from rushes.gateway.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("fuzzed")
    settings = Settings(
        home=folder / "gateway",
        config=folder / "config",
        media=folder / "media",
        port=0,
        backend="preview",
    )
    with Served(settings) as gateway:
        yield gateway


CHECKS = [
    not_a_server_error,
    checks.response_schema_conformance,
    checks.status_code_conformance,
    checks.negative_data_rejection,
    checks.ignored_auth,
]

NOWHERE = Path("unused")

schema = schemathesis.openapi.from_dict(
    create_app(Settings(home=NOWHERE, config=NOWHERE, media=NOWHERE)).openapi()
).exclude(operation_id="events")
"""All operations but the stream, whose reply does not end."""


@schema.parametrize()
@hypothesis.settings(
    max_examples=10,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
    suppress_health_check=list(hypothesis.HealthCheck),
)
def test_no_call_breaks_the_gateway(case: Any, served: Served) -> None:
    """No server error, no reply that is not described, nothing without a token; as two people."""
    for person in ("ada", "bob"):
        headers = {"Authorization": f"Bearer {TOKENS.setdefault(person, served.token(person))}"}
        case.call_and_validate(base_url=served.url, headers=headers, checks=CHECKS)


TOKENS: dict[str, str] = {}

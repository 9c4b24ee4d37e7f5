"""Which services run which providers here, and how the providers are announced."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from rushes.backends.preview import PreviewBackend
from rushes.contract.errors import NoBackend
from rushes.contract.wording import listed
from rushes.io.place import Place

if TYPE_CHECKING:
    from rushes.catalog import Offer, ProviderSpec
    from rushes.engine import Engine

PREVIEW = "preview"

NEVER = {"gateway"}
"""A gateway does not use another one."""

KEPT = {
    *("refuses", "ignores", "urls_only", "prompt_limit", "prompt_unit", "exclusive"),
    *("unverified", "prices", "typical"),
}
"""What a service's offer has that holds for jobs through the gateway, too. The rest says
how the service is spoken to, which is the gateway's business."""


class Serving:
    """The services of a gateway.

    Args:
        engine: has the services and the catalog.
        wanted: the only service to use; None for all that are configured, and for the preview
            where none is.

    Attributes:
        names: the services, as the catalog prefers them.

    Raises:
        NoBackend: when the service that is wanted is not installed or not configured.
    """

    def __init__(self, engine: Engine, wanted: str | None = None) -> None:
        self._engine = engine
        if wanted is not None:
            engine.backends.get(wanted)
            if wanted in NEVER:
                msg = "A gateway cannot use a gateway; name the service itself."
                raise NoBackend(msg)
        usable = [
            name for name in engine.backends.usable() if name not in NEVER and name != PREVIEW
        ]
        self.names: tuple[str, ...] = (wanted,) if wanted else tuple(usable) or (PREVIEW,)
        preview = engine.backends.get(PREVIEW)
        if isinstance(preview, PreviewBackend):
            preview.reach = Place.WEB  # Callers must not reach the gateway's own network.

    @property
    def is_preview(self) -> bool:
        """Whether takes are only placeholders."""
        return self.names == (PREVIEW,)

    def choose(self, spec: ProviderSpec) -> str:
        """The service that runs a provider's jobs here.

        Raises:
            NoBackend: when none of the gateway's services does.
        """
        found = next((name for name in spec.backends if name in self.names), None)
        if found is None:
            msg = (
                f"This gateway does not run {spec.id}; it has {listed(self.names)}. "
                f"GET /v1/videogen/models lists what it runs."
            )
            raise NoBackend(msg)
        return found

    def announced(self) -> list[dict[str, Any]]:
        """The providers that run here, each as a provider file with an offer named "gateway"."""
        specs = self._engine.catalog.providers.values()
        return [
            announcement(spec, spec.backends[self.choose(spec)])
            for spec in specs
            if any(name in self.names for name in spec.backends)
        ]


def announcement(spec: ProviderSpec, offer: Offer) -> dict[str, Any]:
    """A provider as a client of the gateway reads it."""
    data = spec.model_dump(mode="json", exclude_defaults=True, exclude={"backends", "origin"})
    own = offer.model_dump(mode="json", exclude_defaults=True, include=KEPT)
    if named := {**offer.models, **offer.workflows}:
        own["models"] = dict.fromkeys(named, spec.id)
    return data | {"backends": {"gateway": own}}


def tag_of(announced: list[dict[str, Any]]) -> str:
    """What changes when the announcement does, as an ETag."""
    text = json.dumps(announced, sort_keys=True, separators=(",", ":"))
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'

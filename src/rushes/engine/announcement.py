"""Providers that a service announces at run time."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from rushes.catalog import ProviderSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rushes.catalog import Catalog

log = logging.getLogger("rushes")


def take_in(catalog: Catalog, name: str, announced: Iterable[Mapping[str, Any]]) -> None:
    """Add what a backend announces to the catalog.

    A provider that is known already keeps what its file says and gets the backend's offer; a
    description that cannot be read is logged and left out.
    """
    specs = []
    for data in announced:
        try:
            spec = ProviderSpec.model_validate(data)
            offer = spec.backends[name]
        except (ValidationError, KeyError) as error:
            said = str(error).splitlines()[0]
            log.warning("%s announces a provider that cannot be used: %s", name, said)
            continue
        known = catalog.providers.get(spec.id)
        if known is not None:
            own, last = dict(known.backends), known.backends.get("preview")
            own.pop("preview", None)
            own[name] = offer
            spec = known.model_copy(update={"backends": own | ({"preview": last} if last else {})})
        else:
            spec = spec.model_copy(update={"backends": {name: offer}})
        specs.append(spec)
    catalog.add(specs)

"""What services say about their models: the schema of each, and its price.

A schema needs no key. A price needs one at fal, and is left out without.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from rushes.backends.address import base_of
from rushes.backends.fal.backend import FalBackend
from rushes.backends.key import Variables
from rushes.backends.wire import NO_KEY, QUICK, Response, Wire
from rushes.catalog.importing import Price, Unusable, read_fal, read_runway
from rushes.catalog.importing.fal import FAL
from rushes.catalog.importing.runway import RUNWAY
from rushes.contract.errors import BackendUnavailable, RushesError
from rushes.contract.wording import listed, meant, shown
from rushes.io.site import Site

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import httpx

    from rushes.catalog.importing import Dialect, Endpoint

FAL_URL = "https://fal.ai"
RUNWAY_URL = "https://docs.dev.runwayml.com"

MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
LONGEST = 150
"""Characters of a model's id."""

NOT_FOUND = 404
TOO_MANY = 429


@dataclass(frozen=True)
class Described:
    """What a service says about a model.

    Attributes:
        dialect: its habits.
        endpoints: the addresses that take requests.
        price: the base price; None if it is not known.
        remark: why the price is not known, as a sentence.
    """

    dialect: Dialect
    endpoints: tuple[Endpoint, ...]
    price: Price | None = None
    remark: str = ""


class Describing(Protocol):
    """Asks a service about a model.

    Args:
        model: the service's id.
        client: sends the calls.
        environment: the variables that hold keys and addresses.
        home: the home folder.
        priced: whether to ask for the price as well.

    Raises:
        RushesError: what the service answered, or why nothing can be made of it.
    """

    async def __call__(
        self,
        model: str,
        client: httpx.AsyncClient,
        environment: Mapping[str, str],
        home: Path,
        *,
        priced: bool,
    ) -> Described:
        """What the service says."""


async def describe_fal(
    model: str,
    client: httpx.AsyncClient,
    environment: Mapping[str, str],
    home: Path,
    *,
    priced: bool,
) -> Described:
    """Ask fal; ``RUSHES_FAL_SITE_URL`` overrides its address."""
    base = _base(environment, "RUSHES_FAL_SITE_URL", FAL_URL)
    document = await _document(
        client, "fal", f"{base}/api/openapi/queue/openapi.json", model, {"endpoint_id": model}
    )
    endpoint = read_fal(model, document)
    price, remark = None, ""
    if priced:
        try:
            price = await _fal_price(model, client, environment, home)
        except RushesError as error:
            remark = f"fal did not state the price: {error.message}"
    return Described(FAL, (endpoint,), price, remark)


async def describe_runway(
    model: str,
    client: httpx.AsyncClient,
    environment: Mapping[str, str],
    home: Path,  # noqa: ARG001 - of all services
    *,
    priced: bool,
) -> Described:
    """Ask Runway, whose one document has all models; ``RUSHES_RUNWAY_DOCS_URL`` overrides it."""
    base = _base(environment, "RUSHES_RUNWAY_DOCS_URL", RUNWAY_URL)
    document = await _document(client, "runway", f"{base}/openapi.json", model, {})
    remark = "Runway states prices on its page only." if priced else ""
    return Described(RUNWAY, read_runway(model, document), None, remark)


SERVICES: Mapping[str, Describing] = {"fal": describe_fal, "runway": describe_runway}
"""By backend, how it is asked."""


def parsed(address: str) -> tuple[str, str]:
    """The service and the model of an address like ``fal:acme/dream/text-to-video``.

    Raises:
        Unusable: when it is not one.
    """
    service, colon, model = address.strip().partition(":")
    known = listed(SERVICES)
    if not colon:
        msg = (
            f"{shown(address)} does not say the service. Write it before the model, e.g. "
            f"fal:fal-ai/some/model; services that can be asked are {known}."
        )
        raise Unusable(msg)
    if service not in SERVICES:
        msg = (
            f"No schema can be read from {shown(service)}; services that can be asked are {known}."
        )
        raise Unusable(msg + meant(service, SERVICES))
    if len(model) > LONGEST or MODEL.fullmatch(model) is None or ".." in model:
        msg = (
            f"{shown(model)} is not the id of a model; it has letters, digits, '.', '-', '_' and "
            f"'/', e.g. fal-ai/some/model."
        )
        raise Unusable(msg)
    return service, model


async def _document(
    client: httpx.AsyncClient, service: str, url: str, model: str, params: Mapping[str, str]
) -> Mapping[str, object]:
    """A service's document, which is public."""
    wire = Wire(client, service, NO_KEY, QUICK, site=Site.of(url))
    response = await wire.ask("GET", url, auth=NO_KEY, params=params)
    if response.status == NOT_FOUND:
        msg = (
            f"{service} has no schema of {model}. Check the id on the service's model page; models "
            f"that only work live have none."
        )
        raise Unusable(msg)
    _require(response, service)
    if not response.body:
        msg = f"{service} answered about {model} with something that is not a schema."
        raise BackendUnavailable(msg, status=response.status)
    return response.body


def _require(response: Response, service: str) -> None:
    if response.is_success:
        return
    what = f"{service} answered {response.status}"
    if response.status == TOO_MANY:
        msg = f"{what}: too many questions at once. Wait a minute, and try again."
    elif not response.is_error:
        msg = f"{what}, which leads to another address that is not followed. Check the address."
    else:
        msg = f"{what} when it was asked about a model. Try again later."
    raise BackendUnavailable(msg, status=response.status)


async def _fal_price(
    model: str, client: httpx.AsyncClient, environment: Mapping[str, str], home: Path
) -> Price:
    """The base price of a model for the account of the key.

    Raises:
        RushesError: when there is no key, or no answer.
    """
    backend = FalBackend.from_environment(environment, home)
    backend.connect(client)
    said = await backend.price(model)
    if said is None:
        msg = "its list has no price of the model."
        raise BackendUnavailable(msg)
    return Price(*said, "fal's list of prices")


def _base(environment: Mapping[str, str], name: str, usual: str) -> str:
    return base_of(Variables(environment).text(name) or usual, name)

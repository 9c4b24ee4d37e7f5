"""Adds providers from the schemas of services to the user's folder, and checks them there."""

from __future__ import annotations

import datetime as dt
import os
from typing import TYPE_CHECKING

from rushes.catalog import BrokenFile, Catalog
from rushes.catalog.importing import Unusable, changes, draft_of, written
from rushes.catalog.importing.imported import Checked, Imported
from rushes.catalog.source import read_file
from rushes.contract.errors import JournalError, RushesError
from rushes.contract.wording import listed, meant, shown
from rushes.engine.provider_files import chosen_id, imported, require_free, write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    import httpx

    from rushes.catalog import ProviderSpec
    from rushes.io.folders import Folders

COMMENTS = (
    "Made by rushes from the schema that the service published; edit it as you like.",
    "Requests have what stands under `unverified` as notes; delete what you have checked.",
)


async def add(
    address: str,
    client: httpx.AsyncClient,
    folders: Folders,
    environment: Mapping[str, str] = os.environ,
    *,
    name: str | None = None,
    replace: bool = False,
) -> Imported:
    """Make a provider of a service's schema, or of a workflow, and write its file.

    Args:
        address: the service and its model, e.g. ``"fal:fal-ai/some/model"``, or a workflow of
            ComfyUI, e.g. ``"comfyui:workflow.json"``.
        client: sends the calls.
        folders: where the user's provider files are.
        environment: the variables with keys and addresses.
        name: the provider's id; None makes it of the model's.
        replace: whether a file of that provider is replaced.

    Raises:
        InvalidParams: when nothing can be made of it; nothing was written.
        BackendUnavailable: when the service did not answer.
        JournalError: when the file cannot be written.
    """
    from rushes.backends.schemas import SERVICES, parsed  # noqa: PLC0415 - brings a backend
    from rushes.engine.workflows import PREFIX, add_workflow  # noqa: PLC0415 - as above

    if address.strip().startswith(PREFIX):
        reference = address.strip().removeprefix(PREFIX)
        return await add_workflow(
            reference, client, folders, environment, name=name, replace=replace
        )
    service, model = parsed(address)
    catalog = Catalog.load(folders.providers)
    chosen = chosen_id(name, service, model, catalog)
    path = folders.providers / f"{chosen}.toml"
    if not replace:
        require_free(chosen, path, catalog)
    said = await SERVICES[service](model, client, environment, folders.home, priced=True)
    draft = draft_of(
        said.endpoints,
        said.dialect,
        name=chosen,
        model=model,
        price=said.price,
        remark=said.remark,
        today=dt.datetime.now(dt.UTC).date(),
    )
    remarks = [f"Check: {sentence}" for sentence in draft.check]
    text = written(draft.data, [f"{service}:{model}", *COMMENTS, *remarks])
    write(path, text.encode())
    return imported(path, draft)


async def check(
    client: httpx.AsyncClient,
    folders: Folders,
    environment: Mapping[str, str] = os.environ,
    *,
    names: tuple[str, ...] = (),
) -> AsyncIterator[Checked]:
    """Compare the user's files with the schemas that their services publish now.

    Args:
        client: sends the calls.
        folders: where the user's provider files are.
        environment: the variables with keys and addresses.
        names: the providers; all that were made of a schema by default.

    Raises:
        InvalidParams: when one of them is not a file of the user's, or was not made of a schema.
    """
    from rushes.backends.schemas import SERVICES  # noqa: PLC0415 - brings a backend

    own = user_files(folders)
    for name in names:
        _, spec = _own(name, own)
        if spec.origin is None:
            msg = f"{name} was not made of a service's schema, so there is nothing to compare."
            raise Unusable(msg)
    for name, (_, spec) in own.items():
        if spec.origin is None or (names and name not in names):
            continue
        found = {}
        try:
            ask = SERVICES.get(spec.origin.service)
            if ask is None:
                named = shown(spec.origin.service)
                msg = f"Schemas of {named} cannot be read; known are {listed(SERVICES)}."
                raise Unusable(msg)
            model = spec.origin.model
            said = await ask(model, client, environment, folders.home, priced=False)
            now = {
                endpoint.model: {each.name: each.said() for each in endpoint.fields}
                for endpoint in said.endpoints
            }
            found = {
                place: tuple(changes(spec.origin.fields.get(place, {}), now.get(place, {})))
                for place in dict.fromkeys([*spec.origin.fields, *now])
            }
        except RushesError as error:
            yield Checked(name, {}, error.message)
        else:
            yield Checked(name, found)


def remove(name: str, folders: Folders) -> Path:
    """Delete a provider's file from the user's folder.

    Raises:
        InvalidParams: when there is none; the packaged ones cannot be removed.
        JournalError: when it cannot be deleted.
    """
    path, spec = _own(name, user_files(folders))
    workflows = [each for offer in spec.backends.values() for each in offer.workflows.values()]
    beside = {path.with_name(each.file) for each in workflows if each.file}
    try:
        path.unlink()
        for file in beside:
            if file.stem == path.stem:  # Others may be shared between providers.
                file.unlink(missing_ok=True)
    except OSError as error:
        msg = f"{path} cannot be deleted: {error.strerror or error}."
        raise JournalError(msg) from error
    return path


def user_files(folders: Folders) -> dict[str, tuple[Path, ProviderSpec]]:
    """The user's providers by id, each with its file."""
    found: dict[str, tuple[Path, ProviderSpec]] = {}
    for path in sorted(folders.providers.glob("*.toml")):
        spec = read_file(path)
        if not isinstance(spec, BrokenFile):
            found.setdefault(spec.id, (path, spec))
    return found


def _own(name: str, own: Mapping[str, tuple[Path, ProviderSpec]]) -> tuple[Path, ProviderSpec]:
    if name not in own:
        known = f"yours are {listed(own)}" if own else "you have none"
        msg = f"{shown(name)} is not a provider of your own; {known}.{meant(name, own)}"
        raise Unusable(msg)
    return own[name]

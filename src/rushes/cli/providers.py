"""The commands for video models: list, show, add, check and remove them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from rushes.catalog import Catalog, providers as list_providers
from rushes.catalog.showing import sheet_of
from rushes.cli.terminal import UNLIMITED, AsJson, complaining, print_json, show, width
from rushes.contract.errors import InvalidParams
from rushes.contract.wording import meant, shown
from rushes.engine.importing import add as add_provider, check as check_files, remove as remove_file
from rushes.io.folders import Folders

if TYPE_CHECKING:
    from rushes.catalog.importing import Checked, Imported
    from rushes.contract.sheet import Printed

providers = typer.Typer(
    help="List the video models; add, check and remove your own.", invoke_without_command=True
)

Id = Annotated[str, typer.Argument(help="The provider's id, e.g. seedance-2.0.")]


@providers.callback()
def every(
    context: typer.Context,
    as_json: AsJson = False,  # noqa: FBT002 - how typer declares a flag
) -> None:
    """List the video models: lengths, modes and prices."""
    if context.invoked_subcommand is None:
        _list(None, as_json=as_json)


@providers.command("list")
def find(
    text: Annotated[
        str | None, typer.Argument(help="Only those whose id, title, maker or modes contain it.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the video models: lengths, modes and prices."""
    _list(text, as_json=as_json)


@providers.command("show")
def details(
    provider: Id,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Show the parameters of a video model, and what they take."""
    with complaining():
        catalog = Catalog.load(Folders.find().providers)
        spec = catalog.get(provider)
        if spec is None:
            msg = f"{shown(provider)} is not in the catalog; `rushes providers list` shows it."
            raise InvalidParams(msg + meant(provider, catalog))
        if as_json:
            print_json(spec.model_dump(mode="json", exclude_none=True))
        else:
            show(sheet_of(spec).text(width() or UNLIMITED))


@providers.command()
def add(
    address: Annotated[
        str,
        typer.Argument(
            help="A service and its model, e.g. fal:fal-ai/some/model, or comfyui:workflow.json."
        ),
    ],
    name: Annotated[
        str | None, typer.Option("--as", help="The provider's id; made of the model's by default.")
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Replace your file of it.")] = False,  # noqa: FBT002
) -> None:
    """Add any model of a service, from the schema that it publishes, or a workflow of ComfyUI.

    Its file is written to your folder of providers; check the price in it.
    """
    with complaining():
        _print(asyncio.run(_added(address, name, replace=replace)))


@providers.command()
def check(
    provider: Annotated[
        list[str] | None, typer.Argument(help="Only these; all that were added by default.")
    ] = None,
) -> None:
    """Compare what was added with the schemas of today; exit with code 1 if one differs."""
    with complaining():
        found = asyncio.run(_checked(tuple(provider or ())))
    if not found:
        show("No provider of yours was made of a service's schema.")
    for each in found:
        _print(each)
    if not all(each.is_current for each in found):
        raise typer.Exit(1)


@providers.command()
def remove(provider: Id) -> None:
    """Delete your file of a video model; jobs and takes are kept."""
    with complaining():
        show(f"{remove_file(provider, Folders.find())} was deleted.")


def _list(text: str | None, *, as_json: bool) -> None:
    with complaining():
        found = list_providers()
        if text is not None:
            found = found.matching(text)
        if as_json:
            print_json([spec.model_dump(mode="json", exclude_none=True) for spec in found])
        else:
            show(found.sheet().text(width() or UNLIMITED))


async def _added(address: str, name: str | None, *, replace: bool) -> Imported:
    from rushes.engine.network import open_client  # noqa: PLC0415 - brings httpx

    async with open_client() as client:
        return await add_provider(address, client, Folders.find(), name=name, replace=replace)


async def _checked(names: tuple[str, ...]) -> list[Checked]:
    from rushes.engine.network import open_client  # noqa: PLC0415 - brings httpx

    async with open_client() as client:
        return [each async for each in check_files(client, Folders.find(), names=names)]


def _print(what: Printed) -> None:
    show(what.sheet().text(width() or UNLIMITED))

"""All providers on this machine."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from rushes.catalog.kinds import CONTRACT_KINDS, CONTRACT_MEDIA
from rushes.catalog.media import media_in
from rushes.catalog.notes import request_notes
from rushes.catalog.provider import ProviderSpec
from rushes.catalog.reading import read_request
from rushes.catalog.rules import request_problems
from rushes.catalog.showing import ProviderList
from rushes.catalog.source import BrokenFile, read_file, read_text
from rushes.contract.errors import InvalidParams
from rushes.contract.params import is_local
from rushes.io.folders import Folders

if TYPE_CHECKING:
    from rushes.catalog.importing import Imported
    from rushes.catalog.kinds import Kind
    from rushes.contract.params import VideoGenParams


class Importer(Protocol):
    """What `Catalog.add` asks to make a provider of a service's schema."""

    def __call__(self, address: str, *, name: str | None, replace: bool) -> Imported:
        """Make it, and write its file."""


class Catalog(Mapping[str, ProviderSpec]):
    """The providers by id, in the order of their files' `order`.

    A file in the user's folder adds a provider, or completely replaces the packaged one with the
    same id. A file that cannot be used is listed in `broken`; the others are not affected.

    >>> from rushes.catalog import Catalog
    >>> catalog = Catalog.load()
    >>> catalog["kling-3.0-standard"].title
    'Kling 3.0 standard'

    Attributes:
        providers: the providers by id.
        broken: the files that could not be used.
    """

    def __init__(
        self, providers: Iterable[ProviderSpec], broken: Iterable[BrokenFile] = ()
    ) -> None:
        self.providers: Mapping[str, ProviderSpec] = {}
        self.broken = tuple(broken)
        self.importer: Importer | None = None
        self.extend(providers)

    def add(self, address: str, *, name: str | None = None, replace: bool = False) -> Imported:
        """Add any model of a service, from the schema that the service publishes.

        Its file is written to your folder of providers, and can be used at once. What the schema
        says and a provider's file cannot is left out, and said; so is what was assumed. The
        price has to be checked always. `fal` needs no key for that, and states a price with one.

        >>> added = gen.catalog.add("fal:acme/dream/text-to-video")  # doctest: +SKIP
        >>> added.provider.id, added.left_out, added.check  # doctest: +SKIP

        Args:
            address: the service and its id of the model, e.g. ``"fal:fal-ai/some/model"``, or a
                workflow of ComfyUI, e.g. ``"comfyui:workflow.json"``.
            name: the id of the provider; made of the model's by default.
            replace: whether a file of that provider is replaced.

        Returns:
            The provider and its file, and what became of each field. It prints as a table.

        Raises:
            InvalidParams: when no provider can be made of it; nothing was written.
            BackendUnavailable: when the service does not answer.
            JournalError: when the file cannot be written.
        """
        if self.importer is None:
            msg = "Only the catalog of a client can ask a service: use VideoGen().catalog.add(...)."
            raise InvalidParams(msg)
        return self.importer(address, name=name, replace=replace)

    def extend(self, providers: Iterable[ProviderSpec]) -> None:
        """Add or replace providers, e.g. those that a gateway announces.

        A mapping that was taken from `providers` before is not changed.
        """
        known = {**self.providers, **{spec.id: spec for spec in providers}}
        ordered = sorted(known.values(), key=lambda spec: spec.order)
        self.providers = MappingProxyType({spec.id: spec for spec in ordered})

    def replace(self, other: Catalog) -> None:
        """Copy the contents of another catalog; mappings taken before are not changed."""
        self.providers, self.broken = other.providers, other.broken

    @classmethod
    def load(cls, user_folder: Path | None = None) -> Catalog:
        """The packaged providers, and those in the ``*.toml`` files of a folder.

        Args:
            user_folder: may be missing or empty.
        """
        specs = {spec.id: spec for spec in packaged()}
        owners: dict[str, Path] = {}
        broken: list[BrokenFile] = []
        for path in sorted(user_folder.glob("*.toml")) if user_folder else []:
            match read_file(path):
                case BrokenFile() as file:
                    broken.append(file)
                case spec if spec.id in owners:
                    reason = f"describes {spec.id}, as {owners[spec.id].name} already does."
                    broken.append(BrokenFile(path, None, reason))
                case spec:
                    owners[spec.id] = path
                    specs[spec.id] = spec
        return cls(specs.values(), broken)

    def __getitem__(self, provider: str) -> ProviderSpec:
        return self.providers[provider]

    def __iter__(self) -> Iterator[str]:
        return iter(self.providers)

    def __len__(self) -> int:
        return len(self.providers)

    def read(self, data: Mapping[str, Any], *, backend: str | None = None) -> VideoGenParams:
        """Read a request, and check it against the provider's file.

        Args:
            data: a request in camelCase, snake_case or both. None counts as not given; the mode
                may be omitted if the inputs determine it.
            backend: the service to run it; its restrictions are checked, too.

        Raises:
            InvalidParams: names every problem of the request.
        """
        reading = read_request(data, self.providers)
        problems = list(request_problems(self.providers, reading, backend))
        if problems or reading.params is None:
            raise InvalidParams.of(problems)
        return reading.params

    def kinds(self, provider: object) -> Mapping[str, Kind]:
        """The kinds of a provider's parameters, and of the contract's other ones."""
        spec = self.providers.get(provider) if isinstance(provider, str) else None
        return CONTRACT_KINDS if spec is None else spec.kinds

    def media_names(self, provider: str) -> tuple[str, ...]:
        """The media parameters of a provider, among those of `kinds`."""
        spec = self.providers.get(provider)
        return CONTRACT_MEDIA if spec is None else spec.all_media

    def local_files(self, params: VideoGenParams) -> tuple[Path, ...]:
        """The local media files of a request."""
        media = media_in(params, self.media_names(params.provider))
        return tuple(Path(item) for items in media.values() for item in items if is_local(item))

    def notes(self, params: VideoGenParams, backend: str) -> tuple[str, ...]:
        """What a backend accepts but does not honour, one sentence each."""
        return tuple(request_notes(self.providers[params.provider], params, backend))


@cache
def packaged() -> tuple[ProviderSpec, ...]:
    """The packaged providers; read once, as they do not change."""
    files = resources.files("rushes.catalog").joinpath("providers").iterdir()
    return tuple(
        read_text(file.read_text(encoding="utf-8")) for file in files if file.name.endswith(".toml")
    )


def providers() -> ProviderList:
    """Every provider in the catalog, including the user's own. The list prints as a table.

    A warning names each user file that cannot be read; the others still load.

    >>> [spec.id for spec in rushes.providers()][:3]
    ['seedance-2.0', 'seedance-2.0-fast', 'kling-3.0-standard']
    """
    catalog = Catalog.load(Folders.find().providers)
    for broken in catalog.broken:
        warnings.warn(str(broken), stacklevel=2)
    return ProviderList(catalog.providers.values())

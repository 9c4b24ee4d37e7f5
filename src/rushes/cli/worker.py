"""The command of a process that works on the jobs of a gateway."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Annotated

import typer

from rushes.cli.serve import (
    Database,
    Home,
    LogFormat,
    Media,
    PolicyFile,
    database_of,
    folders_of,
    own_backend,
    prepare,
)
from rushes.cli.terminal import complaining, show
from rushes.contract.errors import InvalidParams
from rushes.contract.wording import listed, shown
from rushes.journal.lanes import MOST_PARTS

if TYPE_CHECKING:
    from rushes.gateway.core import Core
    from rushes.journal.lanes import Lanes


def worker(  # noqa: PLR0917 - typer calls it by name
    journal: Database = None,
    home: Home = None,
    media: Media = None,
    policy: PolicyFile = None,
    backend: Annotated[
        str | None,
        typer.Option(help="The only service of the gateway; as for `rushes serve`."),
    ] = None,
    lanes: Annotated[
        str | None,
        typer.Option(help="Services to work on, separated by commas; all by default."),
    ] = None,
    divide: Annotated[
        list[str] | None,
        typer.Option(help="SERVICE=N: from now on N workers share its jobs; may be repeated."),
    ] = None,
    log_format: LogFormat = "text",
) -> None:
    """Work on the jobs of a gateway that has a PostgreSQL journal, beside other workers.

    The environment, --home, --media and --policy are those of `rushes serve`. Ctrl-C ends it, and
    another worker continues its jobs at once.
    """
    with complaining():
        prepare(log_format)
        from rushes.gateway.settings import Settings  # noqa: PLC0415 - part of an extra
        from rushes.gateway.worker import work  # noqa: PLC0415

        address = database_of(journal)
        if address is None:
            msg = (
                "A worker needs the database of its gateway: --journal, or RUSHES_JOURNAL. A "
                "gateway without one works on its jobs itself."
            )
            raise InvalidParams(msg)
        wanted = own_backend(backend)
        folders = folders_of(home)
        settings = Settings(
            home=folders.home,
            config=folders.config,
            media=(media or folders.home / "media").expanduser().absolute(),
            journal=address,
            backend=wanted,
            policy=None if policy is None else policy.expanduser().absolute(),
            lanes=None if lanes is None else _names(lanes),
            divided=tuple(_division(each) for each in divide or ()),
        )
        work(settings, _announce, _say_lanes, _say_away)


def _announce(core: Core) -> None:
    _say(f"rushes worker at {core.settings.home}; services: {listed(core.serving.names)}.")


def _say_lanes(lanes: Lanes) -> None:
    parts: dict[str, list[int]] = defaultdict(list)
    for lane in sorted(lanes.held):
        parts[lane.backend].append(lane.part + 1)
    said = [
        name
        if len(numbers) == lanes.divided.get(name, 1)
        else f"{name} ({listed(map(str, numbers))} of {lanes.divided[name]})"
        for name, numbers in parts.items()
    ]
    _say(f"Works on {listed(said)}." if said else "Waits: other workers have all the work.")


def _say_away(reason: str) -> None:
    _say(f"Waits for the database. {reason}")


def _say(text: str) -> None:
    show(text)
    sys.stdout.flush()


def _names(text: str) -> frozenset[str]:
    return frozenset(name for each in text.split(",") if (name := each.strip()))


def _division(text: str) -> tuple[str, int]:
    """A service and a number of parts.

    Raises:
        InvalidParams: when it is something else.
    """
    name, _, number = text.partition("=")
    if not name or not number.isdecimal() or not 1 <= int(number) <= MOST_PARTS:
        msg = f"--divide is {shown(text)}; give SERVICE=N, N from 1 to {MOST_PARTS}: fal=4."
        raise InvalidParams(msg)
    return name, int(number)

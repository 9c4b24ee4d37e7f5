"""The commands of a gateway: run it, and its tokens."""

from __future__ import annotations

import getpass
import os
import re
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from rushes.cli.terminal import UNLIMITED, AsJson, complaining, print_json, show, width
from rushes.contract.errors import InvalidParams, MissingExtra, NoBackend
from rushes.contract.sheet import Sheet
from rushes.contract.wording import listed, shown
from rushes.gateway.callers import PEOPLE, SCOPES, USUAL
from rushes.io.folders import Folders
from rushes.journal.opening import is_address

if TYPE_CHECKING:
    from rushes.gateway.register import Register, Token
    from rushes.gateway.runtime import Runtime

APP = "rushes"
"""The application that clients name by default."""

NOT_FOR_SERVERS = ("RUSHES_GATEWAY_URL", "RUSHES_GATEWAY_TOKEN", "RUSHES_BACKEND")
"""Variables of clients; a gateway in whose environment they are would use itself."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")

Home = Annotated[
    Path | None,
    typer.Option(
        help="The gateway's folder: its jobs, tokens and videos; private to its operator.",
        envvar="RUSHES_GATEWAY_HOME",
    ),
]

Media = Annotated[Path | None, typer.Option(help="The folder for videos; in the home by default.")]

PolicyFile = Annotated[
    Path | None, typer.Option(help="A file with policies and tiers.", envvar="RUSHES_POLICY")
]

LogFormat = Annotated[str, typer.Option(help="text or json.")]

Database = Annotated[
    str | None,
    typer.Option(
        "--journal",
        help="A PostgreSQL database for several processes: postgresql://user@host/name.",
        envvar="RUSHES_JOURNAL",
    ),
]

tokens = typer.Typer(help="Make, list and revoke the tokens of a gateway.", no_args_is_help=True)


def serve(  # noqa: PLR0917 - typer calls it by name
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 for any that is free.", min=0, max=65_535)] = 8765,
    url: Annotated[
        str | None,
        typer.Option(help="The address that callers use, e.g. that of a proxy with https."),
    ] = None,
    backend: Annotated[
        str | None,
        typer.Option(help="The only service to use; all whose keys are set by default."),
    ] = None,
    home: Home = None,
    journal: Database = None,
    answer_only: Annotated[  # noqa: FBT002 - how typer declares a flag
        bool,
        typer.Option("--answer-only", help="Leave all work on jobs to `rushes worker`."),
    ] = False,
    media: Media = None,
    policy: PolicyFile = None,
    metrics_port: Annotated[
        int | None, typer.Option(help="Where Prometheus finds numbers, on this machine only.")
    ] = None,
    behind_proxy: Annotated[  # noqa: FBT002 - how typer declares a flag
        bool,
        typer.Option("--behind-proxy", help="Believe a proxy where calls come from."),
    ] = False,
    private_webhooks: Annotated[  # noqa: FBT002
        bool,
        typer.Option(
            "--private-webhooks", help="Let webhooks lead to private networks, and by plain http."
        ),
    ] = False,
    hub: Annotated[  # noqa: FBT002
        bool,
        typer.Option(
            "--hub", help="Let the people of the JupyterHub in that has this as a service."
        ),
    ] = False,
    log_format: LogFormat = "text",
) -> None:
    """Run a gateway: it holds the services' keys, and notebooks hold only a token.

    Without a service's key it makes previews. Ctrl-C ends it; its jobs continue when it is started
    again.
    """
    with complaining():
        prepare(log_format)
        from rushes.gateway.server import serve as run  # noqa: PLC0415 - part of an extra
        from rushes.gateway.settings import Settings  # noqa: PLC0415

        if answer_only and journal is None:
            msg = "--answer-only leaves the work to `rushes worker`, which needs --journal."
            raise InvalidParams(msg)
        wanted = own_backend(backend)
        if hub:
            # What this process starts has no business with the hub.
            os.environ.pop("JUPYTERHUB_API_TOKEN", None)
            host, port = _of_hub(host, port)
        folders = folders_of(home)
        settings = Settings(
            home=folders.home,
            config=folders.config,
            media=(media or folders.home / "media").expanduser().absolute(),
            journal=database_of(journal),
            lanes=frozenset() if answer_only else None,
            host=host,
            port=port,
            url=_public(url),
            backend=wanted,
            policy=None if policy is None else policy.expanduser().absolute(),
            metrics_port=metrics_port,
            hub_app=APP if hub else None,
            private_webhooks=private_webhooks,
            trusts_proxy=behind_proxy,
        )
        run(settings, _announce)


def prepare(log_format: str) -> None:
    """Check that what a gateway needs is installed, and start its log.

    Raises:
        MissingExtra: when it is not.
        InvalidParams: when there is no such format.
    """
    try:
        from rushes.gateway.logs import start_logging  # noqa: PLC0415 - part of an extra
        from rushes.gateway.server import serve as run  # noqa: F401, PLC0415 - may be missing
    except ImportError as error:
        msg = (
            f"A gateway needs {error.name or 'another package'}, which is not installed: "
            f"run pip install fastapi httpx-secure==2.0.0 prometheus-client uvicorn."
        )
        raise MissingExtra(msg) from error
    if log_format not in ("text", "json"):
        msg = f"--log-format is {shown(log_format)}; give text or json."
        raise InvalidParams(msg)
    start_logging("json" if log_format == "json" else "text")


def own_backend(backend: str | None) -> str | None:
    """The only service to use, if one is named; the variables of clients are removed."""
    wanted = backend or os.environ.get("RUSHES_BACKEND") or None
    for name in NOT_FOR_SERVERS:
        os.environ.pop(name, None)
    return wanted


def _announce(runtime: Runtime, address: str) -> None:
    """Say where the gateway is, what it does, and, the first time, with which token."""
    settings = runtime.settings
    lines = [f"rushes gateway at {address}"]
    if runtime.serving.is_preview:
        lines.append("No service's key is set, so takes are previews made on this machine.")
    else:
        lines.append(f"Services: {listed(runtime.serving.names)}.")
    if settings.journal is not None:
        from rushes.journal.postgres.database import described  # noqa: PLC0415 - has the driver

        lines.append(f"Jobs and tokens: {described(settings.journal)}.")
    lines.append(f"Home: {settings.home}")
    if settings.host not in LOOPBACK and not settings.url:
        lines.append(
            "Clients on other machines need https: put a proxy in front, and give its --url."
        )
    # A hub keeps what its services say in its log, where a token does not belong.
    if settings.hub_app is None and not runtime.register.tokens():
        token, entry = runtime.register.add_token(_user(), app=APP, note="the first one")
        lines += [
            "",
            f"The first token, for {entry.caller.person}. It is shown only this once:",
            "",
            f"    export RUSHES_GATEWAY_URL={address}",
            f"    export RUSHES_GATEWAY_TOKEN={token}",
            "",
            "With both set, VideoGen() and Studio() use the gateway.",
            "`rushes tokens add NAME` makes a token for someone else.",
        ]
    show("\n".join(lines))
    sys.stdout.flush()


@tokens.command()
def add(  # noqa: PLR0917 - typer calls it by name
    person: Annotated[str, typer.Argument(help="Who will use it.")],
    app: Annotated[str, typer.Option(help="The application that jobs are billed to.")] = APP,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help=f"What it allows, of {listed(SCOPES)}; may be repeated. Else {listed(USUAL)}."
        ),
    ] = None,
    days: Annotated[
        float | None, typer.Option(help="After how many days it expires; never by default.")
    ] = None,
    tier: Annotated[str | None, typer.Option(help="The limits that apply, by name.")] = None,
    note: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    home: Home = None,
    journal: Database = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """Make a token. It is shown once; the gateway keeps only a digest of it."""
    with complaining(), _register(home, journal) as register:
        token, entry = register.add_token(
            person, app=app, scopes=scope or USUAL, days=days, tier=tier, note=note
        )
        if as_json:
            print_json({"token": token} | _facts(entry))
        else:
            show(token)
            words = (
                f"For {entry.caller.person} in {entry.caller.app}, id {entry.id}. It is shown only "
                f"this once; RUSHES_GATEWAY_TOKEN holds it."
            )
            show(words, is_error=True)


@tokens.command("list")
def every(
    home: Home = None,
    journal: Database = None,
    as_json: AsJson = False,  # noqa: FBT002
) -> None:
    """List the tokens: whose they are, what they allow, when they were used."""
    with complaining(), _register(home, journal) as register:
        found = register.tokens()
        if as_json:
            print_json([_facts(each) for each in found])
        elif not found:
            show("No tokens yet; `rushes tokens add NAME` makes one.")
        else:
            show(_sheet(found).text(width() or UNLIMITED))


@tokens.command()
def revoke(
    token_id: Annotated[str, typer.Argument(help="Its id, as `rushes tokens list` shows it.")],
    home: Home = None,
    journal: Database = None,
) -> None:
    """Accept a token no longer; a running gateway notices within seconds."""
    with complaining(), _register(home, journal) as register:
        found = register.revoke(token_id)
        if found is None:
            msg = f"No token has the id {shown(token_id)}; `rushes tokens list` lists them."
            raise InvalidParams(msg)
        show(f"The token {found.id} of {found.caller.person} in {found.caller.app} is revoked.")


def _facts(token: Token) -> dict[str, Any]:
    """A token as plain JSON; never the token itself."""
    caller = token.caller
    return {
        "id": token.id,
        "person": caller.person,
        "app": caller.app,
        "scopes": [scope for scope in SCOPES if scope in caller.scopes],
        "tier": caller.tier,
        "note": token.note,
        "state": token.state(time.time()),
        "created_at": _moment(token.created_at),
        "expires_at": _moment(caller.expires_at),
        "used_at": _moment(token.used_at),
    }


def _sheet(found: list[Token]) -> Sheet:
    rows = []
    for token in found:
        facts = _facts(token)
        cells = (
            facts["id"],
            facts["person"],
            facts["app"],
            ", ".join(facts["scopes"]),
            facts["tier"] or "",
            facts["state"],
            facts["expires_at"] or "never",
            facts["used_at"] or "never",
            facts["note"] or "",
        )
        rows.append(cells)
    heads = ("id", "person", "app", "scopes", "tier", "state", "expires", "used", "note")
    return Sheet(heads=heads, rows=rows)


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _register(home: Path | None, journal: str | None) -> closing[Register]:
    from rushes.gateway.register import Register  # noqa: PLC0415 - brings sqlite3

    return closing(Register(folders_of(home).home, database_of(journal)))


def database_of(address: str | None) -> str | None:
    """The address of a database, if there is one.

    Raises:
        InvalidParams: when it is something else.
    """
    if address is None or is_address(address):
        return address or None
    # It may hold a password, so it is not shown.
    msg = "--journal takes the address of a PostgreSQL database: postgresql://user@host/name."
    raise InvalidParams(msg)


def folders_of(home: Path | None) -> Folders:
    """The gateway's home, apart from the operator's own, and the folder of settings."""
    import platformdirs  # noqa: PLC0415 - as in `Folders`

    chosen = home or Path(platformdirs.user_data_dir("rushes-gateway"))
    own = Folders.find()
    return Folders(home=chosen.expanduser().absolute(), config=own.config)


def _of_hub(host: str, port: int) -> tuple[str, int]:
    """Where a hub expects its service."""
    said = urlsplit(os.environ.get("JUPYTERHUB_SERVICE_URL", ""))
    try:
        return said.hostname or host, said.port or port
    except ValueError:
        return host, port


def _public(url: str | None) -> str | None:
    if url is None:
        return None
    from rushes.backends.address import base_of  # noqa: PLC0415 - brings httpx

    try:
        return base_of(url, "--url")
    except NoBackend as error:
        raise InvalidParams(error.message) from error


def _user() -> str:
    """The name of the operator, as far as it can name a person."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError, ImportError):
        name = ""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:64]
    return name if PEOPLE.fullmatch(name) else "admin"

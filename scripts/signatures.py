"""Writes src/rushes/signatures.py: the methods that take a request, its parameters spelled out.

``python scripts/signatures.py`` writes the file again; a test compares it with what this makes. The
parameters, their types and their descriptions come from the contract and the packaged providers.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic.alias_generators import to_pascal

from rushes.catalog.catalog import packaged
from rushes.catalog.kinds import OBJECT_KINDS, SINGLE_KINDS
from rushes.contract.params import VideoGenParams

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rushes.catalog import ParameterSpec, ProviderSpec

TARGET = Path(__file__).parent.parent / "src" / "rushes" / "signatures.py"

WIDTH = 100

MOST = 3
"""Providers, and descriptions of a parameter, that a docstring names."""

PROVIDERS: list[ProviderSpec] = sorted(packaged(), key=lambda spec: spec.order)

FIRST, LAST = ("provider", "mode", "prompt"), ("client_ref", "request_origin", "final_of")

TYPES = {
    "boolean": "bool",
    "integer": "int",
    "number": "float",
    "text": "str",
    "image": "Input",
    "video": "Input",
    "audio": "Input",
    "images": "Iterable[Input]",
    "videos": "Iterable[Input]",
    "audios": "Iterable[Input]",
    "shots": "Iterable[Shot | Mapping[str, Any]]",
    "choice": "str",
}
"""What a parameter takes, by kind; choices and objects have types of their own."""

HEAD = '''\
"""The methods that take a request, with its parameters spelled out for editors and type checkers.

Written by ``python scripts/signatures.py`` from the contract and the packaged providers; change
those, and run it again.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, TypedDict

from rushes.awaiting import awaited
from rushes.blocking import seconds
from rushes.jobs import Jobs

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from PIL.Image import Image

    from rushes.contract.params import Shot, VideoGenParams
    from rushes.contract.results import VideoGenResult
    from rushes.estimate import Estimate
    from rushes.explore.rewriting import Rewrite
    from rushes.job import Job
    from rushes.plan import Plan


class HasPath(Protocol):
    """A take, or anything else that has a file."""

    @property
    def path(self) -> Any:
        """Where the file is."""


Request: TypeAlias = "VideoGenParams | Plan | Mapping[str, Any] | None"
"""A request as an object, as a plan, or in the contract's camelCase."""

Input: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | Image | HasPath"
"""An image, a video or a sound: a URL, a path, bytes, a PIL image, or a take."""

# Editors offer these values; providers of your own take others.
'''

UNSET = '''\

class Unset:
    """The value of a parameter that is not given; None takes one away from `params`."""

    def __repr__(self) -> str:
        return "unset"


UNSET: Any = Unset()
'''


class Method(NamedTuple):
    """A method: how it is defined, its own parameters, what it returns, its words and its body."""

    how: str
    own: tuple[str, ...]
    returns: str
    words: str
    errors: tuple[str, ...]
    body: str


METHODS = {
    "generate": Method(
        '@awaited("generate_sync")\nasync def',
        ("backend", "once", "timeout", "progress"),
        "VideoGenResult",
        """\
Make a video and wait for it; a cell or a terminal shows meanwhile how it proceeds.

Ending the wait, e.g. by cancelling the task, does not end the job.

>>> result = await gen.generate(provider="kling-3.0-standard", prompt="A red fox")
""",
        ("InvalidParams", "NoBackend", "LibraryUnwritable", "DeadlineExceeded", "RushesError"),
        """\
limit = seconds(timeout)
job = await self._submit_aside(params, _given(locals(), more), backend, once)
return await job.wait(limit, progress=progress)
""",
    ),
    "generate_sync": Method(
        "def",
        ("backend", "once", "timeout", "progress"),
        "VideoGenResult",
        "Make a video and block until it is finished: `generate` for scripts.\n",
        ("InvalidParams", "NoBackend", "LibraryUnwritable", "DeadlineExceeded", "RushesError"),
        """\
limit = seconds(timeout)
job = self._submit(params, _given(locals(), more), backend, once)
return job.result(limit, progress=progress)
""",
    ),
    "submit": Method(
        "def",
        ("backend", "once"),
        "Job",
        """\
Start making a video and return immediately; the job is recorded by then.

>>> job = gen.submit(provider="kling-3.0-standard", prompt="A red fox", duration_seconds=3)
""",
        ("InvalidParams", "NoBackend", "LibraryUnwritable"),
        "return self._submit(params, _given(locals(), more), backend, once)\n",
    ),
    "plan": Method(
        "def",
        ("backend", "copy", "rewrite"),
        "Plan",
        """\
Check a request, freeze its files and price it. Nothing is sent.

>>> plan = gen.plan(provider="kling-3.0-standard", prompt="A red fox")
>>> print(plan.cost)
free
""",
        ("InvalidParams", "NoBackend", "LibraryUnwritable"),
        "return self._plan(params, _given(locals(), more), backend, copy=copy, rewrite=rewrite)\n",
    ),
    "estimate": Method(
        "def",
        ("backend", "quantity"),
        "Estimate",
        """\
Estimate what a request costs. Nothing is sent, and no file is copied.

>>> print(gen.estimate(provider="kling-3.0-standard", prompt="A red fox", quantity=3))
free
""",
        ("InvalidParams", "NoBackend"),
        "return self._estimate(params, _given(locals(), more), backend, quantity)\n",
    ),
}

OWN = {
    "backend": ("str | None", "None", "the service, if not the client's."),
    "once": (
        "bool | str",
        "False",
        """\
whether the request is made only once in this library: if a take of it exists or is in progress,
that one is returned with a note, and nothing is sent. Failed and cancelled takes do not count;
uncertain ones do. A text names one of several takes of the same request.""",
    ),
    "timeout": (
        "float | None",
        "None",
        "seconds to wait; None takes the client's, and ``math.inf`` has no limit.",
    ),
    "progress": (
        "bool | None",
        "None",
        "whether it is shown how the job proceeds; None takes the client's.",
    ),
    "copy": (
        "bool",
        "True",
        """\
whether local files are copied to the home folder, so that the plan still means the same when it
is submitted; a plan without copies is only good for looking at.""",
    ),
    "rewrite": (
        "Rewrite | None",
        "None",
        """\
a function that makes another prompt of a prompt, or the name of an installed one. The plan shows
both texts, and ``gen.plan(plan, prompt=...)`` changes the new one. It is asked once for each
prompt of a library.""",
    ),
    "quantity": ("int", "1", "how many such videos."),
}

ERRORS = {
    "InvalidParams": "every problem of the request; nothing was sent.",
    "NoBackend": "no service for the provider is set up; nothing was sent.",
    "LibraryUnwritable": "the video could not be kept; nothing was sent.",
    "DeadlineExceeded": "the wait took too long; the job continues.",
    "RushesError": "what went wrong at the service.",
}


def text() -> str:
    """The whole file."""
    parts = [HEAD, *_aliases(), *_objects(), UNSET, _names(), "\n\n", _base()]
    parts += [_method(name) for name in METHODS]
    return "".join(parts).rstrip() + "\n" + _tail()


def names() -> list[str]:
    """Every parameter of a request, in the order of the packaged providers' forms."""
    declared = dict.fromkeys(name for spec in PROVIDERS for name in spec.parameters)
    return [*FIRST, *declared, *LAST]


def specs(name: str) -> list[tuple[str, ParameterSpec]]:
    """The providers that take a parameter, each with its specification."""
    return [(spec.id, spec.parameters[name]) for spec in PROVIDERS if name in spec.parameters]


def _choices() -> dict[str, list[str]]:
    found = {name: [spec for _, spec in specs(name) if spec.kind == "choice"] for name in names()}
    return {
        name: list(dict.fromkeys(choice for spec in declared for choice in spec.choices))
        for name, declared in found.items()
        if declared
    }


def _aliases() -> Iterable[str]:
    modes = dict.fromkeys(mode for spec in PROVIDERS for mode in spec.modes)
    values: dict[str, list[str]] = {
        "provider": [spec.id for spec in PROVIDERS],
        "mode": list(modes),
        **_choices(),
    }
    reason = " - as the comment says"
    yield "# fmt: off\n"
    for name, known in values.items():
        inner = ", ".join(f'"{value}"' for value in known)
        line = f"{to_pascal(name)}: TypeAlias = Literal[{inner}] | str"
        rules = "PYI051" if len(line) <= WIDTH else "PYI051, E501"
        yield f"{line}  # noqa: {rules}{reason}\n"
        reason = ""
    yield "# fmt: on\n\n"


def _objects() -> Iterable[str]:
    """A type for each parameter with objects: the fields that any provider has in them."""
    for name in names():
        declared = [each for _, each in specs(name) if each.kind in OBJECT_KINDS]
        fields = {field: spec for each in declared for field, spec in each.fields.items()}
        if not fields:
            continue
        what = "each object" if declared[0].kind == "objects" else "it"
        yield f"\nclass {to_pascal(name)}Object(TypedDict, total=False):\n"
        yield f'    """The fields of `{name}`; what {what} needs its help says."""\n\n'
        for field, spec in fields.items():
            yield f"    {field}: {_field_type(spec)}\n"
            said = " ".join(part for part in (_bounds(spec), spec.help) if part)
            if said:
                yield textwrap.fill(
                    f'"""{said}"""', WIDTH, initial_indent="    ", subsequent_indent="    "
                )
                yield "\n"
        yield "\n"


def _field_type(spec: ParameterSpec) -> str:
    if spec.kind != "choice":
        return TYPES[spec.kind]
    return f"Literal[{', '.join(f'{choice!r}' for choice in spec.choices)}] | str".replace("'", '"')


def _bounds(spec: ParameterSpec) -> str:
    """The range of a number, as a sentence."""
    if spec.kind not in {"integer", "number"} or spec.min is None or spec.max is None:
        return ""
    return f"{spec.min} to {spec.max}{f' {spec.unit}' if spec.unit else ''}."


def _names() -> str:
    rows = "".join(f'    "{name}",\n' for name in names())
    return f"\nNAMES = (\n{rows})\n"


def _type(name: str) -> str:
    if name in {"provider", "mode", *_choices()}:
        return to_pascal(name)
    declared = specs(name)
    if not declared:
        return "str"
    kind = declared[0][1].kind
    if kind not in OBJECT_KINDS:
        return TYPES[kind]
    own = f"{to_pascal(name)}Object | Mapping[str, Any]"
    return f"Iterable[{own}]" if kind == "objects" else own


def _base() -> str:
    return '''\
class Requests(Jobs):
    """The base of a client with the methods that take a request."""

    @abstractmethod
    def _submit(
        self, params: Request, keywords: Mapping[str, Any], backend: str | None, once: object
    ) -> Job:
        """Put a job on record."""

    @abstractmethod
    async def _submit_aside(
        self, params: Request, keywords: Mapping[str, Any], backend: str | None, once: object
    ) -> Job:
        """Put a job on record without blocking the running loop."""

    @abstractmethod
    def _plan(
        self,
        params: Request,
        keywords: Mapping[str, Any],
        backend: str | None,
        *,
        copy: bool,
        rewrite: Rewrite | None = None,
    ) -> Plan:
        """Work a request out."""

    @abstractmethod
    def _estimate(
        self, params: Request, keywords: Mapping[str, Any], backend: str | None, quantity: object
    ) -> Estimate:
        """Price a request."""
'''


def _method(name: str) -> str:
    how, own, returns, words, errors, body = METHODS[name]
    lines = [
        *f"{how} {name}(".splitlines(),
        "    self,",
        "    params: Request = None,",
        "    /,",
        "    *,",
    ]
    lines += [f"    {each}: {_type(each)} | None = UNSET," for each in names()]
    for each in own:
        kind, default, _ = OWN[each]
        noqa = (
            "  # noqa: ASYNC109 - as in asyncio.wait_for"
            if how != "def" and each == "timeout"
            else ""
        )
        lines.append(f"    {each}: {kind} = {default},{noqa}")
    lines += ["    **more: Any,", f") -> {returns}:"]
    lines += [f"    {line}".rstrip() for line in _docstring(own, words, errors).splitlines()]
    lines += [f"    {line}" for line in body.splitlines()]
    return "\n" + "".join(f"    {line}".rstrip() + "\n" for line in lines)


def _docstring(own: Iterable[str], words: str, errors: Iterable[str]) -> str:
    described = {
        "params": "the request as an object, a plan, or in the contract's camelCase.",
        **{name: _described(name) for name in names()},
        **{name: OWN[name][2] for name in own},
        "more": "parameters of your own providers; camelCase names are read, too.",
    }
    args = "\n".join(_item(name, said) for name, said in described.items())
    raised = "\n".join(_item(name, ERRORS[name]) for name in errors)
    return f'"""{words}\nArgs:\n{args}\n\nRaises:\n{raised}\n"""'


def _item(name: str, said: str) -> str:
    return textwrap.fill(
        f"{name}: {said}",
        width=WIDTH - 8,
        initial_indent="    ",
        subsequent_indent="        ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def _described(name: str) -> str:
    """The description of a parameter: the contract's, and each provider's."""
    section = (VideoGenParams.__doc__ or "").partition("Attributes:\n")[2]
    found = re.search(rf"^ +{name}: ((?:.|\n(?! +\w+: ))*)", section, re.MULTILINE)
    lead = " ".join(found[1].split()) if found else ""
    if name == "mode":
        lead = f"{lead.rstrip('.')}; can be left out where the inputs say it."
    declared = specs(name)
    groups: dict[str, list[str]] = {}
    for provider, spec in declared:
        groups.setdefault(_taken(spec), []).append(provider)
    if len(groups) > MOST:
        return f"{lead} ``print(gen.catalog[provider])`` shows what a provider takes.".strip()
    if declared and all(spec.help for _, spec in declared):
        lead = ""  # The providers' own words say more.
    rest = [f"{_some(who)}: {what}" for what, who in groups.items() if what]
    return " ".join([lead, *rest]).strip()


def _some(providers: list[str]) -> str:
    more = len(providers) - MOST
    return ", ".join(providers[:MOST]) + (f" and {more} others" if more > 0 else "")


def _taken(spec: ParameterSpec) -> str:
    """The values that a provider takes, the default, and its help text."""
    has_range = spec.kind not in {"boolean", "text", *SINGLE_KINDS}
    facts = ([spec.allowed] if has_range else []) + (
        [] if spec.default is None else [f"default {spec.default}"]
    )
    words = f"{', '.join(facts)}." if facts else ""
    if spec.kind != "choice":
        words = words[:1].upper() + words[1:]
    return " ".join(part for part in (words, spec.help) if part)


def _tail() -> str:
    return '''

def _given(values: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a request that a call gives."""
    return {name: values[name] for name in NAMES if values[name] is not UNSET} | dict(more)
'''


if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")

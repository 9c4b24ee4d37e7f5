"""What may be spent, and on which models: a file that people write, or what a gateway announces.

A policy holds for every way to submit, because the engine applies it to each job that it puts on
record. The file is read again whenever a job is submitted, so that a change takes effect at once.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rushes.catalog.source import find_line
from rushes.contract.errors import PolicyDenied
from rushes.contract.spelling import to_camel
from rushes.contract.wording import shown
from rushes.io.regular import read_regular
from rushes.journal import Cap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rushes.catalog import Catalog
    from rushes.journal import JobRecord, Reservation

MOST_BYTES = 1_000_000
"""Size of a policy; a larger file is something else."""

MOST_CREDITS = 1e12
MOST_DOLLARS = 1e9

FILES = ("policy.toml", "policy.json")
"""Names in the config folder."""

Credits = Annotated[
    float | None,
    Field(ge=0, le=MOST_CREDITS, description="has to be a number of credits, 0 or more"),
]


class Policy(BaseModel):
    """The rules of a policy, under the names that its file has.

    Attributes:
        disabled: whether nothing may be submitted.
        allowed_models: ids of the providers that may be used; None allows all of them.
        daily_credit_cap: credits that all takes of a day may cost.
        per_user_daily_credit_cap: credits that the takes of one user may cost a day.
        credit_value: US dollars that a credit stands for.
        assumed_cost: US dollars that a take counts whose price is not known.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        defer_build=True,
    )

    disabled: bool = Field(default=False, description="has to be true or false")
    allowed_models: Annotated[tuple[str, ...] | None, Field(strict=False)] = Field(
        default=None, description="has to be a list of provider ids"
    )
    daily_credit_cap: Credits = None
    per_user_daily_credit_cap: Credits = None
    credit_value: float = Field(
        default=0.01, gt=0, le=MOST_DOLLARS, description="has to be an amount of US dollars above 0"
    )
    assumed_cost: float | None = Field(
        default=None,
        ge=0,
        le=MOST_DOLLARS,
        description="has to be an amount of US dollars, 0 or more",
    )


KEYS = {to_camel(name): field.description or "" for name, field in Policy.model_fields.items()}
"""By key of a policy, what its value has to be."""


@dataclass(frozen=True)
class Rules:
    """A policy that is in force.

    Attributes:
        policy: what it says.
        source: where it is from, e.g. ``"the policy /etc/rushes/policy.toml"``.
        backend: the service to whose jobs it applies; None for all.
    """

    policy: Policy
    source: str
    backend: str | None = None

    def require(self, job: JobRecord) -> None:
        """Check that a job may be submitted at all.

        Raises:
            PolicyDenied: when nothing, or not its provider, may be used.
        """
        allowed = self.policy.allowed_models
        if self.policy.disabled:
            words = f"{_first_upper(self.source)} does not allow any takes (disabled)"
            advice = "Remove that setting to allow them."
        elif allowed is not None and job.provider not in allowed:
            names = ", ".join(allowed) or "none"
            words = f"{job.provider} is not one of the models that {self.source} allows: {names}"
            advice = "Use one of these, or have it added to allowedModels."
        else:
            return
        msg = f"{words}; nothing was sent. {advice}"
        raise PolicyDenied(msg, job_id=job.id)

    @property
    def caps(self) -> tuple[Cap, ...]:
        """The sums that it limits. A home belongs to one user, so here both caps count the same."""
        policy = self.policy
        credits_ = {
            "dailyCreditCap": policy.daily_credit_cap,
            "perUserDailyCreditCap": policy.per_user_daily_credit_cap,
        }
        return tuple(
            self._cap(key, amount * policy.credit_value)
            for key, amount in credits_.items()
            if amount is not None
        )

    def _cap(self, key: str, limit: float) -> Cap:
        advice = (
            f"Make a shorter take, wait until the next day begins at 00:00 UTC, or have {key} "
            f"raised in {self.source}."
        )
        name = f"the ${limit:.2f} a day that {key} allows"
        return Cap(name=name, limit=limit, backend=self.backend, daily=True, advice=advice)


class Policies:
    """The policies that are in force: the user's or the machine's file, and those of gateways.

    Args:
        config: the folder in which a file is looked for when ``RUSHES_POLICY`` names none; None
            if no file applies, whatever that variable says.
        catalog: the known providers.
        is_pending: whether a service may still announce providers.
        announced: by service, the policy that it announces, as far as it has.
    """

    def __init__(
        self,
        config: Path | None,
        catalog: Catalog,
        is_pending: Callable[[], bool] = lambda: False,
        *,
        announced: Mapping[str, Policy] | None = None,
    ) -> None:
        self._files = None if config is None else [str(config / name) for name in FILES]
        self._catalog = catalog
        self._announced = {} if announced is None else announced
        self._is_pending = is_pending
        self._read: tuple[Path, bytes, Policy] | None = None

    def apply(self, job: JobRecord, money: Reservation) -> Reservation:
        """What is to be reserved for an attempt at a job, with the caps that apply to it.

        Args:
            job: what is to be submitted.
            money: the estimate, and the caps of its sender.

        Raises:
            PolicyDenied: when a policy cannot be read, or does not allow the job.
        """
        for rules in self._in_force(job.backend):
            rules.require(job)
            assumed = rules.policy.assumed_cost
            money = replace(
                money,
                caps=(*money.caps, *rules.caps),
                estimate=assumed if money.estimate is None else money.estimate,
            )
        return money

    def caps(self) -> tuple[Cap, ...]:
        """All caps that are in force.

        Raises:
            PolicyDenied: when a policy cannot be read.
        """
        services = [Rules(policy, "", name) for name, policy in self._announced.items()]
        return tuple(cap for rules in (*self._of_file(), *services) for cap in rules.caps)

    def check(self) -> None:
        """Check that the file, if there is one, can be used.

        Raises:
            PolicyDenied: naming every key and provider that it must not have.
        """
        list(self._of_file())

    def _in_force(self, backend: str) -> Iterator[Rules]:
        yield from self._of_file()
        if (policy := self._announced.get(backend)) is not None:
            yield Rules(policy, f"the policy of the {backend}", backend)

    def _of_file(self) -> Iterator[Rules]:
        """The policy of the file, checked against the providers that are known now."""
        found = self._file()
        if found is None:
            return
        path, data = found
        if self._read is None or self._read[:2] != (path, data):
            self._read = (path, data, read(path, data))
        policy = self._read[2]
        known = self._catalog.providers
        unknown = [name for name in policy.allowed_models or () if name not in known]
        if unknown and not self._is_pending():
            names = ", ".join(known)
            faults = [f"allowedModels: {name!r} is not a provider ({names})." for name in unknown]
            raise unusable(path, faults)
        yield Rules(policy, f"the policy {path}")

    def _file(self) -> tuple[Path, bytes] | None:
        """The file of the policy, and what is in it; None when there is none."""
        if self._files is None:
            return None
        named = os.environ.get("RUSHES_POLICY")
        if named:
            try:
                path = Path(named).expanduser().absolute()
            except (OSError, RuntimeError) as error:
                raise unusable(Path(named), [f"It cannot be found: {error}."]) from None
            return path, _content(path)
        # A link whose target is gone is a policy that cannot be read.
        paths = [Path(path) for path in self._files if os.path.lexists(path)]
        if len(paths) > 1:
            raise unusable(paths[0], [f"{paths[1].name} is beside it; keep one of them."])
        return (paths[0], _content(paths[0])) if paths else None


def read(path: Path, data: bytes) -> Policy:
    """The policy that a file holds: JSON if its name ends so, TOML otherwise.

    Raises:
        PolicyDenied: naming everything that is wrong with it.
    """
    try:
        text = data.decode("utf-8-sig")
        if path.suffix.lower() == ".json":
            given = json.loads(text, object_pairs_hook=_once_each, parse_constant=float)
        else:
            given = tomllib.loads(text)
    except UnicodeDecodeError:
        raise unusable(path, ["It is not UTF-8 text; save it as UTF-8."]) from None
    except (ValueError, RecursionError) as error:
        kind = "JSON" if path.suffix.lower() == ".json" else "TOML"
        raise unusable(path, [f"It is not {kind}: {error}."]) from None
    try:
        return parse(given)
    except _Faults as error:
        placed = [(find_line(text, (key,)) or 0, fault) for key, fault in error.faults]
        placed.sort(key=itemgetter(0))
        faults = [f"line {line}: {fault}" if line else fault for line, fault in placed]
        raise unusable(path, faults) from None


def parse(given: object) -> Policy:
    """The policy of plain data, under camelCase or snake_case keys.

    Raises:
        ValueError: with everything that is wrong with it.
    """
    if not isinstance(given, dict):
        raise _Faults([("", f"It has to be an object with the keys {', '.join(KEYS)}.")])
    spelled: dict[str, str] = {}
    faults: list[tuple[str, str]] = []
    for key in given:
        name = to_camel(key) if "_" in key else key
        if name in spelled:
            faults.append((key, f"{key}: is there twice, also as {spelled[name]}."))
        spelled.setdefault(name, key)
    try:
        policy = Policy.model_validate({name: given[key] for name, key in spelled.items()})
    except ValidationError as error:
        for item in error.errors():
            key = spelled.get(str(item["loc"][0]), str(item["loc"][0]))
            faults.append((key, _fault(key, item["loc"], item["input"])))
        raise _Faults(list(dict.fromkeys(faults))) from None
    if faults:
        raise _Faults(faults)
    return policy


def unusable(path: Path, faults: list[str]) -> PolicyDenied:
    """The error for a policy that cannot be used; nothing is sent as long as that is so."""
    lines = "\n".join(f"  - {fault}" for fault in faults)
    return PolicyDenied(f"The policy {path} cannot be used, so nothing is sent:\n{lines}")


class _Faults(ValueError):
    """What is wrong with a policy, by the key at which it is."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__(" ".join(fault for _, fault in faults))
        self.faults = faults


def _fault(key: str, where: tuple[int | str, ...], given: object) -> str:
    expected = KEYS.get(str(where[0]))
    if expected is None:
        return f"{key}: is not a key of a policy; these are {', '.join(KEYS)}."
    return f"{key}: {expected}, not {shown(given)}."


def _content(path: Path) -> bytes:
    try:
        return read_regular(path, MOST_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise unusable(path, [f"It cannot be read: {reason}."]) from error


def _once_each(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    """An object of JSON whose keys are all different; of two, readers take either."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            msg = f"{key!r} is there twice"
            raise ValueError(msg)
        found[key] = value
    return found


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]

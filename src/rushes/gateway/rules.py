"""What callers may do: the policy of each application, the tiers of people, limits of services.

One file holds all of it (`rushes serve --policy FILE`), in TOML or JSON. Its top level is a policy
with the keys of `rushes.policy`, for every application that has none of its own:

    perUserDailyCreditCap = 1000

    [apps.storyboards]
    dailyCreditCap = 20000
    allowedModels = ["seedance-2.0", "kling-3.0-standard"]

    [tiers.guest]
    concurrent = 2
    perMinute = 6
    perDay = 50
    weight = 0.5

    [services.fal]
    concurrent = 40

The file is read again whenever it changes. One that cannot be used stops every submission, as
money is at stake, and says what is wrong.
"""

from __future__ import annotations

import json
import threading
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rushes.contract.errors import PolicyDenied
from rushes.contract.spelling import to_camel
from rushes.contract.wording import listed, shown
from rushes.gateway.callers import NAMES
from rushes.io.regular import read_regular
from rushes.journal import Cap, Pace
from rushes.policy import MOST_BYTES, Policy, Rules as PolicyRules, parse, unusable

if TYPE_CHECKING:
    from pathlib import Path

    from rushes.catalog import Catalog
    from rushes.gateway.callers import Caller
    from rushes.journal import JobRecord, Reservation

DEFAULT = "default"
"""The tier of tokens that name none, if the file has it."""

SOURCE = "the gateway's policy"
"""How callers read of it; they cannot see the file."""

TIER_KEYS = {
    "concurrent": "has to be a whole number of jobs, 1 or more",
    "perMinute": "has to be a whole number of jobs, 1 or more",
    "perDay": "has to be a whole number of jobs, 1 or more",
    "weight": "has to be a number from 0.01 to 1000",
    "priority": "has to be a whole number from -100 to 100",
}

PLACES = "concurrent"
"""The key of a service: how many jobs may be there at once."""


class Tier(BaseModel):
    """Limits of one person in one application; None for no limit.

    Attributes:
        concurrent: jobs that are at services at once. Further ones wait in line.
        per_minute: jobs that are accepted in a minute. Further ones are refused.
        per_day: jobs that are accepted in a day, which begins at 00:00 UTC.
        weight: how large the share of a service's places is, compared with other people's.
        priority: jobs of a higher one are sent first, whatever the shares.
    """

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="forbid", strict=True)

    concurrent: int | None = Field(default=None, ge=1)
    per_minute: int | None = Field(default=None, ge=1)
    per_day: int | None = Field(default=None, ge=1)
    weight: float = Field(default=1.0, ge=0.01, le=1000.0, strict=False)
    priority: int = Field(default=0, ge=-100, le=100)


UNLIMITED = Tier()


class Written:
    """The rules as they were read.

    Attributes:
        policy: for applications that have none of their own; None without one.
        apps: by application, its own policy.
        tiers: by name.
        services: by name, how many jobs may be there at once.
    """

    def __init__(
        self,
        policy: Policy | None,
        apps: dict[str, Policy],
        tiers: dict[str, Tier],
        services: dict[str, int],
    ) -> None:
        self.services = services
        self.policy = policy
        self.apps = apps
        self.tiers = tiers


class Rules:
    """The rules of a gateway.

    Args:
        path: the file; None for no rules.
        catalog: the known providers.

    Raises:
        PolicyDenied: naming everything that is wrong with the file.
    """

    def __init__(self, path: Path | None, catalog: Catalog) -> None:
        self._path = path
        self._catalog = catalog
        self._lock = threading.Lock()
        self._read: tuple[bytes, Written] = (b"", Written(None, {}, {}, {}))
        self.written()

    def written(self) -> Written:
        """The rules of now.

        Raises:
            PolicyDenied: when the file cannot be used.
        """
        if self._path is None:
            return self._read[1]
        try:
            data = read_regular(self._path, MOST_BYTES)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise unusable(self._path, [f"It cannot be read: {reason}."]) from error
        with self._lock:
            if data != self._read[0] or not data:
                self._read = (data, read(self._path, data, self._catalog))
            return self._read[1]

    def policy(self, app: str) -> Policy | None:
        """The policy of an application."""
        written = self.written()
        return written.apps.get(app, written.policy)

    def tier(self, caller: Caller) -> Tier:
        """The limits of a caller.

        Raises:
            PolicyDenied: when the token names a tier that the file does not have.
        """
        tiers = self.written().tiers
        name = caller.tier or DEFAULT
        if caller.tier is not None and name not in tiers:
            msg = (
                f"Your token has the tier {caller.tier!r}, which {SOURCE} does not define; tell "
                f"the gateway's operator. Nothing was sent."
            )
            raise PolicyDenied(msg)
        return tiers.get(name, UNLIMITED)

    def tier_named(self, name: str | None) -> Tier:
        """The limits of a tier, by the rules that were read last."""
        return self._read[1].tiers.get(name or DEFAULT, UNLIMITED)

    def places(self, backend: str) -> int | None:
        """How many jobs may be at a service at once, by the rules that were read last."""
        return self._read[1].services.get(backend)

    def apply(self, caller: Caller, job: JobRecord, money: Reservation) -> Reservation:
        """What is to be reserved for a job, with the caps and paces that it is held to.

        Raises:
            PolicyDenied: when the policy does not allow the job, or the tier is not defined.
        """
        policy, tier = self.policy(caller.app), self.tier(caller)
        most = {False: tier.per_minute, True: tier.per_day}
        paces = tuple(
            Pace(most=jobs, daily=daily) for daily, jobs in most.items() if jobs is not None
        )
        money = replace(money, paces=paces)
        if policy is None:
            return money
        PolicyRules(policy, SOURCE).require(job)
        estimate = policy.assumed_cost if money.estimate is None else money.estimate
        return replace(money, estimate=estimate, caps=(*money.caps, *self.caps(caller)))

    def caps(self, caller: Caller) -> tuple[Cap, ...]:
        """The sums that a caller's jobs may not exceed: the person's own, and the application's."""
        policy = self.policy(caller.app)
        if policy is None:
            return ()
        found = {
            "perUserDailyCreditCap": (policy.per_user_daily_credit_cap, caller.account, "you"),
            "dailyCreditCap": (policy.daily_credit_cap, caller.app, f"all of {caller.app}"),
        }
        return tuple(
            _cap(key, amount * policy.credit_value, account, whose)
            for key, (amount, account, whose) in found.items()
            if amount is not None
        )


def _cap(key: str, limit: float, account: str, whose: str) -> Cap:
    return Cap(
        name=f"the ${limit:.2f} a day that {key} allows {whose}",
        limit=limit,
        account=account,
        daily=True,
        advice=(
            f"Make a shorter take, wait until the next day begins at 00:00 UTC, or have {key} "
            f"raised in {SOURCE}."
        ),
    )


def read(path: Path, data: bytes, catalog: Catalog) -> Written:
    """The rules in a file.

    Raises:
        PolicyDenied: naming everything that is wrong with it.
    """
    is_json = path.suffix.lower() == ".json"
    try:
        text = data.decode("utf-8-sig")
        plain = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise unusable(path, [f"It is not {'JSON' if is_json else 'TOML'}: {error}."]) from None
    if not isinstance(plain, dict):
        raise unusable(path, ["It has to be an object."])
    faults: list[str] = []
    own = {key: value for key, value in plain.items() if key not in ("apps", "tiers", "services")}
    policy = _policy(own, "", catalog, faults) if own else None
    apps = {
        name: found
        for name, each in _table(plain, "apps", faults).items()
        if (found := _policy(each, f"apps.{name}: ", catalog, faults)) is not None
    }
    tiers = {
        name: tier
        for name, each in _table(plain, "tiers", faults).items()
        if (tier := _tier(each, f"tiers.{name}: ", faults)) is not None
    }
    services = {
        name: places
        for name, each in _table(plain, "services", faults).items()
        if (places := _places(name, each, catalog, faults)) is not None
    }
    if faults:
        raise unusable(path, faults)
    return Written(policy, apps, tiers, services)


def _table(plain: dict[str, Any], key: str, faults: list[str]) -> dict[str, Any]:
    table = plain.get(key, {})
    if not isinstance(table, dict):
        faults.append(f"{key}: has to hold a table for each name.")
        return {}
    faults += [f"{key}.{name}: cannot be a name." for name in table if not NAMES.fullmatch(name)]
    return table


def _policy(given: object, where: str, catalog: Catalog, faults: list[str]) -> Policy | None:
    try:
        policy = parse(given)
    except ValueError as error:
        faults.append(f"{where}{error}")
        return None
    faults += [
        f"{where}allowedModels: {name!r} is not a provider."
        for name in policy.allowed_models or ()
        if name not in catalog.providers
    ]
    return policy


def _places(name: str, given: object, catalog: Catalog, faults: list[str]) -> int | None:
    known = sorted({backend for spec in catalog.providers.values() for backend in spec.backends})
    if name not in known:
        faults.append(f"services.{name}: is not a service; these are {listed(known)}.")
        return None
    if not isinstance(given, dict) or {*given} != {PLACES}:
        faults.append(f"services.{name}: has to be a table with {PLACES} alone.")
        return None
    most = given[PLACES]
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        words = "has to be a whole number of jobs, 1 or more"
        faults.append(f"services.{name}.{PLACES}: {words}, not {shown(most)}.")
        return None
    return most


def _tier(given: object, where: str, faults: list[str]) -> Tier | None:
    if not isinstance(given, dict):
        faults.append(f"{where}has to be a table with {listed(TIER_KEYS)}.")
        return None
    try:
        return Tier.model_validate(given)
    except ValidationError as error:
        for item in error.errors():
            key = str(item["loc"][0])
            words = TIER_KEYS.get(key)
            faults.append(
                f"{where}{key}: is not a key of a tier; these are {listed(TIER_KEYS)}."
                if words is None
                else f"{where}{key}: {words}, not {shown(item['input'])}."
            )
        return None

"""Pairs of two parameters, of which `make test` tries a part."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from _pytest.mark import ParameterSet


def matrix(
    names: str, first: Sequence[object], second: Sequence[object], ids: Iterable[str] = ()
) -> pytest.MarkDecorator:
    """Every pair of values, for tests that drive a browser.

    In `make test` each value of both has a turn; `make soak` tries the pairs that are left out.

    Args:
        names: of both parameters, with a comma.
        first: values of the first one.
        second: values of the second one.
        ids: names of the second one's values; the values themselves by default.
    """
    turns = {
        (number % len(first), number % len(second))
        for number in range(max(len(first), len(second)))
    }
    called = list(ids) or [str(value) for value in second]
    return pytest.mark.parametrize(names, list(_pairs(first, second, called, turns)))


def _pairs(
    first: Sequence[object],
    second: Sequence[object],
    called: list[str],
    turns: set[tuple[int, int]],
) -> Iterable[ParameterSet]:
    for (one, value), (two, other) in product(enumerate(first), enumerate(second)):
        marks = () if (one, two) in turns else pytest.mark.soak
        yield pytest.param(value, other, marks=marks, id=f"{value}-{called[two]}")

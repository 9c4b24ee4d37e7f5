"""Forms travel with what they have in common sent once."""

from __future__ import annotations

import json

import pytest

from rushes.catalog import Catalog, form
from rushes.widgets.pool import pooled
from support.forms import forms_of

LONG = {"name": "a" * 20, "kind": "b" * 20}
PACKAGED = [form(spec, {}) for spec in Catalog.load().values()]


def test_a_page_can_restore_every_packaged_form():
    """Nothing is lost or mixed up."""
    assert forms_of(pooled(PACKAGED)) == PACKAGED


@pytest.mark.parametrize(
    "forms",
    [
        pytest.param([], id="none"),
        pytest.param([{"id": "$", "fields": []}], id="a text like the mark"),
        pytest.param([{"fields": [{"name": "a", "help": "x" * 20}]}] * 3, id="all the same"),
        pytest.param(
            [
                {"fields": [{"name": "a", "kind": "b", "default": value}]}
                for value in (0, False, "")
            ],
            id="values that are alike",
        ),
        pytest.param(
            [{"fields": [LONG | {"help": "c" * 20}]}, {}, {"fields": [LONG]}],
            id="a field that lacks what its like has",
        ),
    ],
)
def test_a_page_can_restore_odd_forms(forms):
    """Also where a difference takes something away."""
    assert repr(forms_of(pooled(forms))) == repr(forms)


def test_the_same_form_under_another_name_costs_little():
    """A provider that differs in nothing but its names and length adds a fifth of its JSON."""
    one = PACKAGED[0]
    field = {"name": "durationSeconds", "label": "Duration", "kind": "integer", "max": 99}
    other = one | {"id": "other", "title": "Other", "fields": [*one["fields"][:-1], field]}
    alone, both = (len(json.dumps(pooled(forms))) for forms in ([one], [one, other]))
    assert both - alone < len(json.dumps(other)) / 5

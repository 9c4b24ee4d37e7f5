"""Which services there are."""

from __future__ import annotations

import re

import rushes
from rushes.backends.registry import list_backends


def test_the_services_come_in_the_catalogs_order(monkeypatch):
    """The preview is the last, and is always ready."""
    monkeypatch.setenv("ARK_API_KEY", "a-key")

    listed = rushes.list_backends()

    assert [info.name for info in listed][:2] == ["fal", "ark"]
    ready = {info.name for info in listed if info.configured}
    assert ready == {"ark", "preview"}


def test_a_service_that_is_not_set_up_says_what_to_set():
    """In one sentence."""
    fal = next(info for info in list_backends({}) if info.name == "fal")

    assert fal.reason is not None
    assert "FAL_KEY" in fal.reason
    assert fal.lost_reply is None


def test_what_a_service_cannot_do_is_told_by_provider():
    """Before anything is sent."""
    ark = next(info for info in list_backends({"ARK_API_KEY": "k"}) if info.name == "ark")

    assert "video_references by URL only" in ark.cannot["seedance-2.0"]
    assert any("camera_fixed" in sentence for sentence in ark.cannot["seedance-2.0-fast"])
    assert "proven not to exist" in str(ark)


def test_what_has_no_effect_in_some_requests_is_told_with_them():
    """As what never has one."""
    runway = next(info for info in list_backends({}) if info.name == "runway")

    told = [each for each in runway.cannot["seedance-2.5"] if each.startswith("resolution")]
    assert [each.partition(":")[0] for each in told] == [
        "resolution has no effect with mode edit",
        "resolution has no effect with mode extend",
    ]


def test_the_list_prints_as_text():
    """Nobody has to read a data class."""
    shown = repr(list_backends({}))

    assert re.search(r"^preview\s+ready", shown, re.MULTILINE)
    assert "BackendInfo" not in shown

"""A video that was made is brought here whole, whatever its server does."""

from __future__ import annotations

import pytest

from emulators.fal import Fault, FaultKind, Operation
from reliability.asking import assert_bought_once, at_rest
from rushes import MediaError
from support.requests import FOX

SPOILT = {
    "broken off": {"kind": FaultKind.TRUNCATED_BODY},
    "half a file": {"kind": FaultKind.SHORT_BODY},
    "web page": {"kind": FaultKind.HTML_BODY},
    "zeros": {"kind": FaultKind.ZERO_BODY},
    "500": {"kind": FaultKind.ERROR_BEFORE, "on": Operation.DOWNLOAD},
    "no reply": {"kind": FaultKind.DROP_BEFORE, "on": Operation.DOWNLOAD},
    "too many": {"kind": FaultKind.TOO_MANY, "on": Operation.DOWNLOAD, "retry_after": 0.1},
}


@pytest.mark.parametrize("fault", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_download_is_tried_again(gen, emulator, fault):
    """Only a whole video gets a name, and nothing else stays behind."""
    trouble = emulator.add_fault(Fault(**fault, times=3))

    record = at_rest(gen, gen.submit(FOX))

    assert trouble.struck == 3
    assert_bought_once(emulator, record)


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_link_that_leads_nowhere_for_a_moment_is_tried_again(gen, emulator, status):
    """Storages answer so for files that they do not show yet."""
    emulator.add_fault(Fault(FaultKind.EXPIRED_LINK, times=2, status=status))

    assert_bought_once(emulator, at_rest(gen, gen.submit(FOX)))


def test_an_expired_link_is_renewed(gen, emulator):
    """The service is asked for another one, and not for another video."""
    emulator.settings.url_lifetime = 60.0

    def too_late(_call: object) -> bool:
        emulator.advance(61.0)
        return True

    emulator.add_fault(Fault(FaultKind.EXPIRED_LINK, times=1, when=too_late))

    assert_bought_once(emulator, at_rest(gen, gen.submit(FOX)))
    links = {request.path for request in emulator.requests if request.path.startswith("/files/")}
    assert len(links) == 2


def test_a_video_that_cannot_be_had_is_a_failure_that_names_the_request(gen, emulator):
    """Nobody should pay for it again without having asked the service first."""
    emulator.add_fault(Fault(FaultKind.HTML_BODY))

    with pytest.raises(MediaError, match="probably billed") as caught:
        gen.submit(FOX).result()

    assert emulator.jobs[0].request_id in caught.value.message
    assert emulator.counts["submit"] == 1


def test_the_key_goes_to_the_services_own_hosts_only(gen, emulator):
    """Neither the media host nor wherever it redirects to gets to see it."""
    emulator.add_fault(Fault(FaultKind.REDIRECT))

    assert_bought_once(emulator, at_rest(gen, gen.submit(FOX)))

    with_key = {request.origin for request in emulator.requests if request.authorization}
    without = {request.origin for request in emulator.requests if not request.authorization}
    assert with_key == {emulator.base_url}
    assert without == {emulator.media_url, emulator.elsewhere_url}

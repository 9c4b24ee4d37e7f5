"""The emulated Kling keeps to Kling's documentation; there is no official client to ask."""

from __future__ import annotations

import base64
import io
import re
import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from PIL import Image

from emulators.kling import (
    KLING_KEY,
    KLING_PAIR,
    Fault,
    FaultKind,
    KlingEmulator,
    KlingSettings,
    Operation,
)
from emulators.kling_tokens import is_signed, signature_of
from rushes.backends.kling.token import sign

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCESS, SECRET = KLING_PAIR.split(":")
T2V, I2V = "/text-to-video/kling-3.0", "/image-to-video/kling-3.0"
LEGACY = "/v1/videos/text2video"
TEXT = {"prompt": "A red fox"}
OLD_TEXT = {"model_name": "kling-v3", "prompt": "A red fox"}
URL = "https://a.example/1.png"
FIRST = {"type": "first_frame", "url": URL}


@pytest.fixture
def kling() -> Iterator[KlingEmulator]:
    with KlingEmulator(KlingSettings(run_seconds=(60, 60), tiny_clips=True)) as emulator:
        yield emulator


@pytest.fixture
def client(kling: KlingEmulator) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {KLING_KEY}"}
    with httpx.Client(base_url=kling.url, headers=headers) as made:
        yield made


def picture(width: int = 320, height: int = 320, format_: str = "PNG") -> str:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, format_)
    return base64.b64encode(file.getvalue()).decode()


def token(secret: str = SECRET, **claims: Any) -> dict[str, str]:
    now = int(time.time())
    usual = {"iss": ACCESS, "exp": now + 1800, "nbf": now - 5}
    return {"Authorization": f"Bearer {sign(usual | claims, secret)}"}


def test_a_task_of_the_new_family_runs_to_its_video(kling, client):
    """Submitted, processing, succeeded; ids of 18 digits, times in milliseconds."""
    body = TEXT | {"options": {"external_task_id": "mine"}, "settings": {"audio": "native"}}
    reply = client.post(T2V, json=body)
    made = reply.json()

    assert reply.status_code == 200
    assert (made["code"], made["message"]) == (0, "SUCCEED")
    assert made["request_id"]
    task = made["data"]
    assert re.fullmatch(r"\d{18}", task["id"])
    assert (task["status"], task["external_id"], task["message"]) == ("submitted", "mine", "")
    assert abs(task["create_time"] / 1000 - time.time()) < 60

    (running,) = client.get("/tasks", params={"task_ids": task["id"]}).json()["data"]
    assert (running["status"], running["outputs"]) == ("processing", [])
    kling.advance(61)
    (done,) = client.get("/tasks", params={"external_task_ids": "mine"}).json()["data"]

    assert done["status"] == "succeeded"
    (output,) = done["outputs"]
    assert (output["type"], output["duration"]) == ("video", "5.041")
    assert "watermark_url" not in output
    assert done["billing"] == [
        {"charge_type": "cash", "cash_type": "balance", "amount": "0.6300", "currency": "USD"}
    ]
    assert httpx.get(output["url"]).headers["content-type"] == "video/mp4"


def test_a_task_of_the_older_family_runs_to_its_video(kling, client):
    """It says succeed, not succeeded, and is found by either id."""
    body = OLD_TEXT | {"external_task_id": "mine", "watermark_info": {"enabled": True}}
    made = client.post(LEGACY, json=body).json()["data"]
    assert made["task_status"] == "submitted"
    assert made["task_info"] == {"external_task_id": "mine"}

    kling.advance(61)
    by_id = client.get(f"{LEGACY}/{made['task_id']}").json()["data"]
    by_name = client.get(f"{LEGACY}/mine").json()["data"]

    assert by_id == by_name
    assert by_id["task_status"] == "succeed"
    (video,) = by_id["task_result"]["videos"]
    assert video["duration"] == "5.1"
    assert "watermark_url" in video


def test_many_tasks_are_read_with_one_call(client):
    """Unknown ids are left out; they are no error."""
    ids = [client.post(T2V, json=TEXT).json()["data"]["id"] for _ in range(3)]

    asked = client.get("/tasks", params={"task_ids": ",".join([*ids, "1" * 18])}).json()
    unknown = client.get("/tasks", params={"external_task_ids": "nobody"})

    assert [task["id"] for task in asked["data"]] == ids
    assert (unknown.status_code, unknown.json()["code"], unknown.json()["data"]) == (200, 0, [])


@pytest.mark.parametrize("query", [{}, {"task_ids": "1", "external_task_ids": "2"}])
def test_tasks_are_asked_for_in_exactly_one_way(client, query):
    """By ids or by external ids."""
    assert client.get("/tasks", params=query).json()["code"] == 1201


def test_the_older_family_does_not_know_what_is_not_there(client):
    """An unknown id, and an id of another kind, are 404 with code 1203."""
    made = client.post(LEGACY, json=OLD_TEXT).json()["data"]

    for route in (f"{LEGACY}/nobody", f"/v1/videos/image2video/{made['task_id']}"):
        reply = client.get(route)
        assert (reply.status_code, reply.json()["code"]) == (404, 1203)
        assert "data" not in reply.json()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "prompt"),
        ({"prompt": 7}, "prompt"),
        ({"prompt": "x" * 3073}, "prompt"),
        (TEXT | {"settings": {"duration": "5"}}, "settings.duration"),
        (TEXT | {"settings": {"duration": 16}}, "settings.duration"),
        (TEXT | {"settings": {"audio": True}}, "settings.audio"),
        (TEXT | {"settings": {"audio": "on"}}, "settings.audio"),
        (TEXT | {"settings": {"resolution": "480p"}}, "settings.resolution"),
        (TEXT | {"settings": {"aspect_ratio": "4:3"}}, "settings.aspect_ratio"),
        (TEXT | {"settings": {"multi_shot": "true"}}, "settings.multi_shot"),
        (TEXT | {"negative_prompt": "blur"}, "negative_prompt"),
        (TEXT | {"external_task_id": "mine"}, "external_task_id"),
        ({"prompt": "shot 1, 2, a; shot 3, 3, b;"}, "prompt"),
        ({"prompt": "shot 1, 2, a; shot 2, 2, b;"}, "prompt"),
        ({"prompt": f"shot 1, 5, {'x' * 513};"}, "prompt"),
    ],
    ids=str,
)
def test_a_wrong_text_task_is_refused_by_field(client, kling, body, field):
    """400, code 1201, and a message that names the field."""
    reply = client.post(T2V, json=body)

    assert (reply.status_code, reply.json()["code"]) == (400, 1201)
    assert reply.json()["message"].startswith(field)
    assert kling.jobs == []


@pytest.mark.parametrize(
    ("contents", "settings"),
    [
        ([], {}),
        ([{"type": "prompt", "text": "x"}], {}),
        ([FIRST, FIRST], {}),
        ([{"type": "last_frame", "url": URL}], {}),
        ([FIRST, {"type": "refer_image", "url": URL}], {}),
        ([FIRST], {"aspect_ratio": "16:9"}),
        ([{"type": "first_frame", "url": f"data:image/png;base64,{picture()}"}], {}),
        ([{"type": "first_frame", "url": picture(299, 400)}], {}),
        ([{"type": "first_frame", "url": picture(300, 800)}], {}),
        ([{"type": "first_frame", "url": picture(format_="GIF")}], {}),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_wrong_image_task_is_refused(client, contents, settings):
    """Frames are by URL or bare base64, and the shape follows from them."""
    reply = client.post(I2V, json={"contents": contents, "settings": settings})

    assert (reply.status_code, reply.json()["code"]) == (400, 1201)


@pytest.mark.parametrize("image", [URL, picture(), picture(300, 750, "JPEG")], ids=lambda v: v[:12])
def test_an_image_is_a_url_or_base64(client, image):
    """In both families."""
    new = {"contents": [{"type": "first_frame", "url": image}]}
    old = {"model_name": "kling-v3", "image": image}

    assert client.post(I2V, json=new).json()["code"] == 0
    assert client.post("/v1/videos/image2video", json=old).json()["code"] == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"model_name": "kling-v9"}, "model_name"),
        ({"duration": 5}, "duration"),
        ({"duration": "2"}, "duration"),
        ({"sound": True}, "sound"),
        ({"mode": "720p"}, "mode"),
        ({"cfg_scale": 1.5}, "cfg_scale"),
        ({"cfg_scale": "0.5"}, "cfg_scale"),
        ({"image": URL}, "image"),
        ({"settings": {}}, "settings"),
        ({"multi_shot": True}, "Value error, shot_type"),
        ({"multi_shot": True, "shot_type": "intelligent"}, "shot_type"),
        ({"multi_shot": True, "shot_type": "customize"}, "Value error, multi_prompt"),
        (
            {
                "multi_shot": True,
                "shot_type": "customize",
                "multi_prompt": [{"index": 1, "prompt": "a", "duration": "4"}],
            },
            "Value error, multi_prompt",
        ),
        (
            {
                "multi_shot": True,
                "shot_type": "customize",
                "multi_prompt": [{"index": 1, "prompt": "a", "duration": 5}],
            },
            "multi_prompt.0.duration",
        ),
    ],
    ids=str,
)
def test_a_wrong_task_of_the_older_family_is_refused(client, wrong, field):
    """Lengths are texts there, and sound is on or off."""
    reply = client.post(LEGACY, json=OLD_TEXT | wrong)

    assert (reply.status_code, reply.json()["code"]) == (400, 1201)
    assert reply.json()["message"].startswith(field)


def test_an_unknown_model_does_not_exist(client):
    """404 with code 1203."""
    reply = client.post("/text-to-video/kling-9.0", json=TEXT)

    assert (reply.status_code, reply.json()["code"]) == (404, 1203)


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Authorization": ""}, 1001),
        ({"Authorization": f"Key {KLING_KEY}"}, 1002),
        ({"Authorization": "Bearer not-a-token"}, 1002),
        (token("another-secret"), 1000),
        (token(iss="nobody"), 1000),
        (token(exp="soon"), 1002),
        (token(nbf=int(time.time()) + 3600), 1003),
        (token(exp=int(time.time()) - 1), 1004),
        (token(), 0),
        ({"Authorization": f"Bearer {KLING_KEY}"}, 0),
    ],
    ids=["none", "scheme", "garbage", "secret", "issuer", "type", "early", "late", "token", "key"],
)
def test_tokens_are_checked_by_the_older_family(kling, headers, code):
    """Signature, issuer and times; an API key is let in as well."""
    reply = httpx.post(f"{kling.url}{LEGACY}", json=OLD_TEXT, headers=headers)

    assert reply.json()["code"] == code
    assert reply.status_code == (401 if code else 200)


def test_the_new_family_takes_no_token(kling):
    """A right token and a wrong key get the very same answer."""
    replies = [
        httpx.post(f"{kling.url}{T2V}", json=TEXT, headers=headers)
        for headers in (token(), {"Authorization": "Bearer garbage"})
    ]

    assert [reply.status_code for reply in replies] == [401, 401]
    assert {reply.json()["code"] for reply in replies} == {1002}
    assert len({reply.json()["message"] for reply in replies}) == 1


def test_what_is_over_the_limit_is_refused_not_queued(kling, client):
    """429 with code 1303, until a task has ended."""
    kling.settings.places = 1
    client.post(T2V, json=TEXT)

    over = client.post(T2V, json=TEXT)
    kling.advance(61)
    after = client.post(T2V, json=TEXT)

    assert (over.status_code, over.json()["code"]) == (429, 1303)
    assert over.json()["message"] == "parallel task over resource pack limit"
    assert after.json()["code"] == 0
    assert len(kling.jobs) == 2


def test_an_external_id_may_come_twice(kling, client):
    """Both tasks are made and listed; switched, the second one is refused."""
    body = TEXT | {"options": {"external_task_id": "mine"}}
    codes = [client.post(T2V, json=body).json()["code"] for _ in range(2)]
    listed = client.get("/tasks", params={"external_task_ids": "mine"}).json()["data"]
    kling.settings.duplicates = "reject_1201"
    third = client.post(T2V, json=body).json()

    assert codes == [0, 0]
    assert len({task["id"] for task in listed}) == 2
    assert third["code"] == 1201


@pytest.mark.parametrize("by", ["new", "old"])
def test_the_look_up_by_external_id_lags(kling, client, by):
    """For a while a new task is there by its id alone."""
    kling.settings.lookup_lag = 30
    if by == "new":
        client.post(T2V, json=TEXT | {"options": {"external_task_id": "mine"}})
    else:
        client.post(LEGACY, json=OLD_TEXT | {"external_task_id": "mine"})

    def is_found() -> bool:
        if by == "new":
            reply = client.get("/tasks", params={"external_task_ids": "mine"})
            return bool(reply.json()["data"])
        return client.get(f"{LEGACY}/mine").json()["code"] == 0

    assert not is_found()
    kling.advance(31)
    assert is_found()


def test_an_error_may_come_with_the_task_made(kling, client):
    """504 with code 5002 says nothing about whether there is a task."""
    kling.add_fault(Fault(FaultKind.ERROR_AFTER, status=504, times=1))
    kling.add_fault(Fault(FaultKind.ERROR_BEFORE, status=503, times=1, skip=1))

    made, not_made = client.post(T2V, json=TEXT), client.post(T2V, json=TEXT)

    assert (made.status_code, made.json()["code"]) == (504, 5002)
    assert (not_made.status_code, not_made.json()["code"]) == (503, 5001)
    assert len(kling.jobs) == 1


def test_a_failed_task_says_why_in_words_only(kling, client):
    """There is no error code on a task."""
    kling.add_fault(Fault(FaultKind.MODEL_FAILURE, times=2))
    new = client.post(T2V, json=TEXT).json()["data"]["id"]
    old = client.post(LEGACY, json=OLD_TEXT).json()["data"]["task_id"]
    kling.advance(61)

    (task,) = client.get("/tasks", params={"task_ids": new}).json()["data"]
    old_task = client.get(f"{LEGACY}/{old}").json()["data"]

    assert (task["status"], old_task["task_status"]) == ("failed", "failed")
    assert "risk control" in task["message"]
    assert task["message"] == old_task["task_status_msg"]
    assert "task_result" not in old_task


def test_everything_is_gone_after_thirty_days(kling, client):
    """The task and its video."""
    made = client.post(T2V, json=TEXT).json()["data"]["id"]
    kling.advance(61)
    (task,) = client.get("/tasks", params={"task_ids": made}).json()["data"]
    kling.advance(30 * 86_400)

    assert client.get("/tasks", params={"task_ids": made}).json()["data"] == []
    assert httpx.get(task["outputs"][0]["url"]).status_code == 403


def test_too_many_calls_are_refused(kling, client):
    """429 with code 1302, and no time to wait."""
    kling.add_fault(Fault(FaultKind.TOO_MANY, on=Operation.STATUS, times=1))

    reply = client.get("/tasks", params={"task_ids": "1"})

    assert (reply.status_code, reply.json()["code"]) == (429, 1302)
    assert "retry-after" not in reply.headers


SIGNED = {
    "webhook-id": "9876543210",
    "webhook-timestamp": "1781080794",
    "webhook-signature": "v1,UsKlJP00XoQyOn410NM9xv34sP+Gl0jnOO9Lcpr7NJ4=",
}
HOOK = "whsec_dGVzdHNlY3JldHRlc3RzZWNyZXR0ZXN0c2VjcmV0MTI="
NEWS = (
    b'{"id":"1234567890","status":"succeeded","message":"",'
    b'"create_time":1781080778802,"update_time":1781080794151}'
)
THEN = 1781080794.0


def test_a_callback_is_signed_as_in_the_vendors_example():
    """Kling's documentation gives a secret, a body and the signature that has to come out."""
    made = signature_of(HOOK, SIGNED["webhook-id"], SIGNED["webhook-timestamp"], NEWS)

    assert made == SIGNED["webhook-signature"]
    assert is_signed(HOOK, SIGNED, NEWS, THEN)


@pytest.mark.parametrize(
    ("headers", "body", "now", "good"),
    [
        pytest.param(SIGNED, NEWS + b" ", THEN, False, id="changed"),
        pytest.param(SIGNED, NEWS, THEN + 301, False, id="old"),
        pytest.param(SIGNED | {"webhook-id": "1"}, NEWS, THEN, False, id="another delivery"),
        pytest.param(
            SIGNED | {"webhook-signature": f"v1,AAAA {SIGNED['webhook-signature']}"},
            NEWS,
            THEN,
            True,
            id="while the secret is changed",
        ),
    ],
)
def test_a_callback_that_is_not_klings_is_known(headers, body, now, good):
    """Every part is signed, and old ones are not believed."""
    assert is_signed(HOOK, headers, body, now) is good

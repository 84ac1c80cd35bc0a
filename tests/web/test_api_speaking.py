"""Programs say what people may say: as whom the token is, of what was read, once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.store.keeping import reading
from tests.web.served import BEGAN, HOUR, MINUTE, NOW, Client, copied, once_filled, serving


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once_filled(tmp_path_factory)


@pytest.fixture
def url(filled: Path, tmp_path: Path) -> str:
    return copied(filled, tmp_path)


def at(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat()


async def say(client: Client, path: str, token: str = "speaks", **body: Any) -> tuple[int, Any]:
    told = await client.ask(f"/api/v1/{path}", method="POST", token=token, json=body)
    return told[:2]


async def root(client: Client) -> tuple[int, int]:
    """The number of the open fault, and the revision that was read."""
    document = (await client.ask("/api/v1/outages?roots=true"))[1]
    return document["outages"][0]["id"], document["revision"]


async def test_an_outage_is_taken_and_given_back(url: str) -> None:
    async with serving(url, Path()) as client:
        number, seen = await root(client)
        body: dict[str, Any] = {
            "expected": seen,
            "note": "đang đến nơi",
            "owner": "An",
            "until": at(NOW + HOUR),
        }
        status, said = await say(client, f"outages/{number}/acknowledge", **body)
        assert (status, said["outage"]["acknowledged"]) == (200, True)
        assert said["outage"]["acknowledged_by"] == "vận hành"
        assert (said["outage"]["owner"], said["outage"]["note"]) == ("An", "đang đến nơi")
        listed = (await client.ask("/api/v1/outages?roots=true"))[1]
        assert listed["outages"][0]["acknowledged"]
        _, late = await say(client, f"outages/{number}/withdraw", expected=seen)
        assert (late["status"], late["code"]) == (409, "changed")
        status, said = await say(client, f"outages/{number}/withdraw", expected=said["revision"])
        assert (status, said["outage"]["acknowledged"]) == (200, False)
        again = await say(client, f"outages/{number}/withdraw", expected=said["revision"])
        assert (again[0], again[1]["code"]) == (409, "not_taken")


async def test_what_is_wrong_is_corrected_with_its_reason(url: str) -> None:
    async with serving(url, Path()) as client:
        number, seen = await root(client)
        path = f"outages/{number}/correct"
        body: dict[str, Any] = {
            "expected": seen,
            "cause": "fibre",
            "provider": "vnpt",
            "reason": "biên bản",
        }
        status, said = await say(client, path, **body)
        found = said["outage"]["cause"], said["outage"]["provider"]
        assert (status, *found) == (200, "fibre", "VNPT")
        assert set(said["outage"]["corrected"]) == {"cause", "provider"}
        nothing = await say(client, path, expected=said["revision"], reason="…")
        assert nothing[0] == 422
        none = {"expected": said["revision"], "provider": "none", "reason": "lỗi của ta"}
        assert (await say(client, path, **none))[1]["outage"]["provider"] is None


async def test_an_outage_that_nobody_saw_is_declared(url: str) -> None:
    async with serving(url, Path()) as client:
        body: dict[str, Any] = {"thing": "d-r", "reason": "nhật ký", "cause": "power"}
        times = {"from": at(BEGAN - HOUR), "to": at(BEGAN - HOUR + 10 * MINUTE)}
        status, said = await say(client, "outages", **body, **times)
        assert (status, said["outage"]["declared"], said["outage"]["thing"]) == (201, True, "d-r")
        turned = {"from": at(BEGAN), "to": at(BEGAN - MINUTE)}
        assert (await say(client, "outages", **body, **turned))[0] == 422
        assert (await say(client, "outages", **body | {"thing": "nobody"}, **times))[0] == 404


async def test_work_is_planned_approved_by_another_and_cancelled(url: str) -> None:
    async with serving(url, Path()) as client:
        body: dict[str, Any] = {
            "scope": "d",
            "from": at(NOW - MINUTE),
            "to": at(NOW + HOUR),
            "reason": "thay cáp",
        }
        status, work = await say(client, "maintenance", **body)
        assert (status, work["scope"], work["author"], work["late"]) == (201, "d", "vận hành", True)
        path = f"maintenance/{work['id']}"
        assert (await say(client, f"{path}/approve"))[0] == 422
        status, approved = await say(client, f"{path}/approve", "rules")
        assert (status, approved["approved_by"]) == (200, "quản trị")
        listed = (await client.ask("/api/v1/maintenance?current=true"))[1]["maintenance"]
        assert [one["id"] for one in listed] == [work["id"]]
        assert (await say(client, f"{path}/cancel"))[1]["cancelled"] is not None
        assert (await say(client, f"{path}/cancel"))[1]["code"] == "work_cancelled"
        assert (await client.ask("/api/v1/maintenance?current=true"))[1]["maintenance"] == []
        wrong = body | {"rrule": "FREQ=NEVER"}
        assert (await say(client, "maintenance", **wrong))[0] == 422


async def test_the_same_key_says_nothing_twice(url: str) -> None:
    async with serving(url, Path()) as client:

        async def note(text: str, key: str, token: str = "speaks") -> tuple[int, Any]:
            headers = {"Idempotency-Key": key}
            told = await client.ask(
                "/api/v1/things/d-r/note",
                method="POST",
                token=token,
                json={"text": text},
                headers=headers,
            )
            return told[:2]

        first, again = await note("một", "k1"), await note("một", "k1")
        assert first == again
        assert (await note("hai", "k1"))[0] == 422
        other = await note("một", "k1", token="rules")
        assert other[1]["id"] != first[1]["id"]
        assert (await note("x", "not a key"))[0] == 400
        _, log, _ = await client.ask("/api/v1/audit", token="rules")
    assert len(log["audit"]) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("outages/{n}/acknowledge", {"expected": 1_000_000}),
        ("outages/{n}/withdraw", {"expected": 1_000_000}),
        ("outages/{n}/note", {"text": "a"}),
        ("outages/{n}/correct", {"expected": 1_000_000, "reason": "a", "cause": "fibre"}),
        ("things/d-r/note", {"text": "a"}),
        ("outages", {"thing": "d-r", "from": at(BEGAN), "to": at(NOW), "reason": "a"}),
        ("maintenance", {"scope": "d", "from": at(BEGAN), "to": at(NOW), "reason": "a"}),
        ("maintenance/1/cancel", {}),
        ("maintenance/1/approve", {}),
    ],
)
async def test_who_may_only_look_says_nothing(url: str, path: str, body: dict[str, Any]) -> None:
    async with serving(url, Path()) as client:
        number, _ = await root(client)
        status, _ = await say(client, path.format(n=number), "looks", **body)
        stranger = await say(client, path.format(n=number), "nobody", **body)
    assert (status, stranger[0]) == (403, 401)
    with reading(url) as reader:
        assert reader.logs.newest_audited() == 0


async def test_words_about_what_lies_outside_of_the_units_are_refused(url: str) -> None:
    async with serving(url, Path()) as client:
        elsewhere = {"scope": "p", "from": at(NOW), "to": at(NOW + HOUR), "reason": "a"}
        _, work = await say(client, "maintenance", **elsewhere)
        tries = [
            await say(client, "things/p-r/note", "district", text="a"),
            await say(client, "maintenance", "district", **elsewhere),
            await say(client, f"maintenance/{work['id']}/cancel", "district"),
        ]
        own = await say(client, "things/d-r/note", "district", text="a")
    assert ([status for status, _ in tries], own[0]) == ([404] * 3, 201)


@pytest.mark.parametrize(
    ("body", "type_", "status"),
    [
        (b"{", "application/json", 400),
        (b"[1]", "application/json", 400),
        (b"", "application/json", 400),
        (b"[" * 30_000, "application/json", 400),
        (b'{"text": "\\ud800"}', "application/json", 400),
        (b'{"text": "a\\u0000b"}', "application/json", 400),
        (b'{"text": 5}', "application/json", 400),
        (b'{"text": "a", "actor": "root"}', "application/json", 400),
        (b"text=a", "application/x-www-form-urlencoded", 415),
        (b'{"text": "' + b"a" * 70_000 + b'"}', "application/json", 413),
    ],
)
async def test_a_body_that_is_none_is_refused(
    url: str, body: bytes, type_: str, status: int
) -> None:
    async with serving(url, Path()) as client:
        found, problem, _ = await client.ask(
            "/api/v1/things/d-r/note",
            method="POST",
            token="speaks",
            data=body,
            headers={"Content-Type": type_},
        )
    assert (found, problem["status"]) == (status, status)

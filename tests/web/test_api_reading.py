"""Programs ask the API: pages, filters, tags, limits of units, and one form of refusal."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import answer, folder
from tests.web.served import copied, fill, once_filled, serving


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return once_filled(tmp_path_factory)


@pytest.fixture
def url(filled: Path, tmp_path: Path) -> str:
    return copied(filled, tmp_path)


async def test_the_status_has_the_keys_of_the_command(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    url = f"sqlite:///{tmp_path / 'data' / 'record.db'}"
    fill(url)
    told = answer(folder(tmp_path), "status", "--data", "data")
    async with serving(url, tmp_path) as client:
        status, document, _ = await client.ask("/api/v1/status")
        only = (await client.ask("/api/v1/status?kinds=sites,links"))[1]
    assert status == 200
    moving = {"at", "late_s"}
    assert {k: v for k, v in document.items() if k not in moving} == {
        k: v for k, v in told.items() if k not in moving
    }
    assert only["sites"] == told["sites"]
    assert "devices" not in only


async def test_a_list_goes_on_where_its_page_ended(url: str) -> None:
    async with serving(url, Path()) as client:
        first = (await client.ask("/api/v1/devices?limit=2"))[1]
        second = (await client.ask(f"/api/v1/devices?limit=2&cursor={first['next']}"))[1]
        broken = await client.ask("/api/v1/devices?cursor=nothing")
    assert [one["id"] for one in first["devices"]] == ["d-r", "d-u"]
    assert [one["id"] for one in second["devices"]] == ["p-r"]
    assert (first["total"], second["total"], second["next"]) == (3, 3, None)
    assert broken[0] == 422


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ("devices?state=down", {"d-r"}),
        ("devices?state=up,not_monitored", {"p-r", "d-u"}),
        ("devices?unit=522", {"d-r", "d-u"}),
        ("devices?unit=51&state=up", {"p-r"}),
        ("links?unit=522", {"L1"}),
        ("units", {"51", "522"}),
        ("services", {"portal"}),
    ],
)
async def test_lists_are_cut_by_state_and_unit(url: str, asked: str, ids: set[str]) -> None:
    async with serving(url, Path()) as client:
        _, document, _ = await client.ask(f"/api/v1/{asked}")
    [rows] = [value for value in document.values() if isinstance(value, list)]
    assert {row["id"] for row in rows} == ids


async def test_fields_leave_the_others_out(url: str) -> None:
    async with serving(url, Path()) as client:
        _, document, _ = await client.ask("/api/v1/devices?fields=state,name&state=down")
    assert document["devices"] == [{"id": "d-r", "name": "d-r", "state": "down"}]


async def test_what_did_not_change_is_not_sent_again(url: str) -> None:
    async with serving(url, Path()) as client:
        _, _, headers = await client.ask("/api/v1/devices")
        same = {"If-None-Match": headers["ETag"]}
        status, told, again = await client.ask("/api/v1/devices", headers=same)
        other = await client.ask("/api/v1/devices", headers=same, token="speaks")
        body = {"text": "đã gọi"}
        said = await client.ask("/api/v1/things/p-r/note", method="POST", token="speaks", json=body)
        outage = (await client.ask("/api/v1/outages?open=true"))[1]["outages"][0]["id"]
        path = f"/api/v1/outages/{outage}/note"
        raised = await client.ask(path, method="POST", token="speaks", json=body)
        changed = await client.ask("/api/v1/devices", headers=same)
    assert (status, told, again["ETag"]) == (304, "", headers["ETag"])
    assert headers["Vary"] == "Authorization, Cookie, Accept-Encoding"
    assert (other[0], said[0], raised[0], changed[0]) == (200, 201, 201, 200)


async def test_one_thing_is_shown_as_the_command_shows_it(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    url = f"sqlite:///{tmp_path / 'data' / 'record.db'}"
    fill(url)
    folder(tmp_path)
    async with serving(url, tmp_path) as client:
        for name in ("d-r", "site:d", "L1", "unit:522", "portal", "vnpt"):
            told = answer(tmp_path, "show", name, "--data", "data")
            status, document, _ = await client.ask(f"/api/v1/things/{name}")
            assert status == 200
            assert shape(document) == shape(told)
        status, problem, _ = await client.ask("/api/v1/things/nobody")
        _, month, _ = await client.ask("/api/v1/things/d-r?month=2026-10")
        both = await client.ask("/api/v1/things/d-r?month=2026-10&to=2026-10-02T00:00:00Z")
    assert (status, problem["detail"]) == (404, "nothing here is called 'nobody'")
    assert month["devices"][0]["period"]["from"] == "2026-10-01T00:00:00.000+07:00"
    assert both[0] == 422


def shape(document: Any) -> Any:
    """Without what moves between two questions."""
    text = json.dumps(document)
    return json.loads(re.sub(r"\d+\.\d+|\d\d:\d\d\.\d+", "0", re.sub(r"\d{4}-\S+?\"", '0"', text)))


async def test_outages_are_asked_by_period_kind_thing_and_root(url: str) -> None:
    async with serving(url, Path()) as client:

        async def ids(asked: str) -> list[str]:
            status, document, _ = await client.ask(f"/api/v1/outages?{asked}")
            assert status == 200, document
            return [f"{one['kind']}:{one['thing']}" for one in document["outages"]]

        assert sorted(await ids("")) == ["device:d-r", "site:d"]
        assert sorted(await ids("open=true&kind=site")) == ["site:d"]
        assert await ids("roots=true") == ["device:d-r"]
        assert await ids("thing=device:d-r") == ["device:d-r"]
        assert await ids("to=2026-01-01T00:00:00Z") == []
        assert await ids("cause=fibre") == []
        assert await ids("state=unreachable&unit=51") == ["site:d"]
        first = (await client.ask("/api/v1/outages?limit=1"))[1]
        second = (await client.ask(f"/api/v1/outages?limit=1&cursor={first['next']}"))[1]
        found = [one["outages"][0]["id"] for one in (first, second)]
        assert (len(set(found)), first["total"], second["next"]) == (2, 2, None)
        long = "from=2020-01-01T00:00:00Z&to=2026-01-01T00:00:00Z"
        assert (await client.ask(f"/api/v1/outages?{long}"))[0] == 422
        _, opened, _ = await client.ask(f"/api/v1/outages/{found[0]}")
        assert opened["evidence"]["start"]["results"] == []
        assert (await client.ask("/api/v1/outages/99"))[0] == 404


async def test_everything_that_has_a_name_is_found(url: str) -> None:
    async with serving(url, Path()) as client:
        _, document, _ = await client.ask("/api/v1/find?q=quang+ngai&limit=3")
        _, limited, _ = await client.ask("/api/v1/find?q=trung+tam+du+lieu", token="district")
    assert document["hits"][0]["name"] == "Tỉnh Quảng Ngãi"
    assert [hit["id"] for hit in limited["hits"]] == ["L1"]  # it ends in the district


@pytest.mark.parametrize(
    "path",
    [
        "things/p-r",
        "things/site:p",
        "things/vnpt",
        "outages?unit=51",
        "devices?unit=51",
    ],
)
async def test_what_lies_outside_of_the_units_of_a_token_is_not_there(url: str, path: str) -> None:
    async with serving(url, Path()) as client:
        assert (await client.ask(f"/api/v1/{path}"))[0] == 200
        assert (await client.ask(f"/api/v1/{path}", token="district"))[0] == 404


async def test_a_token_of_a_district_sees_its_own(url: str) -> None:
    async with serving(url, Path()) as client:
        _, status, _ = await client.ask("/api/v1/status", token="district")
        audit = await client.ask("/api/v1/audit", token="district")
        report = await client.ask("/api/v1/reports/2026-10", token="district")
        _, metrics, _ = await client.ask("/metrics?things=devices", token="district")
        _, targets, _ = await client.ask("/api/v1/prometheus/targets", token="district")
    assert {one["id"] for one in status["devices"]} == {"d-r", "d-u"}
    assert [one["root"] for one in status["sites"]] == ["d-r"]
    assert (audit[0], report[0]) == (403, 403)
    assert 'canh_things{kind="site",state="unreachable"} 1.0' in metrics
    assert "p-r" not in metrics
    assert [one["targets"] for one in targets] == [["127.51.1.1"]]


@pytest.mark.parametrize(
    ("path", "token", "status", "detail"),
    [
        ("status", None, 401, None),
        ("status", "stolen", 401, None),
        ("audit", "speaks", 403, None),
        ("nothing", "looks", 404, None),
        ("devices?stat=down", "looks", 400, "'stat' is not known here; did you mean 'state'?"),
        ("devices?limit=0", "looks", 400, "'limit' has to be a whole number from 1 to 1000"),
        ("devices?limit=1&limit=2", "looks", 400, "'limit' is given twice"),
        ("find", "looks", 400, "'q' is missing"),
        ("outages?to=0001-01-01T00:00:00Z", "looks", 422, None),
        ("outages?to=2026-02-30T00:00:00Z", "looks", 400, None),
        ("outages?to=2026-02-20T00:00", "looks", 400, None),
        ("outages/0", "looks", 400, None),
        ("reports/2026-13", "looks", 400, None),
        ("reports/2026-10", "looks", 422, "report: the test makes none"),
    ],
)
async def test_every_refusal_has_one_form(
    url: str, path: str, token: str | None, status: int, detail: str | None
) -> None:
    async with serving(url, Path()) as client:
        found, problem, headers = await client.ask(f"/api/v1/{path}", token=token)
    assert (found, problem["status"], problem["type"]) == (status, status, "about:blank")
    assert headers["Content-Type"].startswith("application/problem+json")
    assert detail is None or problem["detail"] == detail
    assert ("WWW-Authenticate" in headers) == (status == 401)


async def test_a_record_that_is_gone_is_told_with_the_time_to_come_again(
    url: str, tmp_path: Path
) -> None:
    async with serving(url, Path()) as client:
        (tmp_path / "record.db").write_bytes(b"no record any more" * 1000)
        status, _, headers = await client.ask("/api/v1/outages")
    assert (status, headers["Retry-After"]) == (503, "5")


async def test_the_audit_log_is_read_by_pages(url: str) -> None:
    async with serving(url, Path()) as client:
        for text in ("một", "hai", "ba"):
            note: dict[str, Any] = {"method": "POST", "token": "speaks", "json": {"text": text}}
            assert (await client.ask("/api/v1/things/p-r/note", **note))[0] == 201
        _, first, _ = await client.ask("/api/v1/audit?limit=2", token="rules")
        path = f"/api/v1/audit?limit=2&cursor={first['next']}"
        _, second, _ = await client.ask(path, token="rules")
    told = [*first["audit"], *second["audit"]]
    assert [one["detail"]["text"] for one in told] == ["ba", "hai", "một"]
    assert {(one["actor"], one["action"], one["thing"]) for one in told} == {
        ("vận hành", "note", "p-r")
    }
    assert second["next"] is None


async def test_a_large_answer_is_compressed_and_head_has_no_body(url: str) -> None:
    async with serving(url, Path()) as client:
        _, _, headers = await client.ask(
            "/api/v1/openapi.json", headers={"Accept-Encoding": "gzip"}
        )
        status, told, _ = await client.ask("/api/v1/devices", method="HEAD")
    assert headers["Content-Encoding"] == "gzip"
    assert (status, told) == (200, "")

"""What operators say on the pages comes into the record, or is refused in words."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from inventory.phrases import say
from reports.web.telling import Telling
from reports.web.visitor import Role
from store.reasons import reasons
from tests.store.keeping import reading
from tests.web.gates import CSRF, Passing, person
from tests.web.world import World, shown, troubled


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with troubled(tmp_path) as made:
        yield made


@pytest.fixture
async def asking() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def revision(asking: aiohttp.ClientSession, base: str, path: str = "/outages/1") -> str:
    async with asking.get(base + path) as answer:
        [first, *_] = re.findall(r'name="expected" value="(\d+)"', await answer.text())
        return str(first)


async def post(
    asking: aiohttp.ClientSession, url: str, csrf: str = CSRF, **said: str
) -> tuple[int, str, str]:
    """Status, where it leads, text."""
    async with asking.post(url, data={"csrf": csrf, **said}, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def test_a_root_is_taken_and_given_back(world: World, asking: aiohttp.ClientSession) -> None:
    async with shown(world, Passing(person("Lan"))) as (base, site):
        said = {"note": "đội đang đi", "owner": "Hoa", "until": "2h"}
        seen = await revision(asking, base)
        done = await post(asking, f"{base}/outages/1/acknowledge", expected=seen, **said)
        assert done[:2] == (303, "/outages/1?done=acknowledge")
        with reading(world.url) as reader:
            [root] = reader.roots()
            assert (root.acknowledged, root.owner, root.acknowledged_by, root.note) == (
                True,
                "Hoa",
                "Lan",
                "đội đang đi",
            )
        await site.desk.refresh()
        async with asking.get(base + done[1]) as answer:
            told = await answer.text()
        assert say("vi", "web.done.acknowledge") in told
        assert "đội đang đi" in told
        seen = await revision(asking, base)
        assert (await post(asking, f"{base}/outages/1/withdraw", expected=seen))[0] == 303
        with reading(world.url) as reader:
            assert not reader.roots()[0].acknowledged


async def test_what_was_refused_stands_in_its_form(
    world: World, asking: aiohttp.ClientSession
) -> None:
    async with shown(world, Passing(person())) as (base, _):
        url, seen = f"{base}/outages/1/acknowledge", await revision(asking, base)
        world.mend("d-r")
        status, _, told = await post(asking, url, expected=seen, note="giữ lại", owner="Hoa")
        assert status == 409
        assert "giữ lại" in told
        assert say("vi", "refused.changed", id=1) in told
    with reading(world.url) as reader:
        row = reader.outage(1)
        assert row is not None
        assert not row.acknowledged


async def test_a_time_that_nobody_can_read_loses_nothing_that_was_typed(
    world: World, asking: aiohttp.ClientSession
) -> None:
    async with shown(world, Passing(person())) as (base, _):
        url, seen = f"{base}/outages/1/acknowledge", await revision(asking, base)
        status, _, told = await post(asking, url, expected=seen, note="giữ lại", until="chiều nay")
    assert status == 409
    assert "“chiều nay”" in told
    assert ">giữ lại</textarea>" in told
    assert 'value="chiều nay"' in told


@pytest.mark.parametrize("expected", ["0", "", "-1", "9" * 30, "x"])
async def test_nobody_takes_what_they_have_not_read(
    world: World, asking: aiohttp.ClientSession, expected: str
) -> None:
    async with shown(world, Passing(person())) as (base, _):
        done = await post(asking, f"{base}/outages/1/acknowledge", expected=expected)
    assert done[0] == 409
    assert say("vi", "refused.changed", id=1) in done[2]


async def test_a_note_and_a_correction_stand_in_the_timeline(
    world: World, asking: aiohttp.ClientSession
) -> None:
    async with shown(world, Passing(person("Lan"))) as (base, site):
        note = await post(asking, f"{base}/outages/1/note", note="đã gọi <nhà mạng>")
        assert note[:2] == (303, "/outages/1?done=note")
        await site.desk.refresh()
        said = {"cause": "power", "side": "power_company", "action": "chạy máy nổ"}
        url, seen = f"{base}/outages/1/correct", await revision(asking, base)
        refused = await post(asking, url, expected=seen, **said, reason="")
        assert refused[0] == 409
        assert say("vi", "refused.correction_reason") in refused[2]
        assert 'value="chạy máy nổ"' in refused[2]
        done = await post(asking, url, expected=seen, **said, reason="điện lực báo")
        assert done[0] == 303
        await site.desk.refresh()
        async with asking.get(base + "/outages/1") as answer:
            told = await answer.text()
    assert "đã gọi &lt;nhà mạng&gt;" in told
    assert "điện lực báo" in told
    assert say("vi", "report.side.power_company") in told


async def test_work_is_planned_ended_and_vouched_for(
    world: World, asking: aiohttp.ClientSession
) -> None:
    gate = Passing(person("Lan"))
    async with shown(world, gate) as (base, site):
        url, said = f"{base}/maintenance", {"scope": "site:c", "reason": "thay UPS"}
        assert (await post(asking, url, **said, to="2h"))[:2] == (303, "/maintenance?done=planned")
        wrong = await post(asking, url, scope="site:none", reason="thay UPS", to="2h")
        assert wrong[0] == 409
        assert "“site:none”" in wrong[2]
        assert 'value="thay UPS"' in wrong[2]
        no_end = await post(asking, url, **said, to="mai")
        assert (no_end[0], "“mai”" in no_end[2]) == (409, True)
        late = await post(asking, url, **said, **{"from": "2026-01-01T00:00"}, to="9999h")
        assert late[0] == 303
        await site.desk.refresh()
        assert (await post(asking, f"{url}/2/approve"))[0] == 409  # one's own
        gate.who = person("Hoa")
        assert (await post(asking, f"{url}/2/approve"))[:2] == (303, "/maintenance?done=approve")
        assert (await post(asking, f"{url}/1/cancel"))[:2] == (303, "/maintenance?done=cancel")
        assert (await post(asking, f"{url}/77/cancel"))[0] == 404
        async with asking.get(url) as answer:
            assert "thay UPS" in await answer.text()


async def test_a_window_that_is_over_and_a_rule_that_is_none_are_told_in_words_of_the_page(
    world: World, asking: aiohttp.ClientSession
) -> None:
    async with shown(world, Passing(person("Lan"))) as (base, _):
        url, said = f"{base}/maintenance", {"scope": "site:c", "reason": "thay UPS"}
        over = {"from": "2026-01-01T08:00", "to": "2026-01-01T09:00"}
        status, _, page = await post(asking, url, **said, **over)
        assert (status, say("vi", "refused.work_past") in page, "--" in page) == (409, True, False)
        assert say("vi", "web.works.enter_late") in page
        assert (await post(asking, url, **said, **over, late="1"))[0] == 303
        for rule, key in (("FREQ=HOURLY", "rule_none"), ("FREQ=NEVER;X", "rule_none")):
            status, _, page = await post(asking, url, **said, to="2h", rrule=rule)
            assert (status, say("vi", f"refused.{key}", rule=rule) in page) == (409, True), rule


async def test_a_window_that_no_calendar_holds_is_refused_and_the_page_goes_on(
    world: World, asking: aiohttp.ClientSession
) -> None:
    async with shown(world, Passing(person("Lan"))) as (base, _):
        url, said = f"{base}/maintenance", {"scope": "site:c", "reason": "thay UPS"}
        for begin, end in (("9999-12-31T23:00", "2h"), ("0001-01-01T12:00", "2h"), ("", "999999w")):
            status, _, page = await post(asking, url, **said, **{"from": begin}, to=end)
            assert (status, say("vi", "refused.no_such_year") in page) == (409, True), begin
        async with asking.get(url) as answer:
            assert answer.status == 200


@pytest.mark.parametrize(
    ("who", "csrf", "status"),
    [
        (person(role=Role.VIEWER), CSRF, 403),
        (person(), "x", 403),
        (person(), "", 403),
        (person(units=frozenset({"52201"})), CSRF, 404),
        (None, CSRF, 401),
    ],
)
async def test_whoever_may_not_speak_is_not_heard(
    world: World, asking: aiohttp.ClientSession, who: object, csrf: str, status: int
) -> None:
    async with shown(world, Passing(who)) as (base, _):  # type: ignore[arg-type]
        for path in ("/outages/1/acknowledge", "/outages/1/note", "/maintenance/1/cancel"):
            done = await post(asking, base + path, csrf, expected="99", note="x")
            assert done[0] == status, path
    with reading(world.url) as reader:
        assert not reader.roots()[0].acknowledged


async def test_viewers_are_shown_no_form(world: World, asking: aiohttp.ClientSession) -> None:
    async with shown(world, Passing(person(role=Role.VIEWER))) as (base, _):
        for path in ("/outages/1", "/maintenance"):
            async with asking.get(base + path) as answer:
                assert 'method="post"' not in await answer.text()


async def test_why_tells_whose_words_stand_beside_whom(
    world: World, asking: aiohttp.ClientSession
) -> None:
    gate = Passing(person("op"))
    async with shown(world, gate) as (base, _):
        seen = await revision(asking, base)
        await post(asking, f"{base}/outages/1/acknowledge", expected=seen, note="đội đang đi")
        gate.who = person("điện lực")
        await post(asking, f"{base}/outages/1/note", note="đường dây đứt")
        why = _why(await _page(asking, base))
        gate.who = person("Hoa")
        seen = await revision(asking, base)
        await post(asking, f"{base}/outages/1/acknowledge", expected=seen, note="")
        again = _why(await _page(asking, base))
        seen, about = await revision(asking, base), {"owner": "Tổ truyền dẫn", "note": "đã giao"}
        await post(asking, f"{base}/outages/1/acknowledge", expected=seen, **about)
        given = _why(await _page(asking, base))
    until = say("vi", "why.to_the_end")
    assert say("vi", "why.taken", who="op", until=until, note="đội đang đi") in why
    assert say("vi", "why.taken", who="Hoa", until=until, note="–") in again
    who = "Hoa (phụ trách: Tổ truyền dẫn)"
    assert say("vi", "why.taken", who=who, until=until, note="đã giao") in given


async def test_why_of_an_outage_that_is_over_tells_how_long_it_lasted(
    world: World, asking: aiohttp.ClientSession
) -> None:
    async with shown(world, Passing(person())) as (_, site):
        world.mend("d-r")
        await site.desk.refresh()
        with reading(world.url) as reader:
            row = reader.outage(1)
        assert row is not None
        assert row.first_good_ms is not None
        tell = Telling(site.desk.known, person(), "vi")
        tell.drawn_ms += 5 * 86_400_000
        with reading(world.url) as reader:
            opened = reader.opened(1)
        told = list(reasons(tell, site.desk.known.rows[row.thing_id], opened))
    assert f"({tell.age(row.first_bad_ms, row.first_good_ms)})" in told[0]


async def _page(asking: aiohttp.ClientSession, base: str) -> str:
    async with asking.get(f"{base}/outages/1") as answer:
        return html.unescape(await answer.text())


def _why(page: str) -> str:
    return page.partition('id="h-why"')[2].partition("</section>")[0]

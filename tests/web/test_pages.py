"""The pages through HTTP: what they tell, to whom, and what they leave out."""

from __future__ import annotations

import gzip
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from inventory.model import Web
from inventory.phrases import LANGUAGES, say
from reports.web.press import Printed
from reports.web.visitor import Role
from store.actions import open_actions
from store.reader import open_questions
from tests.web.gates import CSRF, Passing, person
from tests.web.world import HOSTILE, LONG, World, now_ms, shown, troubled

PAGES = (
    "/",
    "/outages",
    "/outages?view=period&which=all",
    "/outages/1",
    "/outages/2",
    "/sites",
    "/devices",
    "/links",
    "/services",
    "/units/52201",
    "/sites/c",
    "/devices/c-r",
    "/devices/d-r?hours=720",
    "/links/L1",
    "/services/sp",
    "/maintenance",
    "/search?q=ban+quan+ly",
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with troubled(tmp_path) as made:
        yield made


@pytest.fixture
async def asking() -> AsyncIterator[aiohttp.ClientSession]:
    jar = aiohttp.CookieJar(unsafe=True)  # of an address too
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield session


async def page(asking: aiohttp.ClientSession, url: str) -> str:
    async with asking.get(url) as answer:
        text = await answer.text()
        assert answer.status == 200, (url, text)
        assert "text/html" in answer.headers["Content-Type"]
        return text


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_speaks_the_language_that_is_asked(
    world: World, asking: aiohttp.ClientSession, language: str
) -> None:
    async with shown(world, Passing(person())) as (base, _):
        for path in PAGES:
            url = URL(base + path).update_query(lang=language)
            told = await page(asking, str(url))
            assert f'<html lang="{language}">' in told
            assert say(language, "web.works") in told, path
        again = await page(asking, base + "/sites")
        assert f'<html lang="{language}">' in again  # it was remembered


async def test_the_overview_tells_the_root_and_counts_what_is_behind_it(
    world: World, asking: aiohttp.ClientSession
) -> None:
    async with shown(world) as (base, _):
        told = await page(asking, base + "/?lang=en")
    assert "1 waiting for somebody" in told
    assert "UBND thành phố Quảng Ngãi d-r" in told
    assert "+1 device" in told
    assert "no answer, asked again" in told
    assert 'class="map"' in told
    assert 'href="/outages/2"' not in told.partition("h-last")[0]  # what is behind is no root


async def test_a_time_that_a_person_said_stands_in_the_course_of_an_outage(
    world: World, asking: aiohttp.ClientSession
) -> None:
    began = now_ms() - 3_600_000
    actions, reader = open_actions(world.url), open_questions(world.url)
    seen = reader.revision()[1]
    actions.correct(1, {"started": began}, actor="an", reason="biên bản", expected=seen)
    row = reader.outage(1)
    reader.close()
    actions.close()
    assert row is not None
    assert row.last_good_ms is not None
    async with shown(world) as (base, _):
        told = await page(asking, base + "/outages/1?lang=en")
    course = told.partition('<ol class="line">')[2].partition("</ol>")[0]
    lines = [re.sub(r"<.*?>", "", one).strip() for one in course.split("</li>")]
    assert [line.split(" ", 2)[2] for line in lines[:3]] == [
        "started, as a person said",
        "last good answer",
        "first bad answer",
    ]
    assert str(began) not in course


@pytest.mark.parametrize("path", ["/", "/outages/1", "/sites/c", "/devices/c-r", "/services/sp"])
async def test_names_are_never_markup(
    tmp_path: Path, asking: aiohttp.ClientSession, path: str
) -> None:
    with troubled(tmp_path, HOSTILE) as world:
        async with shown(world, Passing(person(HOSTILE))) as (base, _):
            told = await page(asking, base + path)
    assert "<script>alert" not in told
    assert "<img src=x" not in told
    assert "&lt;script&gt;alert(1)" in told
    assert "\u202e" not in told
    assert "49" not in re.findall(r"\{\{.*?\}\}|>49<", told)


async def test_what_is_not_there_is_404_and_nothing_else(
    world: World, asking: aiohttp.ClientSession
) -> None:
    async with shown(world) as (base, _):
        for path in ("/sites/none", "/outages/99", "/outages/x", "/units/p", "/status", "/..%2f"):
            async with asking.get(base + path) as answer:
                assert answer.status == 404, path


async def test_whoever_is_limited_sees_only_the_units_of_theirs(
    world: World, asking: aiohttp.ClientSession
) -> None:
    limited = Passing(person(units=frozenset({"52201"})))
    async with shown(world, limited) as (base, _):
        for path in ("/sites/d", "/devices/d-r", "/links/L1", "/outages/1", "/services/sp"):
            async with asking.get(base + path) as answer:
                assert answer.status == 404, path
        for path in ("/", "/outages", "/outages/2", "/sites", "/devices", "/search?q=thanh+pho"):
            told = await page(asking, base + path)
            assert "UBND thành phố" not in told, path
            assert "d-r" not in re.findall(r"\bd-r\b", told.partition("<main")[2]), path
        assert "c-r" in await page(asking, base + "/devices")
        assert say("vi", "web.outside", n=1) in await page(asking, base + "/")


async def test_whoever_is_limited_reads_on_a_sheet_why_their_own_thing_is_down(
    world: World, asking: aiohttp.ClientSession
) -> None:
    async with shown(world, Passing(person(units=frozenset({"522"})))) as (base, _):
        told = await page(asking, base + "/devices/d-r?lang=en")
    assert 'class="alarm" href="/outages/1"' in told
    assert "last answer" in told


async def test_lists_are_filtered_sorted_and_paged(
    world: World, asking: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports.web.asked.A_PAGE", 2)
    row = re.compile(r'<td class="what"><a href="/devices/([\w-]+)"')
    async with shown(world) as (base, _):
        first = row.findall(await page(asking, base + "/devices"))
        second = row.findall(await page(asking, base + "/devices?page=2"))
        assert (first, sorted(second)) == (["d-r", "c-r"], ["d-u", "p-r"])
        beyond = row.findall(await page(asking, base + "/devices?page=999"))
        assert beyond == second
        down = row.findall(await page(asking, base + "/devices?state=down"))
        assert down == ["d-r"]
        commune = row.findall(await page(asking, base + "/devices?unit=52201&sort=nonsense"))
        assert commune == ["c-r"]
        toneless = row.findall(await page(asking, base + "/devices?q=thanh+pho+QUANG&sort=name"))
        assert set(toneless) == {"d-r", "d-u"}


async def test_a_period_has_what_touches_it(world: World, asking: aiohttp.ClientSession) -> None:
    async with shown(world) as (base, _):
        now = await page(asking, base + "/outages?view=period")
        then = await page(asking, base + "/outages?view=period&from=2020-01-01&to=2020-01-31")
        odd = await page(asking, base + "/outages?view=period&from=0000-13-99&to=9999-12-31")
    assert 'href="/outages/1"' in now
    assert 'href="/outages/1"' not in then
    assert 'href="/outages/1"' in odd


async def test_the_search_forgives_missing_tones(
    world: World, asking: aiohttp.ClientSession
) -> None:
    async with shown(world) as (base, _):
        told = await page(asking, base + "/search?q=khu+cong+nghiep")
        number = await page(asking, base + "/search?q=127.51.2.1")
    assert 'href="/sites/c"' in told
    assert 'href="/devices/c-r"' in number


async def test_a_page_is_made_once_a_revision_and_bears_the_name_of_its_reader(
    world: World, asking: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Passing(person("Lan & Hoa"))
    async with shown(world, gate) as (base, site):
        made: list[str] = []
        printed = site.press.printed

        def counting(template: str, about: Mapping[str, Any]) -> Printed:
            made.append(template)
            return printed(template, about)

        monkeypatch.setattr(site.press, "printed", counting)
        assert "Lan &amp; Hoa" in await page(asking, base + "/")
        gate.who = person("Minh")
        told = await page(asking, base + "/")
        assert "Minh" in told
        assert "Lan" not in told.partition("</header>")[0]
        assert made == ["overview.html.j2"]
        gate.who = person("An", Role.VIEWER)
        await page(asking, base + "/")
        assert made == ["overview.html.j2"] * 2
        assert CSRF in await page(asking, base + "/maintenance") or gate.who.role is Role.VIEWER


async def test_packed_and_plain_are_the_same_page(world: World) -> None:
    async with (
        shown(world, Passing(person())) as (base, _),
        aiohttp.ClientSession(auto_decompress=False) as session,
    ):
        async with session.get(base + "/", headers={"Accept-Encoding": "gzip"}) as answer:
            assert answer.headers["Content-Encoding"] == "gzip"
            packed = gzip.decompress(await answer.read())
        async with session.get(base + "/", headers={"Accept-Encoding": "identity"}) as answer:
            assert "Content-Encoding" not in answer.headers
            assert packed == await answer.read()
    assert packed.endswith(b"</html>")


async def test_pages_say_that_the_monitor_has_stopped(
    tmp_path: Path, asking: aiohttp.ClientSession
) -> None:
    with troubled(tmp_path) as world:
        pass  # its writer closed
    async with shown(world) as (base, _):
        told = await page(asking, base + "/")
    assert "BỘ GIÁM SÁT ĐÃ DỪNG" in told
    assert 'class="frozen"' in told


async def test_the_status_page_shows_names_and_states_and_nothing_else(
    world: World, asking: aiohttp.ClientSession
) -> None:
    async with shown(world, Passing(None), Web(status_page=True)) as (base, _):
        async with asking.get(base + "/status?lang=en") as answer:
            told = await answer.text()
            assert answer.status == 200
            assert "public, max-age=15" in answer.headers["Cache-Control"]
            assert "Set-Cookie" not in answer.headers
        async with asking.get(base + "/sites", allow_redirects=False) as answer:
            assert answer.status == 303
    assert "Trung tâm Dữ liệu tỉnh" in told
    assert "UBND thành phố Quảng Ngãi" in told
    assert told.count(LONG) == 1  # the service; of the commune's office nothing
    for hidden in ("127.51", "bi-mat", "d-r", "c-r", "no answer", "0255", "VNPT", "rev", "stamp"):
        assert hidden not in told.partition("<body")[2], hidden
    assert not re.search(r'href="/(?!status|static)', told)


async def test_the_status_page_claims_nothing_while_nobody_watches(
    tmp_path: Path, asking: aiohttp.ClientSession
) -> None:
    with troubled(tmp_path) as world:
        pass
    async with shown(world, Passing(None), Web(status_page=True)) as (base, _):
        told = await page(asking, base + "/status?lang=en")
    assert say("en", "web.status.unknown") in told
    assert "f-up" not in told


async def test_a_record_that_cannot_be_read_is_told(
    world: World, asking: aiohttp.ClientSession
) -> None:
    gone = replace(world, url=world.url + ".none")
    async with (
        shown(gone) as (base, _),
        asking.get(base + "/") as answer,
    ):
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "5"

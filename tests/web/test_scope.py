"""Whoever is limited to units sees what stands there, and nothing of what lies outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inventory.model import Device, End, Link, Network, Service, Site, Unit
from reports.web.desk import Desk, Known
from reports.web.scope import Scope
from reports.web.visitor import Visitor
from store.questions import OutageRow
from tests.store.keeping import NOW, bring, commit, down, network, reading, up, writing
from tests.web.gates import person


def province() -> Network:
    """Above it a commune c in district 522, and a second district with a site e."""
    small = network()
    units = {
        "52201": Unit(id="52201", code="01", name="Xã", level="commune", parent="522"),
        "523": Unit(id="523", code="523", name="Huyện", level="district", parent="51"),
    }
    sites = {
        "c": Site(id="c", name="UBND xã", unit="52201", uplink=("d",)),
        "e": Site(id="e", name="UBND huyện", unit="523", uplink=("p",)),
    }
    devices = {
        "c-r": Device(id="c-r", site="c", role="router", address="127.51.2.1"),
        "e-r": Device(id="e-r", site="e", role="router", address="127.51.3.1"),
    }
    links = {
        "L2": Link(id="L2", a=End(site="d"), b=End(site="e", device="e-r", interface="Gi0/1")),
        "L3": Link(id="L3", a=End(site="p"), b=End(site="e")),
    }
    services = {
        key: Service(id=key, name=key, site=site, url=f"http://127.51.9.1/{key}")
        for key, site in (("sp", "p"), ("sc", "c"))
    }
    return replace(
        small,
        units={**small.units, **units},
        sites={**small.sites, **sites},
        devices={**small.devices, **devices},
        links={**small.links, **links},
        services=services,
    )


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'record.db'}"


@pytest.fixture
def ids(url: str) -> dict[tuple[str, str], int]:
    return dict(bring(url, province()).ids)


async def known_of(url: str) -> Known:
    desk = Desk(url)
    await desk.refresh()
    desk.close()
    return desk.known


def seen(scope: Scope) -> set[str]:
    return {f"{row.kind}:{row.key}" for row in scope.rows().values()}


@pytest.mark.usefixtures("ids")
async def test_a_district_is_seen_with_all_below_it_and_links_that_end_there(url: str) -> None:
    scope = Scope.of(person(units=frozenset({"522"})), await known_of(url))
    assert not scope.whole
    assert seen(scope) == {
        *("unit:522", "unit:52201", "site:d", "site:c", "service:sc", "link:L1", "link:L2"),
        *("device:d-r", "device:d-u", "device:c-r"),
    }


@pytest.mark.usefixtures("ids")
async def test_several_units_are_seen_together(url: str) -> None:
    scope = Scope.of(person(units=frozenset({"52201", "523"})), await known_of(url))
    assert {"device:c-r", "device:e-r", "link:L2", "link:L3"} <= seen(scope)
    assert not {"unit:522", "device:d-r", "link:L1", "provider:vnpt"} & seen(scope)


@pytest.mark.usefixtures("ids")
@pytest.mark.parametrize("units", [frozenset[str](), frozenset({"no such unit"})])
async def test_without_a_standing_unit_nothing_is_seen(url: str, units: frozenset[str]) -> None:
    assert seen(Scope.of(person(units=units), await known_of(url))) == set()


@pytest.mark.usefixtures("ids")
async def test_without_a_limit_all_is_seen(url: str) -> None:
    known = await known_of(url)
    scope = Scope.of(person(), known)
    assert scope.whole
    assert scope.rows() == known.rows
    assert {"beyond:p-r", "provider:vnpt"} <= seen(scope)


@pytest.fixture
def cut(url: str, ids: dict[tuple[str, str], int]) -> Iterator[dict[tuple[str, str], int]]:
    """p-r is down, and everything below is behind it; e-r is down by itself."""
    below = [ids["device", key] for key in ("d-r", "c-r")]
    with writing(url) as writer:
        for thing in (ids["device", "p-r"], ids["device", "e-r"], *below):
            commit(writer, NOW + 1_000, up(thing, NOW + 1_000))
        root = ids["device", "p-r"]
        own = [down(root, NOW + 60_000), down(ids["device", "e-r"], NOW + 60_000)]
        commit(writer, NOW + 61_000, *own)
        commit(writer, NOW + 62_000, *(down(thing, NOW + 60_000, root) for thing in below))
        yield ids


async def test_roots_outside_are_counted_by_what_they_cut_off_within(
    url: str, cut: dict[tuple[str, str], int]
) -> None:
    known = await known_of(url)
    district = Scope.of(person(units=frozenset({"522"})), known)
    assert {row.key for row in known.roots} == {"p-r", "e-r"}
    assert district.roots() == ()
    assert district.behind() == 2
    other = Scope.of(person(units=frozenset({"523"})), known)
    assert [row.key for row in other.roots()] == ["e-r"]
    assert (other.behind(), Scope.of(person(), known).behind()) == (0, 0)


async def test_outages_within_do_not_name_a_root_outside(
    url: str, cut: dict[tuple[str, str], int]
) -> None:
    with reading(url) as reader:
        outages = reader.outages()
    known = await known_of(url)

    def told(visitor: Visitor) -> dict[str, OutageRow]:
        return {row.key: row for row in Scope.of(visitor, known).outages(outages)}

    whole, commune = told(person()), told(person(units=frozenset({"52201"})))
    assert (set(whole), set(commune)) == ({"p-r", "e-r", "d-r", "c-r"}, {"c-r"})
    assert (whole["c-r"].root_key, commune["c-r"].root_key) == ("p-r", None)
    assert commune["c-r"].root_id == whole["c-r"].root_id is not None


async def test_what_left_the_lists_is_not_seen_with_a_limit(
    url: str, ids: dict[tuple[str, str], int]
) -> None:
    declared = province()
    left = {key: device for key, device in declared.devices.items() if key != "c-r"}
    bring(url, replace(declared, devices=left, sha256="2"), NOW + 1_000, accept=True)
    known = await known_of(url)
    gone = ids["device", "c-r"]
    assert not Scope.of(person(units=frozenset({"522"})), known).sees_thing(gone)
    assert Scope.of(person(), known).sees_thing(gone)
    assert not Scope.of(person(units=frozenset({"522"})), known).sees_thing(None)


async def test_a_desk_takes_up_that_a_link_ends_elsewhere(
    url: str, ids: dict[tuple[str, str], int]
) -> None:
    desk = Desk(url)
    await desk.refresh()
    link = ids["link", "L3"]
    assert desk.known.link_sites[link] == (ids["site", "p"], ids["site", "e"])
    declared = province()
    moved = replace(declared.links["L3"], a=End(site="c"))
    links = dict(declared.links) | {"L3": moved}
    bring(url, replace(declared, links=links, sha256="2"), NOW + 1_000)
    await desk.refresh()
    desk.close()
    assert desk.known.link_sites[link] == (ids["site", "c"], ids["site", "e"])


@pytest.mark.usefixtures("ids")
async def test_units_above_each_other_are_below_nobody(url: str) -> None:
    known = await known_of(url)
    loop = dict(known.units)
    top = next(i for i, row in loop.items() if row.key == "51")
    low = next(i for i, row in loop.items() if row.key == "522")
    loop[top] = loop[top]._replace(unit_id=low)
    scope = Scope.of(person(units=frozenset({"523"})), replace(known, units=loop))
    assert {name for name in seen(scope) if name.startswith("unit")} == {"unit:523"}

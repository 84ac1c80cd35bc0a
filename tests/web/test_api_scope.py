"""Whoever is limited to units learns nothing of others from the API, and finds all of their own."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from inventory.model import Contact, Device, End, Link, Network, Provider, Service, Site, Unit
from reports.web.visitor import Role, Visitor
from store.actions import open_actions
from store.changes import Batch, Evidence, FactsSaid, Happened, Health, NeighbourFact, Raw
from store.reloads import refuse
from store.speech import Done
from store.writer import Writer
from tests.store.keeping import bring, commit, down, up, writing
from tests.web.served import BEGAN, HOUR, MINUTE, NOW, Bearer, Client, serving

Ids = dict[tuple[str, str], int]

ALIEN = re.compile(r"alien|127\.52\.", re.IGNORECASE)  # all that is told of what lies outside
WHOLE = {  # of the whole network: refused
    "/api/v1/audit",
    "/api/v1/coverage",
    "/api/v1/reports/{period}",
}
NEIGHBOURS = (  # what may be told: where, which text, and why
    (r".*\.name", "Alien Hub – UBND huyện", "a link is called by both its ends"),
    (r".*links\.other", "Alien Hub|alien-r", "where an own link leads to"),
    (r"(.*\.)?declared\.a\.\w+", "alien-[pr]", "the files have both ends of an own link with it"),
    (r".*declared\.uplink", "alien-p", "the files have what an own site hangs on with it"),
    (r".*neighbours\.remote_\w+", r"alien-r|127\.52\.0\.1", "an own device tells its neighbours"),
    (r"hits\.text", "(?i)alien[- ](p|hub)", "a link is found by the name of its other end"),
    (r"hits\.where", "Alien Province", "what an own unit is a part of"),
)


def split() -> Network:
    """A district with a commune below it, and around it another, which it hangs on."""
    return Network(
        name="Mạng thử",
        timezone="Asia/Ho_Chi_Minh",
        anchor=("alien-r",),
        providers={"carrier": Provider(id="carrier", name="Nhà mạng", hotline="1800-0000")},
        units={
            "51": Unit(id="51", code="51", name="Alien Province", level="province"),
            "522": Unit(id="522", code="522", name="Huyện", level="district", parent="51"),
            "52201": Unit(id="52201", code="01", name="Xã", level="commune", parent="522"),
            "523": Unit(id="523", code="523", name="Alien Unit", level="district", parent="51"),
        },
        sites={
            "alien-p": Site(id="alien-p", name="Alien Hub", unit="51"),
            "alien-e": Site(id="alien-e", name="Alien Office", unit="523", uplink=("d",)),
            "d": Site(id="d", name="UBND huyện", unit="522", uplink=("alien-p",)),
            "c": Site(id="c", name="UBND xã", unit="52201", uplink=("d",)),
        },
        devices={
            "alien-r": Device(
                id="alien-r", site="alien-p", role="router", address="127.52.0.1", serial="ALIEN-1"
            ),
            "alien-e-r": Device(
                id="alien-e-r", site="alien-e", role="router", address="127.52.3.1"
            ),
            "d-r": Device(id="d-r", site="d", role="router", address="127.51.1.1", serial="D-1"),
            "c-r": Device(id="c-r", site="c", role="router", address="127.51.2.1"),
        },
        links={
            "L1": Link(
                id="L1",
                a=End(site="alien-p", device="alien-r", interface="Gi0/1"),
                b=End(site="d", device="d-r", interface="Gi0/0"),
                provider="carrier",
            ),
            "alien-l": Link(id="alien-l", a=End(site="alien-p"), b=End(site="alien-e")),
        },
        services={
            "portal": Service(id="portal", name="Cổng", site="d", url="http://127.51.9.1/"),
            "alien-s": Service(
                id="alien-s", name="Alien Mail", site="alien-p", url="http://127.52.9.1/"
            ),
        },
    )


def fill(url: str) -> None:
    """Faults on both sides of the border, each felt on the other; what was read, said, planned."""
    ids = dict(bring(url, split(), BEGAN - MINUTE).ids)
    asked = [number for (kind, _), number in ids.items() if kind in ("device", "site", "link")]
    fell = BEGAN + MINUTE
    with writing(url, BEGAN) as writer:
        commit(writer, BEGAN + 1_000, *(up(one, BEGAN) for one in asked))
        own, other = ids["device", "d-r"], ids["device", "alien-r"]
        behind = [
            (ids["device", "alien-e-r"], own),
            (ids["site", "alien-e"], own),
            (ids["site", "c"], other),
            (ids["device", "c-r"], other),
        ]
        roots = [down(one, fell) for one in (own, other, ids["link", "L1"])]
        commit(writer, fell, *roots, *(down(one, fell, root) for one, root in behind))
        commit(writer, fell + MINUTE, up(ids["link", "L1"], fell + MINUTE))
        _read(writer, ids, fell)
    _say(url, ids)


def _read(writer: Writer, ids: Ids, at_ms: int) -> None:
    devices = [number for (kind, _), number in ids.items() if kind == "device"]
    raw = (Raw(at_ms, "icmp", None, "missed"),)
    heard = [Evidence(thing_id=d, from_ms=at_ms, to_ms=at_ms, results=raw) for d in devices]
    beside = NeighbourFact("lldp", "Gi0/0", 1, "alien-r", "Gi0/1", remote_address="127.52.0.1")
    batch = Batch(
        at_ms=at_ms + MINUTE,
        evidence=tuple(heard),
        health=Health(at_ms=at_ms + 100, mono_ns=1, body={"memory": "alien"}),
        facts=(
            FactsSaid(device_id=ids["device", "alien-r"], serial="ALIEN-2", macs=()),
            FactsSaid(device_id=ids["device", "d-r"], serial="D-2", neighbours=(beside,)),
        ),
        events=(Happened(thing_id=ids["device", "alien-r"], kind="trap", body={"from": "alien"}),),
    )
    writer.submit(batch).result(timeout=30)
    why = ["sites.toml:7: site alien-p: no such unit"]
    writer.change(partial(refuse, problems=why, now_ms=at_ms)).result(timeout=30)


def _say(url: str, ids: Ids) -> None:
    actions = open_actions(url)
    try:
        for name in (("device", "alien-r"), ("link", "L1"), ("site", "d"), ("unit", "51")):
            noted = actions.annotate(ids[name], actor="an", text=f"ghi {name[1]}", outage_id=None)
            planned = actions.plan_maintenance(
                ids[name],
                actor="an",
                from_ms=NOW + MINUTE,
                to_ms=NOW + HOUR,
                reason=f"sửa {name[1]}",
            )
            assert isinstance(noted, Done)
            assert isinstance(planned, Done)
    finally:
        actions.close()


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'record.db'}"
    fill(made)
    return made


GATE = Bearer(
    {
        "whole": Visitor(name="tỉnh", role=Role.ADMIN),
        "district": Visitor(name="huyện", role=Role.ADMIN, units=frozenset({"522"})),
    }
)


async def asked(client: Client, token: str) -> dict[str, list[str]]:
    """Path of the document → addresses to ask, with all ids that the token's lists name."""
    _, status, _ = await client.ask("/api/v1/status", token=token)
    plural = {"units": "unit", "sites": "site", "devices": "device", "links": "link"} | {
        "services": "service"
    }
    things = [f"{kind}:{one['id']}" for name, kind in plural.items() for one in status[name]]
    _, outages, _ = await client.ask("/api/v1/outages?limit=1000", token=token)
    words = ("alien", "127.52.0.1", "ALIEN-1", "ALIEN-2", "d-r", "UBND", "huyen", "L1", "Alien Hub")
    ids = {
        "/api/v1/things/{id}": [f"/api/v1/things/{one}" for one in things],
        "/api/v1/outages/{outage}": [f"/api/v1/outages/{o['id']}" for o in outages["outages"]],
        "/api/v1/find": [f"/api/v1/find?q={word}&limit=100" for word in words],
        "/api/v1/reports/{period}": ["/api/v1/reports/2026-10"],
        "/metrics": ["/metrics", "/metrics?things=sites,links,devices,services"],
        "/api/v1/events": ["/api/v1/events?after=0"],
    }
    _, document, _ = await client.ask("/api/v1/openapi.json", token=token)
    paths = {path: told["get"] for path, told in document["paths"].items() if "get" in told}
    found = {}
    for path, told in paths.items():
        needed = [one["name"] for one in told.get("parameters", ()) if one.get("required")]
        query = "&".join(f"{name}=1" for name in needed)
        found[path] = ids.get(path) or [f"{path}?{query}" if query else path]
    assert not any("{" in one for addresses in found.values() for one in addresses)
    return found


def leaves(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Where each text and each name of a key stands, and the text."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield f"{at}(key)", name
            yield from leaves(part, f"{at}.{name}".lstrip("."))
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part, at)
    else:
        yield at, str(value)


async def told(client: Client, address: str, token: str) -> tuple[int, list[tuple[str, str]]]:
    """The status, and all texts of the answer with their places."""
    if address.startswith("/api/v1/events"):
        frames = await streamed(client, address, token)
        return 200, [leaf for frame in frames for leaf in leaves({"events": frame})]
    status, answer, _ = await client.ask(address, token=token)
    return status, list(leaves(answer)) if isinstance(answer, dict | list) else [("", answer)]


async def streamed(client: Client, address: str, token: str) -> list[Any]:
    """The events that are there already."""
    lines = []
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with (
            asyncio.timeout(2),
            client.session.get(f"{client.origin}{address}", headers=headers) as answer,
        ):
            async for line in answer.content:
                lines.append(line.decode())
    except (TimeoutError, aiohttp.ClientError):
        pass
    return [json.loads(line[5:]) for line in lines if line.startswith("data:")]


def is_near(one: tuple[str, str, str], place: str, text: str) -> bool:
    return bool(re.fullmatch(one[0], place) and re.fullmatch(one[1], text))


async def test_no_answer_tells_a_limited_token_of_what_lies_outside(
    url: str, tmp_path: Path
) -> None:
    async with serving(url, tmp_path, gate=GATE) as client:
        leaks, used, answers = [], set(), 0
        for path, addresses in (await asked(client, "district")).items():
            refused = path in WHOLE or path.startswith("/api/v1/board/")
            for address in addresses:
                status, found = await told(client, address, "district")
                assert status == (403 if refused else 503 if path == "/api/v1/health" else 200)
                answers += not refused and bool(found)
                for place, text in found:
                    if ALIEN.search(text):
                        near = [one for one in NEIGHBOURS if is_near(one, place, text)]
                        used.update(near)
                        leaks += [] if near else [(address, place, text)]
    assert leaks == []
    assert used == set(NEIGHBOURS)
    assert answers > 30


async def test_what_lies_outside_is_there_for_a_token_without_limit(
    url: str, tmp_path: Path
) -> None:
    """What the walk looks for would be found, and every exception is one."""
    async with serving(url, tmp_path, gate=GATE) as client:
        whole = await asked(client, "whole")
        found = {
            path: [
                leaf for address in addresses for leaf in (await told(client, address, "whole"))[1]
            ]
            for path, addresses in whole.items()
            if path not in WHOLE and not path.startswith("/api/v1/board/")
        }
    shown = {path for path, all_ in found.items() if any(ALIEN.search(text) for _, text in all_)}
    assert shown == found.keys() - {"/healthz", "/api/v1/openapi.json"}


@pytest.mark.parametrize(
    "thing", ["device:alien-r", "site:alien-p", "unit:51", "link:alien-l", "provider:carrier"]
)
async def test_what_lies_outside_is_not_there(url: str, tmp_path: Path, thing: str) -> None:
    async with serving(url, tmp_path, gate=GATE) as client:
        assert (await client.ask(f"/api/v1/things/{thing}", token="district"))[0] == 404


def crowded() -> Network:
    """So many offices outside that they would fill every answer."""
    small = split()
    many = {
        key: Site(id=key, name=f"Ủy ban nhân dân xã {key}", unit="523")
        for key in (f"alien-{number}" for number in range(1_100))
    }
    own = Site(id="c", name="Ủy ban nhân dân xã Tịnh Long", unit="52201", contacts=("lan",))
    lan = Contact(id="lan", name="Nguyễn Thị Lan", phone="0255 000 111")
    return replace(small, sites={**small.sites, **many, "c": own}, contacts={"lan": lan})


async def test_own_things_are_found_however_many_others_are_like_them(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'record.db'}"
    bring(url, crowded(), BEGAN)
    async with serving(url, tmp_path, gate=GATE) as client:
        _, told, _ = await client.ask("/api/v1/find?q=xã", token="district")
        _, page, _ = await client.ask("/search?q=xã", token="district")
        _, person, _ = await client.ask("/api/v1/find?q=lan", token="district")
        _, hidden, _ = await client.ask("/api/v1/find?q=alien-7", token="district")
        _, whole, _ = await client.ask("/api/v1/find?q=alien-7", token="whole")
    assert {"c", "52201"} <= {hit["id"] for hit in told["hits"]}
    assert 'href="/sites/c"' in page
    assert "Nguyễn Thị Lan" in {hit["name"] for hit in person["hits"]}
    assert hidden["hits"] == []
    assert "alien-7" in {hit["id"] for hit in whole["hits"]}


async def test_what_moves_out_of_the_units_is_found_no_more(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'record.db'}"
    bring(url, crowded(), BEGAN)
    async with serving(url, tmp_path, gate=GATE) as client:
        addresses = ("/api/v1/find?q=tinh+long", "/search?q=tinh+long")
        before = [(await client.ask(one, token="district"))[1] for one in addresses]
        moved = crowded()
        sites = {**moved.sites, "c": replace(moved.sites["c"], unit="523")}
        bring(url, replace(moved, sites=sites, sha256="2"), BEGAN + MINUTE)
        await client.site.desk.refresh()
        after = [(await client.ask(one, token="district"))[1] for one in addresses]
    assert [hit["id"] for hit in before[0]["hits"]] == ["c", "c-r"]
    assert 'href="/sites/c"' in before[1]
    assert after[0]["hits"] == []
    assert "Tịnh Long" not in after[1]

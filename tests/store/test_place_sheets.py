"""The sheets of places tell where links lead and what was measured there."""

from __future__ import annotations

from dataclasses import replace

from inventory.model import End, Link, Network
from store.changes import Batch, DeviceSaid, FactsSaid, Interface, NeighbourFact
from tests.store.keeping import NOW, bring, network, reading, writing

SITES = {"p": "Trung tâm Dữ liệu tỉnh", "d": "UBND thành phố Quảng Ngãi"}


def linked(**links: tuple[End, End]) -> Network:
    more = {key: Link(id=key, a=a, b=b) for key, (a, b) in links.items()}
    return replace(network(), links=more)


def led_to(url: str, declared: Network, kind: str, key: str) -> list[str]:
    thing_id = bring(url, declared).ids[kind, key]
    with reading(url) as reader:
        return [one.other for one in reader.places.circuits(kind, thing_id)]


def test_a_link_leads_from_a_device_to_what_its_other_end_names(url: str) -> None:
    declared = linked(
        within=(End(site="d", device="d-u"), End(site="d", device="d-r")),
        away=(End(site="p"), End(site="d", device="d-r")),
    )
    assert led_to(url, declared, "device", "d-r") == ["d-u", SITES["p"]]
    assert led_to(url, declared, "device", "d-u") == ["d-r"]


def test_a_link_leads_from_a_site_to_the_other_and_within_it_to_its_devices(url: str) -> None:
    declared = linked(
        within=(End(site="d", device="d-u"), End(site="d", device="d-r")),
        to_one=(End(site="d"), End(site="d", device="d-r")),
        to_none=(End(site="d"), End(site="d")),
        away=(End(site="p", device="p-r"), End(site="d", device="d-r")),
    )
    assert led_to(url, declared, "site", "d") == ["d-u – d-r", "d-r", SITES["d"], SITES["p"]]
    assert led_to(url, declared, "site", "p") == [SITES["d"]]


def test_the_sheet_of_a_place_tells_what_that_of_each_device_there_tells(url: str) -> None:
    ids = bring(url, network()).ids
    router = ids["device", "p-r"]
    port = Interface(
        if_index=7, if_name="Gi7", if_descr=None, if_alias=None, if_type=6, mac=None,
        speed_bps=None, admin_status=1, oper_status=1,
    )  # fmt: skip
    said = DeviceSaid(
        thing_id=router, status="ok", detail="", sys_name="core", sys_descr="x", interfaces=(port,)
    )
    beside = tuple(NeighbourFact("lldp", f"Gi{n}", n, "d-r", "Eth1") for n in (7, 8))
    facts = FactsSaid(device_id=router, os="ios", serial="A1", neighbours=beside)
    with writing(url) as writer:
        writer.submit(Batch(at_ms=NOW + 1, said=(said,))).result(timeout=30)
        writer.submit(Batch(at_ms=NOW + 2, facts=(facts,))).result(timeout=30)
    with reading(url) as reader:
        [mine] = reader.places.sheet(ids["site", "p"]).equipment
        alone = reader.sheet(router)
    assert [one.if_index for one in mine.neighbours] == [7, None]
    assert mine.neighbours == alone.found.neighbours
    told = {name: value for name, value in alone.measured.items() if value is not None}
    assert mine.measured.items() <= told.items()
    assert mine.measured["os"] == "ios"
    assert mine.measured["sys_descr"] == "x"

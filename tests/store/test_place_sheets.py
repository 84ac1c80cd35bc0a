"""The sheets of places tell where links lead and what was measured there."""

from __future__ import annotations

from dataclasses import replace

from inventory.model import End, Link, Network
from tests.store.keeping import bring, network, reading

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

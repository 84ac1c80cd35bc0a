"""Bringing sites.toml into the record, without losing history, on both engines."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest

from inventory.model import End, Site, Unit
from store.changes import Batch, DeviceSaid, Interface
from store.declare import RetireLimitError
from store.states import State
from tests.store.keeping import NOW, bring, commit, down, network, reading, up, without, writing


def test_what_has_nothing_to_ask_is_not_monitored_and_never_up(url: str) -> None:
    bring(url, network())
    with reading(url) as reader:
        states = {row.key: row.state for row in reader.snapshot().rows}
    assert states["d-u"] == State.NOT_MONITORED
    assert states["d-r"] == State.UNKNOWN


def test_bringing_the_same_files_twice_changes_nothing(url: str) -> None:
    first = bring(url, network())
    again = bring(url, network(), NOW + 5000)
    assert (again.created, again.changed, again.retired) == (0, 0, ())
    assert again.ids == first.ids


def test_a_changed_value_gets_a_row_of_its_own_and_the_past_stays(url: str) -> None:
    bring(url, network())
    moved = network()
    sites = dict(moved.sites) | {"d": dataclasses.replace(moved.sites["d"], unit="51")}
    assert bring(url, dataclasses.replace(moved, sites=sites), NOW + 5000).changed == 1
    with reading(url) as reader:
        before = {h.key: h.unit for h in reader.period(NOW, NOW + 1000, NOW + 9000).histories}
        after = {h.key: h.unit for h in reader.period(NOW, NOW + 9000, NOW + 9000).histories}
    assert (before["d"], after["d"]) == ("TP", "Tỉnh Quảng Ngãi")


def test_a_rename_with_was_keeps_the_history(url: str) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer:
        commit(writer, NOW, down(device, NOW))
    renamed = without(network(), "d-r")
    new = dataclasses.replace(network().devices["d-r"], id="d-new", was=("d-r",))
    ids = bring(url, dataclasses.replace(renamed, devices={**renamed.devices, "d-new": new})).ids
    assert ids["device", "d-new"] == device
    with reading(url) as reader:
        assert reader.outages()[0].key == "d-new"


def test_a_retired_thing_leaves_the_lists_and_keeps_its_history(url: str) -> None:
    ids = bring(url, network()).ids
    device = ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader:
        commit(writer, NOW, up(device, NOW))
        commit(writer, NOW + 2000, down(device, NOW + 1000))
        seen = reader.snapshot().revision
    assert bring(url, without(network(), "d-r"), NOW + 9000).retired == ("d-r",)
    with reading(url) as reader:
        assert device in reader.snapshot(seen).gone
        assert reader.find("d-r") is None
        [past] = [h for h in reader.period(NOW, NOW + 60_000, NOW + 60_000).histories
                  if h.thing_id == device]  # fmt: skip
        assert past.service == ((NOW, NOW + 9000),)


def test_a_configuration_that_drops_much_is_refused_until_accepted(url: str) -> None:
    bring(url, network())
    empty = dataclasses.replace(
        network(),
        devices={},
        links={},
        sites={},
        anchor=(),
        units={"51": Unit(id="51", code="51", name="T", level="province")},
    )
    with pytest.raises(RetireLimitError, match="--accept-retired"):
        bring(url, empty)
    with reading(url) as reader:
        assert reader.find("d-r") is not None
    assert "d-r" in bring(url, empty, accept=True).retired


def test_what_is_no_longer_asked_has_no_open_outage(url: str) -> None:
    """A device that is down and is then only listed must not stay down in the ledger."""
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer:
        commit(writer, NOW, down(device, NOW))
    listed = dataclasses.replace(network().devices["d-r"], monitor="none")
    devices = {**network().devices, "d-r": listed}
    bring(url, dataclasses.replace(network(), devices=devices), NOW + 60_000)
    with reading(url) as reader:
        assert reader.roots() == ()
        row = reader.find("d-r")
        assert row is not None
        assert (row.state, row.outage_id, row.since_ms) == (State.NOT_MONITORED, None, None)


def test_a_renamed_device_keeps_its_interfaces(url: str) -> None:
    ids = bring(url, network()).ids
    port = Interface(
        if_index=1,
        if_name="Gi0/1",
        if_descr=None,
        if_alias=None,
        if_type=6,
        mac=None,
        speed_bps=None,
        admin_status=1,
        oper_status=1,
    )
    said = DeviceSaid(thing_id=ids["device", "p-r"], status="ok", detail="", interfaces=(port,))
    with writing(url) as writer:
        writer.submit(Batch(at_ms=NOW, said=(said,))).result()
    new = dataclasses.replace(network().devices["p-r"], id="core", was=("p-r",))
    devices = {**without(network(), "p-r").devices, "core": new}
    renamed = dataclasses.replace(network(), devices=devices, anchor=("core",), links={})
    bring(url, renamed, NOW + 1000, accept=True)
    with writing(url, NOW + 2000) as writer, reading(url) as reader:
        writer.submit(Batch(at_ms=NOW + 3000, said=(said,))).result()
        assert len(reader.sheet(ids["device", "p-r"]).interfaces) == 1


def test_a_clock_behind_the_record_does_not_stop_the_monitor(url: str) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer:
        commit(writer, NOW, up(device, NOW))
    assert bring(url, without(network(), "d-r"), NOW - 3_600_000).retired == ("d-r",)


def test_every_kind_keeps_its_history_through_a_rename(url: str) -> None:
    old = network()
    before = bring(url, old).ids
    unit = replace(old.units["522"], id="tp", was=("522",))
    site = replace(old.sites["d"], id="d2", unit="tp", was=("d",))
    devices = {
        key: replace(old.devices[was], id=key, site="d2", was=(was,))
        for key, was in (("d2-r", "d-r"), ("d2-u", "d-u"))
    }
    provider = replace(old.providers["vnpt"], id="vnpt2", was=("vnpt",))
    link = replace(old.links["L1"], id="L2", b=End(site="d2"), provider="vnpt2", was=("L1",))
    renamed = replace(
        old,
        units={"51": old.units["51"], "tp": unit},
        sites={"p": old.sites["p"], "d2": site},
        devices={"p-r": old.devices["p-r"]} | devices,
        links={"L2": link},
        providers={"vnpt2": provider},
    )
    done = bring(url, renamed, NOW + 1000)
    assert (done.added, done.retired) == ((), ())
    for kind, was, key in (
        ("unit", "522", "tp"),
        ("site", "d", "d2"),
        ("device", "d-r", "d2-r"),
        ("link", "L1", "L2"),
        ("provider", "vnpt", "vnpt2"),
    ):
        assert done.ids[kind, key] == before[kind, was], kind


def test_a_reload_that_would_retire_400_sites_is_refused_until_it_is_accepted(url: str) -> None:
    small = network()
    many = {
        f"s{n}": Site(id=f"s{n}", name=f"Xã {n}", unit="522", uplink=("p",)) for n in range(600)
    }
    whole = replace(small, sites=dict(small.sites) | many)
    bring(url, whole)
    fewer = replace(small, sites=dict(small.sites) | dict(list(many.items())[:200]))
    with pytest.raises(RetireLimitError, match=r"no longer names 400 of 610 things.*--accept"):
        bring(url, fewer, NOW + 1000)
    with reading(url) as reader:
        assert sum(row.kind == "site" for row in reader.snapshot().rows) == 602
    assert len(bring(url, fewer, NOW + 2000, accept=True).retired) == 400
    with reading(url) as reader:
        assert sum(row.kind == "site" for row in reader.snapshot().rows) == 202

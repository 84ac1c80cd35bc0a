"""What was read in devices is kept dated; what changed is an event, and the past stays readable."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from store.changes import (
    AddressFact,
    Batch,
    DeviceSaid,
    FactsSaid,
    Interface,
    ModuleFact,
    NeighbourFact,
    StationFact,
)
from store.engine import open_reader
from store.found import FORGET_MS
from store.found_tables import module_fact, station
from store.pieces import pieces, without
from store.tables import device_fact, event, interface_fact
from store.thing_sheet import Sheet
from store.writer import Writer
from tests.store.keeping import NOW, bring, network, reading, writing

CASE = ModuleFact("chassis", "1", model="S24", serial="A1", member=1)
POWER = ModuleFact("power supply", "Power 1", model="P150", serial="P1", inside="1")
CORE = NeighbourFact("lldp", "Gi1", 1, "core", "Eth7", remote_id="00:01:02:03:04:05")
PORT = Interface(
    if_index=1, if_name="Gi1", if_descr=None, if_alias=None, if_type=6, mac=None,
    speed_bps=None, admin_status=1, oper_status=1,
)  # fmt: skip


class World:
    def __init__(self, url: str, writer: Writer, device_id: int) -> None:
        self.url, self.writer, self.device_id = url, writer, device_id

    def read(self, at_ms: int, **facts: Any) -> None:
        said = FactsSaid(device_id=self.device_id, **facts)
        self.writer.submit(Batch(at_ms=at_ms, facts=(said,))).result(timeout=30)

    def say(self, at_ms: int, **facts: Any) -> None:
        said = DeviceSaid(thing_id=self.device_id, status="ok", detail="", **facts)
        self.writer.submit(Batch(at_ms=at_ms, said=(said,))).result(timeout=30)

    def rows(self, table: Any) -> list[Any]:
        engine = open_reader(self.url)
        with engine.connect() as conn:
            found = conn.execute(select(table).order_by(table.c.id)).all()
        engine.dispose()
        return list(found)

    def events(self, kind: str) -> list[Any]:
        return [row.body for row in self.rows(event) if row.kind == kind]

    def sheet(self) -> Sheet:
        with reading(self.url) as reader:
            return reader.sheet(self.device_id)


@contextmanager
def world(url: str) -> Iterator[World]:
    device_id = bring(url, network()).ids["device", "p-r"]
    with writing(url) as writer:
        yield World(url, writer, device_id)


def test_a_first_reading_is_no_change_and_the_same_again_writes_nothing(url: str) -> None:
    with world(url) as here:
        facts: dict[str, Any] = {"vendor": "acme", "serial": "A1", "modules": (CASE, POWER)}
        here.read(NOW, **facts, neighbours=(CORE,))
        here.read(NOW + 1000, **facts, neighbours=(CORE,))
        assert len(here.rows(module_fact)) == 2
        assert [here.events(kind) for kind in ("facts", "modules", "neighbours")] == [[], [], []]
        told = here.sheet()
        assert told.found.modules == (CASE, POWER)
        assert told.measured["vendor"] == "acme"


def test_a_changed_serial_or_version_is_an_event_and_the_past_stays(url: str) -> None:
    with world(url) as here:
        here.read(NOW, model="S24", version="1.0", serial="A1")
        here.read(NOW + 1000, model="S24", version="1.1", serial="A2")
        assert here.events("facts") == [{"version": ["1.0", "1.1"], "serial": ["A1", "A2"]}]
        past = [(row.serial, row.valid_from, row.valid_to) for row in here.rows(device_fact)]
        assert past == [("A1", NOW, NOW + 1000), ("A2", NOW + 1000, None)]


def test_what_the_system_group_says_and_what_was_read_stand_side_by_side(url: str) -> None:
    """Each is asked at its own time, and neither forgets what the other said."""
    with world(url) as here:
        here.say(NOW, sys_name="r", sys_descr="before")
        here.read(NOW + 1, serial="A1")
        here.say(NOW + 2, sys_name="r", sys_descr="after")
        told = here.sheet().measured
        assert (told["sys_name"], told["sys_descr"], told["serial"]) == ("r", "after", "A1")


def test_a_part_that_is_replaced_gone_or_new_is_told_with_its_serials(url: str) -> None:
    with world(url) as here:
        here.read(NOW, modules=(CASE, POWER))
        fan = ModuleFact("fan", "Fan 1", serial="F1")
        here.read(NOW + 1000, modules=(CASE, POWER._replace(serial="P2"), fan))
        here.read(NOW + 2000, modules=(CASE, fan))
        replaced, gone = here.events("modules")
        assert [part["serial"] for part in replaced["added"]] == ["F1"]
        assert [[o["serial"], n["serial"]] for o, n in replaced["replaced"]] == [["P1", "P2"]]
        assert [part["serial"] for part in gone["gone"]] == ["P2"]
        assert "replaced" not in gone


def test_a_part_whose_firmware_alone_is_newer_is_dated_without_an_event(url: str) -> None:
    with world(url) as here:
        here.read(NOW, modules=(CASE._replace(firmware="1"),))
        here.read(NOW + 1000, modules=(CASE._replace(firmware="2"),))
        assert here.events("modules") == []
        assert len(here.rows(module_fact)) == 2


def test_parts_of_one_name_are_told_apart(url: str) -> None:
    with world(url) as here:
        twins = (POWER, POWER._replace(serial="P2"))
        here.read(NOW, modules=twins)
        here.read(NOW + 1000, modules=twins)
        assert [row.serial for row in here.rows(module_fact)] == ["P1", "P2"]


def test_a_table_that_did_not_come_through_changes_nothing(url: str) -> None:
    with world(url) as here:
        here.read(NOW, modules=(CASE,), neighbours=(CORE,), macs=(StationFact("0" * 12, 1, 1),))
        here.read(NOW + 1000, modules=None, neighbours=None, macs=None, arp=None)
        told = here.sheet().found
        assert (told.modules, len(told.macs)) == ((CASE,), 1)
        assert here.events("modules") == here.events("neighbours") == []


def test_neighbours_stand_behind_their_interface_whatever_its_number_is_now(url: str) -> None:
    with world(url) as here:
        here.say(NOW, interfaces=(PORT,))
        here.read(NOW + 1, neighbours=(CORE,))
        moved = Interface(**{n: getattr(PORT, n) for n in PORT.__slots__} | {"if_index": 77})
        here.say(NOW + 2, interfaces=(moved,))
        [told] = here.sheet().found.neighbours
        assert (told.if_index, told.remote_name) == (77, "core")
        here.read(NOW + 3, neighbours=(CORE._replace(if_index=77, remote_port="Eth8"),))
        [change] = here.events("neighbours")
        assert [[o["remote_port"], n["remote_port"]] for o, n in change["replaced"]] == [
            ["Eth7", "Eth8"]
        ]


def test_a_station_keeps_when_it_was_last_seen_and_is_forgotten_after_a_season(url: str) -> None:
    with world(url) as here:
        here.read(
            NOW,
            macs=(StationFact("00:00:00:00:00:01", 1, 5), StationFact("00:00:00:00:00:02", 1, 5)),
        )
        here.read(NOW + 1000, macs=(StationFact("00:00:00:00:00:01", 1, 5),))
        seen = {one.mac: at for one, at in here.sheet().found.macs}
        assert seen == {"00:00:00:00:00:01": NOW + 1000, "00:00:00:00:00:02": NOW}
        here.read(NOW + FORGET_MS + 500, macs=(StationFact("00:00:00:00:00:01", 1, 6),))
        assert [(row.mac, row.if_index) for row in here.rows(station)] == [
            ("00:00:00:00:00:01", 5),
            ("00:00:00:00:00:01", 6),
        ]


def test_many_addresses_and_stations_at_once(url: str) -> None:
    with world(url) as here:
        macs = [StationFact(f"00:00:00:00:{n >> 8:02x}:{n & 255:02x}", 1, n) for n in range(2000)]
        arp = [
            AddressFact(f"10.0.{n >> 8}.{n & 255}", f"00:00:00:00:{n >> 8:02x}:{n & 255:02x}", 1)
            for n in range(2000)
        ]
        for k in range(2):
            here.read(NOW + k, macs=tuple(macs), arp=tuple(arp))
        told = here.sheet().found
        assert (len(told.macs), len(told.arp)) == (2000, 2000)


def test_a_configuration_is_kept_once_a_text_and_its_change_is_an_event_with_the_lines(
    url: str,
) -> None:
    with world(url) as here:
        first = "hostname a\nvlan 10\nend\n"
        here.read(NOW, config=first)
        here.read(NOW + 1000, config=first)
        here.read(NOW + 2000, config="hostname b\nvlan 10\nvlan 20\nend\n")
        [event] = here.events("configuration")
        assert (event["added"], event["removed"]) == (2, 1)
        assert "-hostname a" in event["diff"]
        assert "+vlan 20" in event["diff"]
        with reading(here.url) as reader:
            told = reader.found.configs(here.device_id)
            assert [(v.number, v.at_ms, v.seen_ms) for v in told] == [
                (1, NOW, NOW + 1000),
                (2, NOW + 2000, NOW + 2000),
            ]
            assert reader.found.config(here.device_id, 1) == first
            assert reader.found.config(here.device_id, 3) is None


def test_a_long_change_is_cut_in_its_event_and_whole_in_the_versions(url: str) -> None:
    with world(url) as here:
        here.read(NOW, config="".join(f"line {n}\n" for n in range(500)))
        here.read(NOW + 1, config="".join(f"other {n}\n" for n in range(500)))
        [event] = here.events("configuration")
        assert (event["added"], event["removed"], len(event["diff"])) == (500, 500, 60)
        assert event["more"] > 900


def test_an_interface_that_comes_or_goes_is_an_event_of_its_device(url: str) -> None:
    def ports(*names: str) -> tuple[Interface, ...]:
        plain = {n: getattr(PORT, n) for n in PORT.__slots__}
        return tuple(
            Interface(**plain | {"if_index": k, "if_name": n}) for k, n in enumerate(names)
        )

    with world(url) as here:
        here.say(NOW, interfaces=ports("Gi1", "Gi2"))
        assert here.events("interfaces") == []
        here.say(NOW + 1, interfaces=ports("Gi2", "Gi1"))
        assert here.events("interfaces") == [], "other numbers are no other interfaces"
        here.say(NOW + 2, interfaces=ports("Gi1", "Gi3"))
        many = [f"Gi1.{n}" for n in range(50)]
        here.say(NOW + 3, interfaces=ports("Gi1", "Gi3", *many))
        first, second = here.events("interfaces")
        assert first == {"added": ["Gi3"], "gone": ["Gi2"]}
        assert (len(second["added"]), second["count"]) == (20, {"added": 50, "gone": 0})


def test_whatever_a_device_says_the_record_takes_it(url: str) -> None:
    """An index and a column have their limits, and PostgreSQL knows no zero in a text."""
    evil = "\0\x1b[2J" + "\N{REPLACEMENT CHARACTER}" * 64_000
    with world(url) as here:
        for _ in range(2):
            here.read(
                NOW,
                vendor=evil,
                model=evil,
                serial=evil,
                modules=(ModuleFact(evil, evil, evil, evil, evil), ModuleFact(evil, evil + "2")),
                neighbours=(NeighbourFact(evil, evil, None, *([evil] * 6)),) * 2,
                macs=(StationFact("00:00:00:00:00:01", 1 << 32, None, evil),),
                arp=(AddressFact("10.0.0.1", "00:00:00:00:00:01", 1 << 32, evil),),
                config=evil,
            )
        told = here.sheet().found
        assert (len(told.modules), len(told.neighbours)) == (2, 2)
        assert (len(told.macs), len(told.arp)) == (1, 1)
        assert "\0" not in (told.modules[0].serial or "")


def test_a_clock_that_is_set_back_fails_nothing(url: str) -> None:
    with world(url) as here:
        here.read(NOW, serial="A1", modules=(CASE, POWER))
        here.read(NOW - 60_000, serial="A2", modules=(CASE,))
        told = here.sheet()
        assert told.measured["serial"] == "A2"
        assert told.found.modules == (CASE,)
        here.say(NOW, sys_name="old", interfaces=(PORT, replace(PORT, if_index=2, if_name="Gi2")))
        here.say(NOW - 60_000, sys_name="new", interfaces=(replace(PORT, if_alias="to core"),))
        told = here.sheet()
        assert told.measured["sys_name"] == "new"
        assert [(port.if_name, port.if_alias) for port in told.interfaces] == [("Gi1", "to core")]
        for table in (device_fact, interface_fact, module_fact):
            for row in here.rows(table):
                assert row.valid_to is None or row.valid_from <= row.valid_to


def test_facts_are_a_piece_of_their_batch() -> None:
    said = tuple(FactsSaid(device_id=n, serial="A1") for n in (1, 2))
    batch = Batch(at_ms=NOW, facts=said)
    assert [piece.facts for piece in pieces(batch)] == [(said[0],), (said[1],)]
    assert without(batch, frozenset({1})).facts == (said[1],)


def test_a_very_long_change_is_told_without_comparing_each_line(url: str) -> None:
    old = "".join(f"line {n % 100}\n" for n in range(40_000))
    with world(url) as here:
        here.read(NOW, config=old)
        here.read(NOW + 1, config=old + "new " + "x" * 5_000_000 + "\n")
        [event] = here.events("configuration")
        assert (event["added"], event["removed"]) == (1, 0)
        assert max(map(len, event["diff"])) == 300

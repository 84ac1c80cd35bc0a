"""What OLTs say of their ONUs, by the tables of their makes."""

from __future__ import annotations

import pytest

from probes import pon
from probes.pon import DYING_GASP, LOS, Model, Place, Unit, UnitSaid
from wire import ber
from wire.ber import Value

NAMES = {7: "GE 0/1/3", 4194320384: "GPON 0/1/3", 285278467: "gpon_1/1/3"}
HW, ZXAN, ZX = (
    "1.3.6.1.4.1.2011.6.128.1.1.2",
    "1.3.6.1.4.1.3902.1082.500",
    "1.3.6.1.4.1.3902.1012.3",
)


def said(model: Model, rows: dict[str, int], place: Place) -> UnitSaid | None:
    values: dict[bytes, Value] = {ber.oid(oid): value for oid, value in rows.items()}
    index = model.index(place.port, pon.port_index(place.port, NAMES), place.onu)
    assert index is not None
    assert set(values) <= set(model.oids(index))
    return model.read(values, index)


def huawei(state: int, why: int, rx: int, olt_rx: int) -> dict[str, int]:
    at = "4194320384.12"
    cells = {"46.1.15": state, "46.1.24": why, "51.1.4": rx, "51.1.6": olt_rx}
    return {f"{HW}.{column}.{at}": value for column, value in cells.items()}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (huawei(1, 13, -1957, 7853), UnitSaid(Unit.ONLINE, "", -19.57, -21.47)),
        (huawei(2, 13, 2147483647, 2147483647), UnitSaid(Unit.OFFLINE, DYING_GASP)),
        (huawei(2, 2, -1957, 7853), UnitSaid(Unit.OFFLINE, LOS)),
        (huawei(2, -1, -1, -1), UnitSaid(Unit.OFFLINE, "onu_offline")),
        (huawei(-1, -1, -1, -1), UnitSaid(Unit.UNKNOWN)),
    ],
)
def test_huawei(rows: dict[str, int], told: UnitSaid) -> None:
    place = pon.place_of("olt1:gpon0/1/3:12")
    assert place == Place("olt1", (0, 1, 3), 12)
    assert said(pon.HUAWEI, rows, place) == told


@pytest.mark.parametrize(
    ("state", "why", "told"),
    [
        (4, 9, UnitSaid(Unit.ONLINE, "", -21.5, -23.1)),
        (5, 9, UnitSaid(Unit.OFFLINE, DYING_GASP)),
        (2, 2, UnitSaid(Unit.OFFLINE, LOS)),
        (7, 9, UnitSaid(Unit.OFFLINE, DYING_GASP)),
        (7, 1, UnitSaid(Unit.OFFLINE, "onu_offline")),
        (1, 1, UnitSaid(Unit.UNKNOWN)),
    ],
)
def test_zte(state: int, why: int, told: UnitSaid) -> None:
    at = "285278467.12"
    rows = {f"{ZXAN}.10.2.3.8.1.4.{at}": state, f"{ZXAN}.10.2.3.8.1.7.{at}": why}
    rows |= {f"{ZXAN}.20.2.2.2.1.10.{at}.1": 4250, f"{ZXAN}.1.2.4.2.1.2.{at}": -23_100}
    assert said(pon.ZTE, rows, Place("olt1", (1, 1, 3), 12)) == told


def test_older_zte_tells_ports_by_slot_and_number() -> None:
    at = f"{0x10010300}.12"
    rows = {f"{ZX}.28.2.1.4.{at}": 3, f"{ZX}.50.12.1.1.10.{at}.1": 4250}
    told = said(pon.ZTE_OLD, rows, Place("olt1", (1, 1, 3), 12))
    assert told == UnitSaid(Unit.ONLINE, "", -21.5)


def test_an_olt_without_such_a_row_says_nothing() -> None:
    assert said(pon.HUAWEI, {}, Place("olt1", (0, 1, 3), 12)) is None
    assert pon.HUAWEI.index((0, 1, 9), pon.port_index((0, 1, 9), NAMES), 1) is None


@pytest.mark.parametrize("via", ["olt1", "olt1:gpon:3", "olt1:gpon0/1/x:3", "olt1:gpon0/1:x"])
def test_what_names_no_onu_is_none(via: str) -> None:
    assert pon.place_of(via) is None

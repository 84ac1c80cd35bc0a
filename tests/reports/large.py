"""A network above the size that one file holds: districts, and communes right under a province."""

from __future__ import annotations

from dataclasses import replace

from store.period import History, MapPart, Period, Place, UnitRow
from store.states import Kind
from tests.reports.province import BEGIN, END
from tests.reports.world import FOREVER, HOUR, Fault, history, period

SITES = 520
UNITS = {
    1: ("51", "Tỉnh Quảng Ngãi", "province", None),
    2: ("CON.", "Huyện Sơn Hà", "district", 1),
    3: ("con.", "Huyện Trà Bồng", "district", 1),
    4: ("xa-4", "Xã Sơn Hạ", "commune", 2),
    5: ("xa-5", "Xã Trà Giang", "commune", 3),
    **{n: (f"xa-{n}", f"Xã Bình Minh {n}", "commune", 1) for n in range(6, 14)},
}


def large() -> Period:
    """Sites in turn in every unit, with a device and a link each; the first of all fails."""
    places = [unit for unit, row in UNITS.items() if row[2] != "district"]
    histories: list[History] = []
    for number in range(SITES):
        unit = None if number == SITES - 1 else places[number % len(places)]
        faults = [Fault(begin=BEGIN + HOUR, end=BEGIN + 20 * HOUR)] if number < 3 else []
        site = _of(Kind.SITE, number, unit, faults=faults)
        told = {"unit_id": unit, "site_id": site.thing_id}
        histories += [
            site,
            replace(_of(Kind.DEVICE, number, unit), **told),  # type: ignore[arg-type]
            replace(_of(Kind.LINK, number, unit), **told),  # type: ignore[arg-type]
        ]
    units = {
        unit: UnitRow(*FOREVER, key, name, level, "", parent, None)
        for unit, (key, name, level, parent) in UNITS.items()
    }
    made = period(BEGIN, END, histories)
    return replace(made, maps=(MapPart(from_ms=BEGIN, to_ms=END, units=units),))


def _of(kind: Kind, number: int, unit: int | None, faults: list[Fault] | None = None) -> History:
    base = {Kind.SITE: 1_000, Kind.DEVICE: 2_000, Kind.LINK: 3_000}[kind]
    made = history(
        kind,
        f"{kind}.{number}",
        f"{kind} {number}",
        thing_id=base + number,
        unit_id=unit,
        target_pct=99.0,
        faults=faults or (),
    )
    stays = () if unit is None else (Place(BEGIN, END, unit, "commune"),)
    return replace(made, stays=stays)

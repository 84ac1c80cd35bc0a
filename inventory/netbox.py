"""Takes what NetBox exports, or its own import forms want, as rows of ours; the rest is named.

Columns by NetBox 4.2 to 4.7: `dcim/forms/bulk_import.py` and the tables of `dcim/tables/`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from inventory.edition import Edition
from inventory.folding import fold
from inventory.grids import Grid, GridCell
from inventory.importing import Incoming, Trouble
from inventory.kinds import ID_LONGEST
from inventory.problems import quoted
from inventory.rows import Row
from inventory.tables import TABLES

GENERIC = "generic"  # a maker that says nothing
_NOT_ID = re.compile(r"[^A-Za-z0-9._-]+")
_NOT_SLUG = re.compile(r"[^a-z0-9_]+")
_LENGTH = re.compile(r"([\d.]+)\s*(km|mi|m|cm|ft|in)")
_KM = {"km": 1.0, "m": 0.001, "cm": 0.00001, "mi": 1.609344, "ft": 0.0003048, "in": 0.0000254}
_QUIET = ("planned", "staged", "inventory")  # a device that nobody can ask yet


class Column(NamedTuple):
    """What a column of NetBox is to us: a key, or another column that helps with one."""

    name: str  # as this module calls it
    headings: tuple[str, ...]  # in its exports, and in its import forms


def _columns(*pairs: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(Column(name, tuple(headings)) for name, *headings in pairs)


DEVICE = _columns(
    ("name", "Name", "name"),
    ("status", "Status", "status"),
    ("site", "Site", "site", "site.name"),
    ("site_slug", "site.slug"),
    ("role", "Role", "role", "role.slug", "device_role"),
    ("vendor", "Manufacturer", "manufacturer"),
    ("model", "Type", "device_type"),
    ("address", "IP Address", "IPv4 Address", "IPv6 Address"),
    ("serial", "Serial number", "serial"),
    ("asset_tag", "Asset tag", "asset_tag"),
    ("description", "Description", "description"),
)
SITE = _columns(
    ("name", "Name", "name"),
    ("slug", "Slug", "slug"),
    ("region", "Region", "region", "region.name"),
    ("region_slug", "region.slug"),
    ("postal_address", "Physical address", "physical_address"),
    ("lat", "Latitude", "latitude"),
    ("lon", "Longitude", "longitude"),
)
CABLE = _columns(
    ("label", "Label", "label"),
    ("number", "ID"),
    ("a_device", "Device A", "side_a_device"),
    ("a_name", "Termination A", "side_a_name"),
    ("b_device", "Device B", "side_b_device"),
    ("b_name", "Termination B", "side_b_name"),
    ("a_type", "side_a_type"),
    ("b_type", "side_b_type"),
    ("type", "Type", "type"),
    ("length", "Length", "length"),
    ("length_unit", "length_unit"),
    ("description", "Description", "description"),
)
# Headings that this kind has and no other.
_KINDS: Mapping[str, tuple[tuple[Column, ...], tuple[frozenset[str], ...]]] = {
    "device": (
        DEVICE,
        (frozenset({"Site", "Role", "Type"}), frozenset({"device_type", "status"})),
    ),
    "link": (
        CABLE,
        (frozenset({"Termination A", "Termination B"}), frozenset({"side_a_name", "side_b_name"})),
    ),
    "site": (
        SITE,
        (frozenset({"Name", "Facility", "Region"}), frozenset({"name", "slug", "status"})),
    ),
}


def kind_of(grid: Grid) -> str | None:
    """Which of our tables a table of NetBox fills; None: it is none of NetBox's."""
    words = {str(cell.value).strip() for cell in grid.rows[0][1].values()} if grid.rows else set()
    found = (table for table, (_, marks) in _KINDS.items() if any(mark <= words for mark in marks))
    return next(found, None)


@dataclass
class NetBox:
    """What names of NetBox mean here. `unit`: where sites stand whose region is no unit."""

    edition: Edition
    unit: str | None = None
    troubles: list[Trouble] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._sites, self._units, self._devices = (
            _Names(self.edition.of(table)) for table in ("site", "unit", "device")
        )

    def rows(self, grids: Iterable[Grid]) -> Iterator[Incoming]:
        """The rows of tables of NetBox: sites first, that devices find them, cables last."""
        kinds = {id(grid): kind_of(grid) for grid in grids}
        for table in ("site", "device", "link"):
            for grid in grids:
                if kinds[id(grid)] == table:
                    yield from self._rows(table, _KINDS[table][0], grid, *grid.rows[0])

    def _rows(
        self,
        table: str,
        columns: Iterable[Column],
        grid: Grid,
        first: int,
        heads: Mapping[int, GridCell],
    ) -> Iterator[Incoming]:
        names = {heading: one.name for one in columns for heading in one.headings}
        known = {
            number: names[heading]
            for number, cell in heads.items()
            if (heading := str(cell.value).strip()) in names
        }
        for number, cell in sorted(heads.items()):
            if number not in known and any(number in cells for _, cells in grid.rows[1:]):
                self._leave(cell.at, f"column {quoted(cell.value)} is left out")
        make: Callable[[_Cells], Incoming | None] = getattr(self, f"_{table}")
        for number, cells in grid.rows:
            if number > first:
                own: dict[str, GridCell] = {}
                for column, cell in sorted(cells.items()):
                    if column in known:
                        own.setdefault(known[column], cell)
                faulty = {name: cell for name, cell in own.items() if cell.fault}
                self.troubles += [Trouble(cell.at, cell.fault) for cell in faulty.values()]
                read = make(_Cells(own, cells[min(cells)].at)) if own else None
                if read is not None:
                    read.faulty.update(faulty)
                    yield read

    def _leave(self, at: str, what: str) -> None:
        self.troubles.append(Trouble(at, what, "warning"))

    def _device(self, cells: _Cells) -> Incoming:
        read = Incoming(TABLES["device"], cells.at, {}, {})
        name = cells.text("name")
        known = self._device_of(name)
        read.values["id"] = known or as_id(name or cells.text("serial") or cells.at)
        read.cells["id"] = cells.spot("name")
        if name.casefold() not in ("", read.values["id"].casefold()):
            cells.put(read, "name", name)
        elif cells.text("description"):
            cells.put(read, "name", cells.text("description"), "description")
        if site := cells.text("site") or cells.text("site_slug"):
            key = "site" if cells.text("site") else "site_slug"
            cells.put(read, "site", self._sites.find(site) or as_id(site), key)
        if role := cells.text("role"):
            cells.put(read, "role", as_id(role).lower(), "role")
        for key in ("vendor", "model", "serial", "asset_tag"):
            if (text := cells.text(key)) and text.casefold() != GENERIC:
                cells.put(read, key, text)
        if address := cells.text("address"):
            cells.put(read, "address", address.partition("/")[0])
        self._devices.add(name, read.values["id"])
        status = cells.text("status").casefold()
        if status in _QUIET:
            cells.put(read, "monitor", "none", "status")
        elif status not in ("", "active"):
            self._leave(cells.spot("status"), f"status {quoted(status)} is left out")
        return read

    def _site(self, cells: _Cells) -> Incoming:
        read = Incoming(TABLES["site"], cells.at, {}, {})
        name, slug = cells.text("name"), cells.text("slug")
        held = self._sites.find(slug) or self._sites.find(name)
        cells.put(read, "id", held or as_id(slug or name), "slug" if slug else "name")
        cells.put(read, "name", name)
        self._sites.add(name, read.values["id"])
        region = cells.text("region") or cells.text("region_slug")
        unit = self._units.find(region)
        if unit is None and region and self.unit is None:
            hint = "--unit ID says where such sites stand"
            what = f"region {quoted(region)} is no unit; {hint}"
            self.troubles.append(Trouble(cells.spot("region"), what))
        if chosen := unit or self.unit:
            key = "region" if cells.text("region") else "region_slug"
            cells.put(read, "unit", chosen, key)
        cells.put(read, "postal_address", cells.text("postal_address"))
        for key in ("lat", "lon"):
            if text := cells.text(key):
                cells.put(read, key, _number(text))
        return read

    def _link(self, cells: _Cells) -> Incoming | None:
        read = Incoming(TABLES["link"], cells.at, {}, {})
        types = {cells.text("a_type"), cells.text("b_type")} - {"", "dcim.interface"}
        if types:
            told = ", ".join(sorted(types))
            self._leave(cells.at, f"the cable is left out: {told} are no interfaces")
            return None
        for side in "ab":
            device, port = cells.text(f"{side}_device"), cells.text(f"{side}_name")
            if not device or not port or "," in port:
                what = f"the cable is left out: end {side.upper()} is no single port of a device"
                self._leave(cells.at, what)
                return None
            known = self._named(device)
            cells.put(read, side, f"{known}:{_bare(port)}", f"{side}_name")
        label = cells.text("label")
        own = as_id(label) if label else f"cable-{cells.text('number') or cells.at.split('!')[-1]}"
        cells.put(read, "id", own, "label")
        kind = cells.text("type").casefold()
        if medium := _medium(kind):
            cells.put(read, "medium", medium, "type")
        elif kind:
            self._leave(cells.spot("type"), f"type {quoted(kind)} is left out")
        if length := cells.text("length"):
            found = _LENGTH.fullmatch(f"{length} {cells.text('length_unit')}".strip())
            if found:
                cells.put(read, "length_km", round(float(found[1]) * _KM[found[2]], 6), "length")
            else:
                self._leave(cells.spot("length"), f"length {quoted(length)} is left out")
        if text := cells.text("description"):
            self._leave(cells.spot("description"), f"description {quoted(text)} is left out")
        return read

    def _named(self, device: str) -> str:
        """NetBox shows a device with its asset tag behind it."""
        bare = _bare(device)
        return self._device_of(device) or self._device_of(bare) or as_id(bare)

    def _device_of(self, name: str) -> str | None:
        return self._devices.find(name) or self._devices.find(as_id(name))


class _Names:
    """Finds an id by id, slug or name. Names that differ in tones alone are two names."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._exact: dict[str, set[str]] = {}
        self._loose: dict[str, set[str]] = {}
        for row in rows:
            for word in (row.id, slug(row.id), str(row.values.get("name", ""))):
                self.add(word, row.id)

    def add(self, word: str, key: str) -> None:
        self._exact.setdefault(word.casefold(), set()).add(key)
        self._loose.setdefault(fold(word), set()).add(key)

    def find(self, word: str) -> str | None:
        """None: nobody is called so, or several are."""
        for known, text in ((self._exact, word.casefold()), (self._loose, fold(word))):
            found = known.get(text, set()) if text else set()
            if len(found) == 1:
                return next(iter(found))
        return None


def slug(text: str) -> str:
    """Small letters, digits, hyphens: how NetBox wants a word in a URL."""
    return _NOT_SLUG.sub("-", fold(text)).strip("-")[:90] or "x"


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells of one row, by the names of this module."""

    own: Mapping[str, GridCell]
    at: str

    def text(self, name: str) -> str:
        cell = self.own.get(name)
        return "" if cell is None or cell.value is None else str(cell.value).strip()

    def spot(self, name: str) -> str:
        cell = self.own.get(name)
        return self.at if cell is None else cell.at

    def put(self, read: Incoming, key: str, value: Any, source: str | None = None) -> None:
        if value not in ("", None):
            read.values[key] = value
            read.cells[key] = self.spot(source or key)


def as_id(text: str) -> str:
    """An id of ours that is as near to a name as may be."""
    plain = _NOT_ID.sub("-", fold(text) if not text.isascii() else text)
    return plain.strip("-")[:ID_LONGEST] or "-"


def _bare(text: str) -> str:
    """`Gi0/1 (uplink)` → `Gi0/1`."""
    return re.sub(r" \([^()]*\)$", "", text)


def _medium(kind: str) -> str | None:
    if kind.startswith(("smf", "mmf", "aoc", "single-mode", "multimode", "active optical")):
        return "fibre"
    copper = ("cat", "dac", "direct attach", "coax", "rg-", "mrj21", "lmr")
    return "copper" if kind.startswith(copper) else None


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text

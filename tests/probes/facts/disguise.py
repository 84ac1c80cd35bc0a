"""A recorded walk in disguise: other interface numbers, another name, other serials, other rows.

What an interface's number leads to is renumbered with it where the standard says that it is one:
IF-MIB, IP-MIB, ENTITY-MIB's aliases, BRIDGE-MIB's ports. Who reads a device by what it knows of
just this one reads nothing right here.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

_BY_INDEX = tuple(f"1.3.6.1.2.1.{table}." for table in ("2.2.1", "31.1.1.1"))
_THEN_INDEX = tuple(f"1.3.6.1.2.1.{table}." for table in ("4.22.1", "4.35.1"))
_VALUES = ("1.3.6.1.2.1.17.1.4.1.2.", "1.3.6.1.2.1.2.2.1.1.")
_ALIAS = "1.3.6.1.2.1.47.1.3.2.1.2."
_NAME = "1.3.6.1.2.1.1.5.0"
_SERIAL = "1.3.6.1.2.1.47.1.1.1.1.11."


def disguised(walk: Path, into: Path, seed: int) -> tuple[dict[int, int], dict[str, str]]:
    """Write the disguised walk; → (ifIndex → the new one, serial → the new one)."""
    dice = random.Random(f"{seed} {walk.stem}")
    lines = [line for line in walk.read_text("utf-8", "surrogateescape").split("\n") if line]
    rows = [line.split("|", 2) for line in lines if line.count("|") >= 2]
    indexes = _renumbered(rows, dice)
    serials = {
        value.strip(): _other(value.strip(), dice)
        for oid, tag, value in rows
        if oid.startswith(_SERIAL) and tag == "4" and len(value.strip()) > 5
    }
    found = [_changed(oid, tag, value, indexes, serials) for oid, tag, value in rows]
    dice.shuffle(found)
    into.write_text("\n".join("|".join(row) for row in found) + "\n", "utf-8", "surrogateescape")
    return indexes, serials


def _renumbered(rows: Iterable[list[str]], dice: random.Random) -> dict[int, int]:
    known = {
        int(oid.rsplit(".", 1)[1])
        for oid, _, _ in rows
        if oid.startswith(_BY_INDEX) and re.fullmatch(r"\d+\.\d+", _rest(oid))
    }
    fresh = sorted(dice.sample(range(1, 9_000), len(known)))
    dice.shuffle(fresh)
    return dict(zip(sorted(known), fresh, strict=True))


def _rest(oid: str) -> str:
    return next(oid[len(table) :] for table in _BY_INDEX if oid.startswith(table))


def _other(serial: str, dice: random.Random) -> str:
    """Of the same shape."""
    swap = {"0": "123456789", "A": "BCDEFGHJK", "a": "bcdefghjk"}
    kinds = (
        "0" if c.isdigit() else "A" if c.isupper() else "a" if c.isalpha() else "" for c in serial
    )
    return "".join(dice.choice(swap[k]) if k else c for k, c in zip(kinds, serial, strict=True))


def _changed(
    oid: str, tag: str, value: str, indexes: Mapping[int, int], serials: Mapping[str, str]
) -> list[str]:
    arcs = oid.split(".")
    if oid.startswith((*_BY_INDEX, *_THEN_INDEX)):
        place = len(arcs) - 1 if oid.startswith(_BY_INDEX) else 10
        if place < len(arcs) and arcs[place].isdecimal():
            arcs[place] = str(indexes.get(int(arcs[place]), int(arcs[place])))
    if oid.startswith(_VALUES) and value.isdecimal():
        value = str(indexes.get(int(value), int(value)))
    if oid.startswith(_ALIAS) and tag == "6":
        head, _, number = value.rpartition(".")
        value = f"{head}.{indexes.get(int(number), int(number))}" if number.isdecimal() else value
    if oid == _NAME and tag == "4":
        value = "somewhere-else"
    if tag == "4" and value.strip() in serials:
        value = serials[value.strip()]
    return [".".join(arcs), tag, value]


def expected(
    told: Mapping[str, object], indexes: Mapping[int, int], serials: Mapping[str, str]
) -> Iterator[tuple[str, object]]:
    """The same facts of the device in disguise."""
    for name, part in told.items():
        if name == "interfaces":
            assert isinstance(part, dict)
            rows = [
                {**row, "ifIndex": indexes.get(row["ifIndex"], row["ifIndex"])}
                for row in part["rows"]
            ]
            yield name, {**part, "rows": rows}
        elif name == "identity":
            assert isinstance(part, dict)
            serial = part.get("serial") or ""
            yield name, {**part, "serial": serials.get(serial, serial) or None}
        elif name == "entity":
            assert isinstance(part, dict)
            held = part.get("rows_with_serial_or_chassis", [])
            swapped = [
                {**row, "serial": serials.get(row.get("serial"), row.get("serial"))} for row in held
            ]
            yield name, {**part, "rows_with_serial_or_chassis": swapped}
        else:
            yield name, part

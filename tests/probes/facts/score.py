"""What `canh collect --json` tells of recorded devices, held against what others read in them.

A text is read alike where it is the same but for letter case and blanks; `near` counts those where
one holds the other, as `17.6.4` in `X86_64_LINUX_IOSD-UNIVERSALK9-M 17.6.4`.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from tests.probes.sensors.test_corpus import DARK_DBM, NEAR_DBM, wanted_ups

IDENTITY = {"os": "os", "model": "hardware", "version": "version", "serial": "serial"}
_COUNTERS = {
    "in_octets": ("ifHCInOctets", "ifInOctets"),
    "out_octets": ("ifHCOutOctets", "ifOutOctets"),
}
_NAMELESS = "sd"  # the word of those recordings of which nobody derived a system


class Field(NamedTuple):
    """One field of one device. `close`: the same, near, other."""

    device: str
    kind: str
    wanted: object
    got: object
    close: str


def expected(corpus: Path) -> dict[str, dict[str, Any]]:
    return {
        path.stem: json.loads(path.read_text("utf-8"))
        for path in sorted((corpus / "expected").glob("*.json"))
    }


def texts_of(said: object) -> str:
    return " ".join(str(said or "").casefold().split())


def texts(wanted: str, got: object) -> str:
    left, right = texts_of(wanted), texts_of(got)
    if left == right:
        return "same"
    return "near" if right and (right in left or left in right) else "other"


def identity(name: str, told: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[Field]:
    yield Field(name, "vendor", told["vendor"], got["vendor"], texts(told["vendor"], got["vendor"]))
    for ours, theirs in IDENTITY.items():
        wanted = told["identity"].get(theirs)
        if wanted and not (ours == "os" and wanted == _NAMELESS):
            yield Field(name, ours, wanted, got[ours], texts(wanted, got[ours]))


def interfaces(name: str, told: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[Field]:
    """A row is whole where it has the status, speed and counters that the walk has."""
    rows = {row["if_index"]: row for row in got["interfaces"]}
    for wanted in told["interfaces"]["rows"]:
        row = rows.get(wanted["ifIndex"])
        differs = ["it is missing"] if row is None else list(_differences(wanted, row))
        shown = f"{wanted['ifIndex']}: {', '.join(differs)}"
        yield Field(name, "interface", wanted["ifIndex"], shown, "other" if differs else "same")


def _differences(wanted: Mapping[str, Any], row: Mapping[str, Any]) -> Iterator[str]:
    for ours, theirs in {"admin_status": "ifAdminStatus", "oper_status": "ifOperStatus"}.items():
        if theirs in wanted and row[ours] != wanted[theirs]:
            yield f"{ours} {row[ours]} for {wanted[theirs]}"
    if wanted.get("speed_bps") is not None and row["speed_bps"] != wanted["speed_bps"]:
        yield f"speed {row['speed_bps']} for {wanted['speed_bps']}"
    for ours, columns in _COUNTERS.items():
        counts = [wanted[column] for column in columns if column in wanted]
        if counts and row[ours] != counts[0]:
            yield f"{ours} {row[ours]} for {counts[0]}"


def serials(name: str, told: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[Field]:
    """Each serial as often as the device has it."""
    held = Counter(texts_of(module["serial"]) for module in got["modules"])
    for row in told["entity"].get("rows_with_serial_or_chassis", []):
        serial = texts_of(row.get("serial"))
        if serial:
            there = held[serial] > 0
            held[serial] -= there
            yield Field(name, "entity serial", row["serial"], there, "same" if there else "other")


def light(name: str, told: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[Field]:
    """Each power in dBm that is light at all; 0 and the far below stand for none (ORIGIN.md)."""
    held = [row["value"] for row in got["sensors"] if row["unit"] == "dBm"]
    for one in told["sensors"].get("optical_dbm", ()):
        wanted = one["value"]
        if wanted and wanted > DARK_DBM:
            near = [v for v in held if v is not None and abs(v - wanted) <= NEAR_DBM]
            if near:
                held.remove(near[0])
            yield Field(name, "dBm", wanted, near[:1], "same" if near else "other")


def ups(name: str, told: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[Field]:
    for key, wanted in wanted_ups(dict(told)).items():
        if wanted is not None:
            value = (got["ups"] or {}).get(key)
            yield Field(name, "UPS", wanted, value, "same" if value == wanted else "other")


def fields(name: str, told: Mapping[str, Any], got: Mapping[str, Any]) -> Iterator[Field]:
    yield from identity(name, told, got)
    yield from interfaces(name, told, got)
    yield from serials(name, told, got)
    yield from light(name, told, got)
    yield from ups(name, told, got)


def table(found: list[Field]) -> str:
    """A line a kind: given, the same, near, other."""
    kinds = dict.fromkeys(each.kind for each in found)
    lines = [f"{'field':<16}{'given':>7}{'same':>7}{'near':>7}{'other':>7}{'%':>8}"]
    for kind in kinds:
        mine = [each.close for each in found if each.kind == kind]
        counts = [mine.count(close) for close in ("same", "near", "other")]
        share = 100 * (counts[0] + counts[1]) / len(mine)
        lines.append(
            f"{kind:<16}{len(mine):>7}" + "".join(f"{n:>7}" for n in counts) + f"{share:>8.1f}"
        )
    lines += [
        f"  {each.device}: {each.kind} {each.got!r} for {each.wanted!r} ({each.close})"
        for each in found
        if each.close != "same"
    ]
    return "\n".join(lines)


def share(found: list[Field], *kinds: str) -> float:
    """Of the fields given, those read alike, also near; 1 where none is given."""
    mine = [each for each in found if each.kind in kinds]
    return sum(each.close != "other" for each in mine) / len(mine) if mine else 1.0

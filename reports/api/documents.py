"""Values of the record as JSON with the keys of the contract: of the command and of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from inventory.moments import local
from store.questions import IncidentRow, LiveRow, OutageRow
from store.stated import measured
from store.states import Mark
from store.thing_sheet import InterfaceRow, SensorRow, Sheet

if TYPE_CHECKING:
    from store.works import Work


def when(ms: int | None, zone: ZoneInfo) -> str | None:
    """ISO 8601 with offset; null where it is not known."""
    if ms is None:
        return None
    return local(ms, zone).isoformat(timespec="milliseconds")


def thing(row: LiveRow, keys: Mapping[int, str], zone: ZoneInfo) -> dict[str, Any]:
    """One thing of `status`; `keys` names the things that it refers to."""
    found: dict[str, Any] = {
        "id": row.key,
        "name": row.name,
        "state": row.state,
        "since": when(row.since_ms, zone),
        "maintenance": Mark.MAINTENANCE in row.marks,
        "flapping": Mark.FLAPPING in row.marks,
        "marks": sorted(row.marks),
        "root": keys.get(row.root_id) if row.root_id is not None else None,
        "acknowledged": row.acknowledged,
    }
    if row.kind == "service":
        found |= {
            "site": keys.get(row.site_id) if row.site_id is not None else None,
            "url": row.address,
            "check_status": None,
            "check_detail": None,
            "rtt_ms": None if row.rtt_us is None else row.rtt_us / 1000,
        }
    if row.kind == "device":
        found |= {
            "site": keys.get(row.site_id) if row.site_id is not None else None,
            "address": row.address,
            "rtt_ms": None if row.rtt_us is None else row.rtt_us / 1000,
            "loss": row.loss_pct,
            "jitter_ms": None if row.jitter_us is None else row.jitter_us / 1000,
        }
    return found


def outage(row: OutageRow, zone: ZoneInfo) -> dict[str, Any]:
    """The four of the brackets are as measured, the start and the end as people see them now."""
    seen = measured(row)
    return {
        "id": row.id,
        "thing": row.key,
        "kind": row.kind,
        "name": row.name,
        "state": row.state,
        "last_good": when(seen.last_good_ms, zone),
        "first_bad": when(seen.first_bad_ms, zone),
        "last_bad": when(seen.last_bad_ms, zone),
        "first_good": when(seen.first_good_ms, zone),
        "started": when(row.first_bad_ms, zone),
        "ended": when(row.first_good_ms, zone),
        "root": row.root_key,
        "root_id": row.root_id,
        "root_cleared": row.root_cleared,
        "cause": row.cause,
        "cause_reasons": list(row.cause_reasons),
        "side": row.side,
        "action": row.action,
        "provider": row.provider,
        "reason": row.reason,
        "acknowledged": row.acknowledged,
        "acknowledged_by": row.acknowledged_by,
        "owner": row.owner,
        "until": when(row.acknowledged_until_ms, zone),
        "note": row.note,
        "declared": row.declared,
        "corrected": list(row.corrected),
        "recorded": _recorded(row, zone),
        "incident": _incident(row.incident, zone),
        "members": row.members,
    }


def _incident(row: IncidentRow | None, zone: ZoneInfo) -> dict[str, Any] | None:
    """The spell, storm or mass outage that an outage belongs to; a plain root has none."""
    if row is None:
        return None
    return {
        "id": row.id,
        "kind": row.kind,
        "started": when(row.started_ms, zone),
        "ended": when(row.ended_ms, zone),
        "outages": row.outages,
    }


def _recorded(row: OutageRow, zone: ZoneInfo) -> dict[str, Any]:
    """What stood there before people corrected it, by the keys of the document."""
    times = {"first_bad_ms": "started", "first_good_ms": "ended"}
    return {
        times.get(name, name): when(value, zone) if name in times else value
        for name, value in row.recorded.items()
    }


def work(row: Work, zone: ZoneInfo) -> dict[str, Any]:
    """One maintenance window, or the first of those that recur."""
    return {
        "id": row.id,
        "scope": row.key,
        "kind": row.kind,
        "name": row.name,
        "from": when(row.from_ms, zone),
        "to": when(row.to_ms, zone),
        "rrule": row.rrule,
        "reason": row.reason,
        "author": row.author,
        "source": row.source,
        "entered": when(row.entered_ms, zone),
        "late": row.late,
        "counts_from": when(row.counts_from_ms, zone),
        "approved_by": row.approved_by,
        "approved": when(row.approved_ms, zone),
        "cancelled": when(row.cancelled_ms, zone),
    }


def interface(row: InterfaceRow) -> dict[str, Any]:
    return slots(row)


def sensor(row: SensorRow, zone: ZoneInfo) -> dict[str, Any]:
    told = {name: value for name, value in slots(row).items() if name not in ("id", "at_ms")}
    return told | {"at": when(row.at_ms, zone)}


def slots(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def device(sheet: Sheet, zone: ZoneInfo) -> dict[str, Any]:
    """A device as `collect` and `show` give it; what is not known is null."""
    said, measured = sheet.declared, sheet.measured
    return {
        "id": sheet.row.key,
        "address": sheet.row.address,
        "vendor": measured.get("vendor") or said.get("vendor"),
        "os": measured.get("os"),
        "model": measured.get("model") or said.get("model"),
        "version": measured.get("version"),
        "serial": measured.get("serial") or said.get("serial"),
        "sys_name": measured.get("sys_name"),
        "sys_descr": measured.get("sys_descr"),
        "sys_object_id": measured.get("sys_object_id"),
        "uptime_s": measured.get("uptime_s"),
        "snmp_status": measured.get("snmp_status"),
        "snmp_detail": measured.get("snmp_detail"),
        "state": sheet.row.state,
        "since": when(sheet.row.since_ms, zone),
        "interfaces": [interface(row) for row in sheet.interfaces],
        "sensors": [sensor(row, zone) for row in sheet.sensors if row.unit],
        "ups": None if sheet.ups is None else slots(sheet.ups),
        "modules": [each._asdict() for each in sheet.found.modules],
        "neighbours": [each._asdict() for each in sheet.found.neighbours],
        "macs": [each._asdict() | {"seen": when(at, zone)} for each, at in sheet.found.macs],
        "arp": [each._asdict() | {"seen": when(at, zone)} for each, at in sheet.found.arp],
        "outages": [outage(row, zone) for row in sheet.outages],
        "declared": dict(said),
    }

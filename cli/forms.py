"""Values of the record as JSON with the keys of the command's contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from store.questions import InterfaceRow, LiveRow, OutageRow, Sheet
from store.states import Mark


def when(ms: int | None, zone: ZoneInfo) -> str | None:
    """ISO 8601 with offset; null where it is not known."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, zone).isoformat(timespec="milliseconds")


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
    if row.kind == "device":
        found |= {
            "site": keys.get(row.site_id) if row.site_id is not None else None,
            "address": row.address,
            "rtt_ms": None if row.rtt_us is None else row.rtt_us / 1000,
            "loss": row.loss_pct,
        }
    return found


def outage(row: OutageRow, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": row.id,
        "thing": row.key,
        "kind": row.kind,
        "name": row.name,
        "state": row.state,
        "last_good": when(row.last_good_ms, zone),
        "first_bad": when(row.first_bad_ms, zone),
        "last_bad": when(row.last_bad_ms, zone),
        "first_good": when(row.first_good_ms, zone),
        "started": when(row.first_bad_ms, zone),
        "ended": when(row.first_good_ms, zone),
        "root": row.root_key,
        "root_id": row.root_id,
        "cause": row.cause,
        "provider": row.provider,
        "reason": row.reason,
        "acknowledged": row.acknowledged,
        "note": row.note,
        "members": row.members,
    }


def interface(row: InterfaceRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in InterfaceRow.__slots__}


def device(sheet: Sheet, zone: ZoneInfo) -> dict[str, Any]:
    """A device as `collect` and `show` give it; what is not known is null."""
    said, measured = sheet.declared, sheet.measured
    return {
        "id": sheet.row.key,
        "address": sheet.row.address,
        "vendor": said.get("vendor"),
        "os": None,
        "model": said.get("model"),
        "version": None,
        "serial": said.get("serial"),
        "sys_name": measured.get("sys_name"),
        "sys_descr": measured.get("sys_descr"),
        "sys_object_id": measured.get("sys_object_id"),
        "uptime_s": measured.get("uptime_s"),
        "snmp_status": measured.get("snmp_status"),
        "snmp_detail": measured.get("snmp_detail"),
        "state": sheet.row.state,
        "since": when(sheet.row.since_ms, zone),
        "interfaces": [interface(row) for row in sheet.interfaces],
        "sensors": [],
        "ups": None,
        "modules": [],
        "neighbours": [],
        "macs": [],
        "arp": [],
        "outages": [outage(row, zone) for row in sheet.outages],
        "declared": dict(said),
    }


def dump(document: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(document, ensure_ascii=False, indent=1))

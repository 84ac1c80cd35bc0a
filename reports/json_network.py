"""The parts of the JSON form that are gathered beside the figures: capacity, light, other sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from reports.capacity import LIMIT_PCT, RUN_DAYS, Capacity, Direction, LinkFullness
from reports.document import Document
from reports.optics import standing, worst_first
from reports.other_side import Compared
from reports.periods import iso
from store.lines import EndLight


def network(document: Document) -> dict[str, Any]:
    """`capacity`, `optics`, `other_side`; null where it was not gathered."""
    zone, beside = ZoneInfo(document.timezone), document.beside
    keys = {row.history.thing_id: row.id for row in document.things if row.history is not None}
    lights, other = beside.optics, beside.other_side
    return {
        "capacity": beside.capacity and _capacity(beside.capacity, zone),
        "optics": lights
        and {
            "ends": [_light(end, keys, zone) for end in worst_first(lights.ends)],
            "without_limit": lights.without_limit,
        },
        "other_side": None if other is None else [_compared(one, zone) for one in other],
    }


def _capacity(found: Capacity, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "rule": {"limit_pct": LIMIT_PCT, "days_running": RUN_DAYS, "percentile": 95},
        "days": found.days,
        "samples_kept_from": iso(found.kept_from_ms, zone),
        "links": [_link(link, zone) for link in found.links],
        "without_capacity": list(found.without_capacity),
        "without_counter": list(found.without_counter),
    }


def _link(link: LinkFullness, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": link.key,
        "counted_at": f"{link.device}:{link.interface}",
        "capacity_mbps": link.capacity_mbps,
        "days_measured": link.days,
        "verdict": link.fullness.value,
        "to_b": _direction(link.to_b, zone),
        "to_a": _direction(link.to_a, zone),
    }


def _direction(way: Direction, zone: ZoneInfo) -> dict[str, Any]:
    run = way.run
    return {
        "p95_pct": way.pct,
        "worst_day_pct": way.worst_day_pct,
        "days_over": way.over,
        "verdict": way.fullness.value,
        "run": run
        and {
            "first": _day(run.first_ms, zone),
            "last": _day(run.last_ms, zone),
            "days": run.days,
            "earlier": run.earlier,
        },
    }


def _light(end: EndLight, keys: Mapping[int, str], zone: ZoneInfo) -> dict[str, Any]:
    return {
        "link": keys.get(end.link_id),
        "end": end.side,
        "device": end.device,
        "interface": end.interface,
        "rx_dbm": end.dbm,
        "at": iso(end.at_ms, zone),
        "low_warn_dbm": end.low_warn,
        "low_alarm_dbm": end.low_alarm,
        "margin_db": end.margin_db,
        "slope_db_month": end.slope_db_month,
        "warn_on": _day(end.warn_ms, zone),
        "alarm_on": _day(end.alarm_ms, zone),
        "standing": standing(end),
    }


def _compared(one: Compared, zone: ZoneInfo) -> dict[str, Any]:
    figure = one.figure
    return {
        "source": figure.source,
        "named": figure.named,
        "kind": figure.kind,
        "thing": figure.key,
        "theirs_pct": figure.availability_pct,
        "theirs_down_s": _seconds(figure.down_ms),
        "ours_pct": one.ours_pct,
        "ours_down_s": _seconds(one.ours_ms),
        "difference_pct": one.more_pct,
        "difference_s": _seconds(one.more_ms),
        "undetermined_s": _seconds(one.undetermined_ms),
        "outages": [
            {
                "id": loss.outage.id,
                "thing": loss.outage.key,
                "from": iso(loss.outage.first_bad_ms, zone),
                "to": iso(loss.outage.first_good_ms, zone),
                "lost_s": _seconds(loss.lost_ms),
                "cause": loss.outage.cause,
            }
            for loss in one.losses
        ],
        "note": figure.note,
        "entered": iso(figure.entered_ms, zone),
    }


def _day(at_ms: int | None, zone: ZoneInfo) -> str | None:
    told = iso(at_ms, zone)
    return None if told is None else told[:10]


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000

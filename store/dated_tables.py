"""The declared inventory as dated rows: what sites.toml said of a thing, and from when to when.

A row is written only when a declared value changes; `declared` holds the keys that enter no figure.
References to other things are thing ids. What is written is checked by `store.declared`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, Float, Index, String, Table

from store.tables import Big, a_table, key, moment, one_open, partial_index, ref

_BELIEVED = "valid_to IS NULL AND dropped IS NULL"


def _dated(name: str, *columns: Column[Any] | Index) -> Table:
    """One row after the other of a thing, and time that runs forward."""
    return a_table(
        name,
        key(),
        ref("thing_id", "thing"),
        moment("valid_from"),
        moment("valid_to", null=True),
        *columns,
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
    )


def _declared(name: str, *columns: Column[Any]) -> Table:
    """Of one kind of thing; one row of each is open."""
    named = Column("name", String, nullable=False), Column("declared", JSON, nullable=False)
    return _dated(name, *named, *columns, one_open(f"ux_{name}_open", "valid_to", "thing_id"))


def _by_law(name: str, *columns: Column[Any]) -> Table:
    """What the law made of it. A row that the files say otherwise of is dropped, not changed:
    what was signed before rests on it."""
    return _dated(
        name,
        *columns,
        Column("entered", Big, nullable=False, server_default="0"),
        moment("dropped", null=True),
        partial_index(f"ux_{name}_open", "thing_id", where=_BELIEVED, unique=True),
    )


def _target() -> tuple[Column[Any], ...]:
    return Column("target_pct", Float), Column("target_source", String)


unit_at = _by_law(
    "unit_at",
    Column("name", String, nullable=False),
    Column("declared", JSON, nullable=False),
    Column("code", String(16), nullable=False),
    Column("level", String(16), nullable=False),
    ref("parent_id", "thing", null=True),
    Column("act", String),
)

placement_at = _by_law(  # in which unit a site stood, and in which tier
    "placement_at",
    ref("unit_id", "thing", index=True),
    Column("level", String(16), nullable=False),
)

site_at = _declared(
    "site_at",
    Column("uplinks", JSON, nullable=False),
    Column("gateways", JSON, nullable=False),
    Column("paths", JSON, nullable=False),
    ref("calendar_id", "thing", null=True),
    *_target(),
    moment("commissioned", null=True),
)

device_at = _declared(
    "device_at",
    ref("site_id", "thing", index=True),
    Column("role", String(64), nullable=False),
    Column("owner", String),
    Column("monitor", String(64), nullable=False),
    Column("uplinks", JSON, nullable=False),
    ref("calendar_id", "thing", null=True),
    *_target(),
    moment("commissioned", null=True),
)

link_at = _declared(
    "link_at",
    ref("a_site_id", "thing"),
    ref("a_device_id", "thing", null=True),
    Column("a_interface", String),
    ref("b_site_id", "thing", index=True),
    ref("b_device_id", "thing", null=True),
    Column("b_interface", String),
    ref("provider_id", "thing", null=True),
    Column("medium", String),
    Column("role", String(16), nullable=False),
    Column("capacity_mbps", Float),
    *_target(),
    moment("commissioned", null=True),
)

service_at = _declared(
    "service_at",
    ref("site_id", "thing"),
    Column("url", String, nullable=False),
    *_target(),
    moment("commissioned", null=True),
)

provider_at = _declared("provider_at", *_target())

calendar_at = _declared("calendar_at", Column("hours", JSON, nullable=False))

AT: dict[str, Table] = {  # by kind of thing
    "unit": unit_at,
    "site": site_at,
    "device": device_at,
    "link": link_at,
    "service": service_at,
    "provider": provider_at,
    "calendar": calendar_at,
}

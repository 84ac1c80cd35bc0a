"""Dated rows of the declared inventory as they are written: every value is checked before."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table
from sqlmodel import Field, SQLModel

from store import dated_tables


class Dated(SQLModel):
    """What every dated row has. Times are UTC milliseconds."""

    thing_id: int
    valid_from: int
    name: str
    declared: dict[str, Any] = Field(default_factory=dict)


class Targeted(Dated):
    target_pct: float | None = None
    target_source: str | None = None


class SiteRow(Targeted):
    uplinks: list[int] = Field(default_factory=list)
    gateways: list[int] = Field(default_factory=list)
    paths: list[dict[str, Any]] = Field(default_factory=list)
    calendar_id: int | None = None
    commissioned: int | None = None


class DeviceRow(Targeted):
    site_id: int
    role: str = Field(max_length=64)
    owner: str | None = None
    monitor: str = Field(max_length=64)
    uplinks: list[int] = Field(default_factory=list)
    calendar_id: int | None = None
    commissioned: int | None = None


class LinkRow(Targeted):
    a_site_id: int
    a_device_id: int | None = None
    a_interface: str | None = None
    b_site_id: int
    b_device_id: int | None = None
    b_interface: str | None = None
    provider_id: int | None = None
    medium: str | None = None
    role: str = Field(max_length=16)
    capacity_mbps: float | None = None
    commissioned: int | None = None


class ServiceRow(Targeted):
    site_id: int
    url: str
    commissioned: int | None = None


class CalendarRow(Dated):
    hours: dict[str, Any] = Field(default_factory=dict)


# Units and the placement of sites are not among these: they follow the days of the law.
BY_KIND: dict[str, tuple[Table, type[Dated]]] = {
    "site": (dated_tables.site_at, SiteRow),
    "device": (dated_tables.device_at, DeviceRow),
    "link": (dated_tables.link_at, LinkRow),
    "service": (dated_tables.service_at, ServiceRow),
    "provider": (dated_tables.provider_at, Targeted),
    "calendar": (dated_tables.calendar_at, CalendarRow),
}

"""The declared inventory as dated rows: what sites.toml said of a thing, and from when to when.

A row is written only when a declared value changes; `declared` holds the keys that enter no figure.
References to other things are thing ids.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, Index, MetaData, TextClause, text
from sqlmodel import Field, SQLModel

from store.tables import Big, metadata

_OPEN = text("valid_to IS NULL")
_BELIEVED = text("valid_to IS NULL AND dropped IS NULL")


def _dated(table: str, where: TextClause = _OPEN) -> tuple[Any, ...]:
    """One open row a thing, and time that runs forward."""
    return (
        Index(
            f"ux_{table}_open",
            "thing_id",
            unique=True,
            sqlite_where=where,
            postgresql_where=where,
        ),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
        {"sqlite_autoincrement": True},
    )


def _thing(*, null: bool = False, index: bool = False) -> Any:
    if null:
        return Field(default=None, sa_type=Big, foreign_key="thing.id", nullable=True)
    return Field(sa_type=Big, foreign_key="thing.id", index=index)


class Dated(SQLModel):
    """What every dated row has. Times are UTC milliseconds."""

    metadata: ClassVar[MetaData] = metadata

    id: int | None = Field(default=None, primary_key=True, sa_type=Big)
    thing_id: int = _thing()
    valid_from: int = Field(sa_type=Big)
    valid_to: int | None = Field(default=None, sa_type=Big)
    name: str
    declared: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class UnitAt(Dated, table=True):
    """What the law made of a unit. A row that the files say otherwise of is dropped, not changed:
    what was signed before rests on it."""

    __tablename__ = "unit_at"
    __table_args__ = _dated("unit_at", _BELIEVED)
    code: str = Field(max_length=16)
    level: str = Field(max_length=16)
    parent_id: int | None = _thing(null=True)
    act: str | None = None
    entered: int = Field(sa_type=Big, sa_column_kwargs={"server_default": "0"})
    dropped: int | None = Field(default=None, sa_type=Big)


class PlacementAt(SQLModel, table=True):
    """In which unit a site stood, and in which tier; kept as the rows of units are."""

    metadata: ClassVar[MetaData] = metadata
    __tablename__ = "placement_at"
    __table_args__ = _dated("placement_at", _BELIEVED)

    id: int | None = Field(default=None, primary_key=True, sa_type=Big)
    thing_id: int = _thing()
    valid_from: int = Field(sa_type=Big)
    valid_to: int | None = Field(default=None, sa_type=Big)
    unit_id: int = _thing(index=True)
    level: str = Field(max_length=16)
    entered: int = Field(sa_type=Big, sa_column_kwargs={"server_default": "0"})
    dropped: int | None = Field(default=None, sa_type=Big)


class SiteAt(Dated, table=True):
    __tablename__ = "site_at"
    __table_args__ = _dated("site_at")
    uplinks: list[int] = Field(default_factory=list, sa_type=JSON)
    gateways: list[int] = Field(default_factory=list, sa_type=JSON)
    paths: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    calendar_id: int | None = _thing(null=True)
    target_pct: float | None = None
    target_source: str | None = None
    commissioned: int | None = Field(default=None, sa_type=Big)


class DeviceAt(Dated, table=True):
    __tablename__ = "device_at"
    __table_args__ = _dated("device_at")
    site_id: int = _thing(index=True)
    role: str = Field(max_length=64)
    owner: str | None = None
    monitor: str = Field(max_length=64)
    uplinks: list[int] = Field(default_factory=list, sa_type=JSON)
    calendar_id: int | None = _thing(null=True)
    target_pct: float | None = None
    target_source: str | None = None
    commissioned: int | None = Field(default=None, sa_type=Big)


class LinkAt(Dated, table=True):
    __tablename__ = "link_at"
    __table_args__ = _dated("link_at")
    a_site_id: int = _thing()
    a_device_id: int | None = _thing(null=True)
    a_interface: str | None = None
    b_site_id: int = _thing(index=True)
    b_device_id: int | None = _thing(null=True)
    b_interface: str | None = None
    provider_id: int | None = _thing(null=True)
    medium: str | None = None
    role: str = Field(max_length=16)
    capacity_mbps: float | None = None
    target_pct: float | None = None
    target_source: str | None = None
    commissioned: int | None = Field(default=None, sa_type=Big)


class ServiceAt(Dated, table=True):
    __tablename__ = "service_at"
    __table_args__ = _dated("service_at")
    site_id: int = _thing()
    url: str
    target_pct: float | None = None
    target_source: str | None = None
    commissioned: int | None = Field(default=None, sa_type=Big)


class ProviderAt(Dated, table=True):
    __tablename__ = "provider_at"
    __table_args__ = _dated("provider_at")
    target_pct: float | None = None
    target_source: str | None = None


class CalendarAt(Dated, table=True):
    __tablename__ = "calendar_at"
    __table_args__ = _dated("calendar_at")
    hours: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


# Units and the placement of sites are not among these: they follow the days of the law.
BY_KIND: dict[str, type[Dated]] = {
    "site": SiteAt,
    "device": DeviceAt,
    "link": LinkAt,
    "service": ServiceAt,
    "provider": ProviderAt,
    "calendar": CalendarAt,
}

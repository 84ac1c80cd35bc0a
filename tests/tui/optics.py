"""Links of the sample province with their light, as the record tells of them."""

from __future__ import annotations

from dataclasses import replace

from store.lines import Light, LightHistory, LinkEnd, LinkRow
from store.states import State
from tests.tui.province import NOW_MS, Province

HOUR_MS = 3_600_000
LONGEST = "Ban Quản lý Khu kinh tế Dung Quất và các Khu công nghiệp Quảng Ngãi"


def light(sensor_id: int, dbm: float | None, **told: float | None) -> Light:
    found = Light(
        sensor_id=sensor_id, dbm=dbm, at_ms=NOW_MS - 30_000, low_warn=-25.0, low_alarm=-28.0
    )
    return replace(found, **told)  # type: ignore[arg-type]


def end(site: str, device: str | None = None, rx: Light | None = None) -> LinkEnd:
    port = None if device is None else "xe-0/0/1"
    up = None if device is None else "up"
    return LinkEnd(
        site=site,
        device=device,
        interface=port,
        admin_status=up,
        oper_status=up,
        rx=rx,
        tx_dbm=None if rx is None else -2.5,
    )


def link(province: Province, key: str, a: Light | None = None, b: Light | None = None) -> LinkRow:
    row = province.row(key)
    return LinkRow(
        thing_id=row.thing_id,
        key=key,
        a=end("Trung tâm Dữ liệu tỉnh", "p-ttdl-cpe1", a),
        b=end(row.name, f"{key.removeprefix('L-')}-cpe1", b),
        provider="VNPT Quảng Ngãi",
        medium="fibre",
        role="primary",
        length_km=18.4,
        capacity_mbps=100.0,
        circuit_id="DEMO-VNP-0041",
        in_pct=31.4,
        out_pct=2.0,
    )


def sinking(hours: int = 700, day_db: float | None = -0.1) -> LightHistory:
    """A dB in five weeks, until now."""
    points = [
        (NOW_MS - back * HOUR_MS, -26.0 - (hours - back) / 840) for back in range(hours, 0, -1)
    ]
    return LightHistory(
        points=tuple(points),
        day_db=day_db,
        week_db=-0.2,
        slope_db_week=-0.2,
        alarm_ms=NOW_MS + 48 * 24 * HOUR_MS,
    )


def lit() -> Province:
    """Every kind of link: weak, dark, silent, never read, without limits, without devices."""
    province = Province()
    keys = [row.key for row in province.rows.values() if row.key.startswith("L-")]
    weak, dark, unread, unlimited, bare, one_end, mild, strong, long = keys[:9]
    province.links = [
        link(province, strong, light(1, -12.0), light(2, -14.1)),
        link(province, weak, light(3, -20.0), light(4, -27.9)),
        link(province, dark, light(5, None), light(6, -9.0)),
        replace(link(province, unread, light(7, None, at_ms=None)), capacity_mbps=0.0, in_pct=None),
        link(province, unlimited, light(8, -40.0, low_warn=None, low_alarm=None)),
        replace(
            link(province, bare),
            a=end("Trung tâm"),
            b=end(province.row(bare).name),
            provider=None,
            medium=None,
            length_km=None,
            capacity_mbps=None,
            circuit_id=None,
            in_pct=None,
            out_pct=None,
        ),
        replace(link(province, one_end, light(9, -29.5)), b=end(province.row(one_end).name)),
        link(province, mild, light(10, -25.5, at_ms=NOW_MS - 3 * HOUR_MS)),
        replace(
            link(province, long),
            a=end(LONGEST, "ban-quan-ly-khu-kinh-te-dung-quat-cpe1", light(11, -3.0)),
            b=end(f"{LONGEST} (cơ sở 2)"),
            provider="Tập đoàn Công nghiệp Viễn thông Quân đội, Chi nhánh Quảng Ngãi",
            circuit_id="QNI/BTO/FTTH-2026-000000000041/A",
            length_km=1234.5,
            in_pct=100.0,
            out_pct=100.0,
        ),
    ]
    province.put(dark, State.DOWN)
    province.put(one_end, State.DEGRADED)
    province.light = {4: sinking(), 5: sinking(20, None)}
    return province

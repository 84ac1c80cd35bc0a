"""A small province in October 2026 with everything that a report must tell apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from store.intervals import subtract
from store.period import History, Interval, Period
from store.states import Kind, State
from tests.reports.world import FOREVER, Fault, at, history, period

BEGIN, END = at("2026-10-01T00:00"), at("2026-11-01T00:00")
MONITOR_OFF: Interval = (at("2026-10-20T00:00"), at("2026-10-21T00:00"))
WATCHED = tuple(subtract([FOREVER], [MONITOR_OFF]))
MID_MONTH = at("2026-10-16T12:00")
HUB_CUT = Fault(
    begin=at("2026-10-06T08:12:30"),
    end=at("2026-10-09T08:12:30"),
    cause="fibre",
    provider="VNPT Quảng Ngãi",
    note="Đứt cáp do thi công mở rộng đường tỉnh 626, đoạn qua đèo Ba Tiêu",
)
PROVINCE, DISTRICT, HUB, PORTAL = 51, 529, 1010, 1001
LONGEST_NAME = (
    "Văn phòng Đoàn đại biểu Quốc hội và Hội đồng nhân dân tỉnh Quảng Ngãi "
    "(cơ sở 2, đường Hùng Vương nối dài)"
)


def october(now: int | None = None) -> Period:
    """The month of the golden files."""
    links = _links()
    histories = (*_units(), *links, *_sites(links[0]), *_devices(links[0]), _service())
    return period(BEGIN, END, _numbered(histories), coverage=WATCHED, now=now)


def _numbered(histories: Sequence[History]) -> list[History]:
    """Outages counted from 1: golden files must not depend on what other tests made before."""
    outages = [outage for history in histories for outage in history.outages]
    number = {outage.id: place for place, outage in enumerate(outages, 1)}
    return [
        replace(
            history,
            outages=tuple(
                replace(
                    one, id=number[one.id], root_id=number[one.root_id] if one.root_id else None
                )
                for one in history.outages
            ),
        )
        for history in histories
    ]


def _units() -> tuple[History, ...]:
    return (
        history(
            Kind.UNIT, "51", "Tỉnh Quảng Ngãi", thing_id=PROVINCE, level="province", measured=False
        ),
        history(
            Kind.UNIT,
            "529",
            "Huyện Sơn Hà",
            thing_id=DISTRICT,
            level="district",
            unit_id=PROVINCE,
            target_pct=99.0,
            measured=False,
        ),
    )


def _links() -> tuple[History, ...]:
    hub = history(
        Kind.LINK,
        "L0060",
        "Ủy ban nhân dân huyện Sơn Hà – Trung tâm Dữ liệu tỉnh Quảng Ngãi",
        thing_id=60,
        level="",
        provider="VNPT Quảng Ngãi",
        target_pct=99.9,
        faults=[HUB_CUT],
        watched=WATCHED,
    )
    good = history(
        Kind.LINK,
        "L0061",
        "Ủy ban nhân dân xã Sơn Hạ – Ủy ban nhân dân huyện Sơn Hà",
        thing_id=61,
        level="",
        provider="Viettel Quảng Ngãi",
        target_pct=99.5,
        faults=[],
        watched=WATCHED,
    )
    return hub, good


def _sites(link: History) -> tuple[History, ...]:
    behind = Fault(
        begin=HUB_CUT.begin + 5_000,
        end=HUB_CUT.end,
        state=State.UNREACHABLE,
        root=link.outages[0],
    )
    over_midnight = Fault(
        begin=at("2026-10-31T23:30"), end=at("2026-11-01T02:00"), cause="power", note="<b>UPS</b>"
    )

    def commune(
        number: int, name: str, *faults: Fault, service: tuple[Interval, ...] = (FOREVER,)
    ) -> History:
        return history(
            Kind.SITE,
            f"c-{number}",
            f"Ủy ban nhân dân xã {name}",
            thing_id=number,
            unit_id=DISTRICT,
            unit="Huyện Sơn Hà",
            target_pct=99.0,
            faults=faults,
            watched=WATCHED,
            service=service,
        )

    return (
        history(
            Kind.SITE,
            "p-ttdl",
            "Trung tâm Dữ liệu tỉnh Quảng Ngãi",
            thing_id=PORTAL,
            level="province",
            unit_id=PROVINCE,
            unit="Tỉnh Quảng Ngãi",
            target_pct=99.9,
            maintenance=((at("2026-10-11T22:00"), at("2026-10-12T02:00")),),
            watched=WATCHED,
        ),
        history(
            Kind.SITE,
            "p-dbqh",
            LONGEST_NAME,
            thing_id=1002,
            level="province",
            unit_id=PROVINCE,
            unit="Tỉnh Quảng Ngãi",
            target_pct=99.9,
            faults=[Fault(begin=at("2026-10-30T09:15:20"), end=None)],
            watched=WATCHED,
        ),
        history(
            Kind.SITE,
            "d-529",
            "Ủy ban nhân dân huyện Sơn Hà",
            thing_id=HUB,
            level="district",
            unit_id=DISTRICT,
            unit="Huyện Sơn Hà",
            target_pct=99.5,
            faults=[behind],
            watched=WATCHED,
        ),
        commune(1101, "Sơn Hạ", behind, over_midnight),
        commune(1102, "Sơn Hà"),
        commune(1103, "Sơn Bao", service=((MID_MONTH, FOREVER[1]),)),
        commune(1104, "Đức Hòa", service=()),
    )


def _devices(link: History) -> tuple[History, ...]:
    def device(key: str, site: int, *faults: Fault, measured: bool = True) -> History:
        return history(
            Kind.DEVICE,
            key,
            key,
            site_id=site,
            faults=faults,
            watched=WATCHED,
            measured=measured,
        )

    behind = Fault(
        begin=HUB_CUT.begin, end=HUB_CUT.end, state=State.UNREACHABLE, root=link.outages[0]
    )
    return (
        device("p-ttdl-router1", PORTAL),
        device("p-ttdl-ups", PORTAL, measured=False),
        device("d-529-switch10", HUB, behind),
        device("d-529-switch2", HUB, behind),
        device(
            "<script>alert('ONT')</script>",
            1102,
            Fault(begin=at("2026-10-03T07:00"), end=at("2026-10-03T08:00"), state=State.DEGRADED),
        ),
    )


def _service() -> History:
    return history(
        Kind.SERVICE,
        "portal",
        "Cổng thông tin điện tử tỉnh",
        level="province",
        site_id=PORTAL,
        target_pct=99.9,
        faults=[Fault(begin=at("2026-10-15T03:00"), end=at("2026-10-15T03:44:38.400"))],
        watched=WATCHED,
    )

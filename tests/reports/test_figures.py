"""What the report's document says of a handmade province."""

from __future__ import annotations

import pytest

from reports.document import Document, Row, Standing, Verdict
from reports.figures import figures
from store.ledger import Split
from store.period import History
from store.states import Kind, State
from tests.reports.province import BEGIN, END, LONGEST_NAME, MONITOR_OFF, october
from tests.reports.world import DAY, FOREVER, HOUR, Fault, at, history, period


@pytest.fixture(scope="module")
def document() -> Document:
    return figures(october())


def row(document: Document, key: str) -> Row:
    return next(thing for thing in document.things if thing.id == key)


def test_every_split_adds_up_to_the_period(document: Document) -> None:
    for thing in document.things:
        members = thing.sums.counted if thing.kind is Kind.UNIT else 1
        assert thing.sums.split.total_ms == (END - BEGIN) * members


def test_a_hub_cut_for_three_days_costs_the_sites_service_but_not_availability(
    document: Document,
) -> None:
    hub, link = row(document, "d-529"), row(document, "L0060")
    assert hub.sums.figures.availability_pct == 100.0
    assert hub.sums.figures.service_pct == pytest.approx(100 * 27 / 30, abs=0.01)
    assert hub.verdict is Verdict.MISSED
    assert link.sums.split.down_ms == 3 * DAY
    (cut, *_) = [line for line in document.outages if line.outage.key == "L0060"]
    assert dict(cut.affected) == {
        Kind.SITE: ("Ủy ban nhân dân huyện Sơn Hà", "Ủy ban nhân dân xã Sơn Hạ"),
        Kind.DEVICE: ("d-529-switch2", "d-529-switch10"),
    }


def test_what_stood_behind_a_root_has_no_line_of_its_own(document: Document) -> None:
    keys = [line.outage.key for line in document.outages]
    assert keys == ["p-dbqh", "L0060", "portal", "c-1101"]
    assert [line.open for line in document.outages] == [True, False, False, False]


def test_a_day_without_the_monitor_is_unknown_for_all_and_listed(document: Document) -> None:
    assert document.watch.blind == (MONITOR_OFF,)
    assert document.watch.seen_pct == pytest.approx(100 * 30 / 31)
    assert row(document, "c-1102").sums.split == Split(unknown_ms=DAY, up_ms=30 * DAY)


def test_a_site_added_in_mid_month_counts_from_then(document: Document) -> None:
    late = row(document, "c-1103").sums
    assert late.split.not_in_service_ms == 15 * DAY + 12 * HOUR
    assert late.figures.service_pct == 100.0


def test_planned_work_and_shared_outages_leave_and_enter_the_figures(document: Document) -> None:
    assert row(document, "p-ttdl").sums.split.maintenance_ms == 4 * HOUR
    over_midnight = next(line for line in document.outages if line.outage.key == "c-1101")
    assert over_midnight.lost_ms == HOUR // 2


def test_never_seen_and_not_monitored_things_stand_apart_without_a_figure(
    document: Document,
) -> None:
    apart = {thing.id: thing.standing for thing in document.without_figure}
    assert apart == {"c-1104": Standing.NEVER_SEEN, "p-ttdl-ups": Standing.NOT_MONITORED}
    for thing in document.without_figure:
        assert thing.sums.figures == (None, None, None)
    communes = next(tier for tier in document.tiers if tier.level == "commune")
    assert (communes.whole.sums.measured, communes.whole.sums.total) == (3, 4)
    assert "c-1104" not in [site.id for site in communes.sites]


def test_tiers_go_from_the_province_down_and_the_worst_site_comes_first(
    document: Document,
) -> None:
    assert [tier.level for tier in document.tiers] == ["province", "district", "commune"]
    province, _, communes = document.tiers
    assert province.sites[0].name == LONGEST_NAME
    assert [site.id for site in communes.sites] == ["c-1101", "c-1103", "c-1102"]
    assert [group.site.id for group in communes.devices if group.site] == ["c-1102"]


def test_units_hold_the_sites_of_all_units_below_them(document: Document) -> None:
    province, district = row(document, "51").sums, row(document, "529")
    assert (province.measured, province.total) == (6, 7)
    assert (district.sums.measured, district.sums.total) == (4, 5)
    assert district.verdict is Verdict.MISSED
    assert province.incidents == 3


def test_providers_answer_for_the_time_of_their_links(document: Document) -> None:
    names = [provider.name for provider in document.providers]
    assert names == ["VNPT Quảng Ngãi", "Viettel Quảng Ngãi"]
    assert document.providers[0].sums.figures.availability_pct == pytest.approx(90.0)
    assert document.providers[0].sums.mttr_s == 3 * DAY / 1000


def test_no_data_at_all_gives_no_percentage_anywhere() -> None:
    empty = figures(period(BEGIN, END, [], coverage=()))
    assert empty.whole.sums.figures == (None, None, None)
    assert empty.watch.seen_pct is None
    silent = history(Kind.SITE, "a", "a", watched=(), target_pct=99.0)
    blind = figures(period(BEGIN, END, [silent], coverage=()))
    assert blind.things[0].sums.figures == (None, None, 0.0)
    assert blind.things[0].verdict is Verdict.UNSURE
    assert blind.watch.seen_pct == 0.0
    assert blind.without_figure[0].standing is Standing.NO_DATA


def test_under_ninety_percent_seen_there_is_no_verdict() -> None:
    seen = ((BEGIN, BEGIN + 20 * DAY),)
    thing = history(Kind.SITE, "a", "a", watched=seen, target_pct=50.0)
    (found,) = figures(period(BEGIN, END, [thing])).things
    assert found.verdict is Verdict.UNSURE


def test_the_running_month_is_cut_at_now() -> None:
    now = at("2026-10-10T00:00")
    document = figures(october(now=now))
    assert (document.to_ms, document.asked_to_ms) == (now, END)
    assert row(document, "c-1102").sums.split.total_ms == 9 * DAY


def test_twenty_nine_days_of_february_are_all_counted() -> None:
    leap = (at("2028-02-01T00:00"), at("2028-03-01T00:00"))
    last_day = Fault(begin=at("2028-02-29T00:00"), end=leap[1])
    thing = history(Kind.SITE, "a", "a", faults=[last_day])
    (found,) = figures(period(*leap, [thing])).things
    assert found.sums.split == Split(up_ms=28 * DAY, down_ms=DAY)


def test_a_link_is_judged_by_its_own_faults_and_a_site_by_what_people_had() -> None:
    behind = Fault(begin=BEGIN, end=BEGIN + 10 * DAY, state=State.UNREACHABLE)
    things = [
        history(kind, kind.value, "x", faults=[behind], target_pct=99.0)
        for kind in (Kind.LINK, Kind.SITE)
    ]
    document = figures(period(BEGIN, END, things))
    assert row(document, "link").verdict is Verdict.MET
    assert row(document, "site").verdict is Verdict.MISSED


def test_things_outside_the_period_leave_its_counts() -> None:
    gone = history(Kind.SITE, "a", "a", service=((0, BEGIN),))
    later = history(Kind.SITE, "b", "b", service=((END, FOREVER[1]),))
    document = figures(period(BEGIN, END, [gone, later]))
    assert document.things == ()
    assert document.whole.sums.total == 0


def test_a_provider_is_charged_with_fibre_and_its_own_faults_and_the_unknown_stands_apart() -> None:
    def link(key: str, cause: str | None, days: int) -> History:
        fault = Fault(begin=BEGIN, end=BEGIN + days * DAY, cause=cause)
        return history(Kind.LINK, key, key, faults=[fault], provider="VNPT")

    links = [
        link("a", "fibre", 1),
        link("b", "provider", 2),
        link("c", None, 3),
        link("d", "undetermined", 4),
        link("e", "power", 5),
    ]
    [vnpt] = figures(period(BEGIN, END, links)).providers
    assert vnpt.charge == (3 * DAY, 7 * DAY, 5 * DAY)
    assert sum(vnpt.charge) == vnpt.sums.split.down_ms
    served = vnpt.sums.split.served_ms
    assert vnpt.charge.pct(vnpt.sums.split) == 100 * served / (served + 3 * DAY)

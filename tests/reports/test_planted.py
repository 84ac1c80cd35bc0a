"""Months with something in them that others get wrong, read as a manager reads them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from reports.contents import contents
from reports.figures import figures
from reports.tables import Line, Roll, Table, Word
from reports.wording import Wording
from store.intervals import subtract
from store.period import LateWork, Period
from store.states import Kind, State
from tests.reports.world import DAY, FOREVER, HOUR, MINUTE, Fault, at, history, period

BEGIN, END = at("2026-10-01T00:00"), at("2026-11-01T00:00")
HOUR_LOST = 100 * (1 - HOUR / (31 * DAY))


class Told:
    """A report in Vietnamese, looked up as people do: by table, row and column."""

    def __init__(self, of: Period, language: str = "vi") -> None:
        self.document = figures(of)
        self._words = Wording(self.document, language)
        self._sections = contents(self.document)

    def row(self, table: str, thing: str) -> dict[str, str]:
        """Column → what stands there."""
        [found] = [part for part in self._parts() if isinstance(part, Table) and part.name == table]
        [line] = [line for line in found.lines if line.id == thing]
        return self._cells(found, line)

    def rows(self, table: str) -> list[dict[str, str]]:
        return [
            self._cells(part, line)
            for part in self._parts()
            if isinstance(part, Table) and part.name == table
            for line in part.lines
        ]

    def rolls(self) -> str:
        """Who is left out, and why."""
        rolls = [part for part in self._parts() if isinstance(part, Roll)]
        return "\n".join(self._words.text(one) for r in rolls for one in (r.heading, *r.names))

    def sentences(self) -> str:
        return "\n".join(self._words.text(part) for part in self._parts() if isinstance(part, Word))

    def _parts(self) -> list[Any]:
        return [part for section in self._sections for part in section.parts]

    def _cells(self, table: Table, line: Line) -> dict[str, str]:
        keys = (column.key for column in table.columns)
        return dict(zip(keys, map(self._words.text, line.cells), strict=True))


def office(*faults: Fault, key: str = "c-1", **about: Any) -> Any:
    given: dict[str, Any] = {"unit_id": 7, "unit": "Huyện Sơn Hà", "target_pct": 99.0} | about
    return history(Kind.SITE, key, f"Ủy ban nhân dân xã {key}", faults=faults, **given)


def test_an_outage_over_midnight_costs_each_month_its_own_part() -> None:
    cut = Fault(begin=END - HOUR, end=END + 2 * HOUR)
    ours = Told(period(BEGIN, END, [office(cut)], now=END + DAY)).row("sites-commune", "c-1")
    after = Told(period(END, at("2026-12-01T00:00"), [office(cut)])).row("sites-commune", "c-1")
    assert (ours["longest"], after["longest"]) == ("1 giờ 00 phút", "2 giờ 00 phút")
    assert ours["service_pct"] == "99,87 %"  # 743 of 744 hours: 99.8656
    assert HOUR_LOST < 99.87
    assert (ours["outages"], after["outages"]) == ("1", "1")


def test_a_site_added_in_mid_month_is_not_charged_with_the_days_before() -> None:
    start = at("2026-10-16T12:00")
    cut = Fault(begin=start + DAY, end=start + DAY + HOUR)
    row = Told(period(BEGIN, END, [office(cut, service=((start, FOREVER[1]),))]))
    told = row.row("sites-commune", "c-1")
    assert told["service_pct"] == "99,73 %"  # an hour of 15 and a half days, not of 31
    assert "ngoài thời gian sử dụng: 15 ngày 12 giờ 00 phút" in told["split"]


def test_a_day_without_the_monitor_is_nobodys_outage_and_is_told() -> None:
    off = at("2026-10-20T00:00"), at("2026-10-21T00:00")
    seen = tuple(subtract([FOREVER], [off]))
    told = Told(period(BEGIN, END, [office(watched=seen)], coverage=seen))
    row = told.row("sites-commune", "c-1")
    assert (row["service_pct"], row["seen_pct"], row["outages"]) == ("100,00 %", "96,77 %", "0")
    assert told.rows("blind") == [
        {
            "from": "20/10/2026 00:00:00",
            "to": "21/10/2026 00:00:00",
            "duration": "1 ngày 00 giờ 00 phút",
        }
    ]
    assert "tổng cộng 1 ngày 00 giờ 00 phút" in told.sentences()


def test_maintenance_longer_than_its_outage_gives_no_more_than_a_hundred() -> None:
    window = at("2026-10-11T20:00"), at("2026-10-12T04:00")
    cut = Fault(begin=window[0] + HOUR, end=window[0] + 3 * HOUR)
    told = Told(period(BEGIN, END, [office(cut, maintenance=(window,))]))
    row = told.row("sites-commune", "c-1")
    assert (row["service_pct"], row["outages"], row["longest"]) == ("100,00 %", "0", "–")
    assert "bảo trì theo kế hoạch: 8 giờ 00 phút" in row["split"]
    assert told.rows("outages") == []


def test_work_that_overran_is_an_outage_from_the_end_of_its_window() -> None:
    window = at("2026-10-11T20:00"), at("2026-10-11T22:00")
    cut = Fault(begin=window[0], end=window[1] + 25 * MINUTE)
    row = Told(period(BEGIN, END, [office(cut, maintenance=(window,))])).row("sites-commune", "c-1")
    assert row["longest"] == "25 phút 00 giây"


def test_maintenance_entered_late_counts_from_its_entry_and_both_figures_stand() -> None:
    begin, entered, end = (at(f"2026-10-11T{hour}:00") for hour in ("08", "10", "12"))
    cut = Fault(begin=begin, end=end)
    late = LateWork(
        kind=Kind.SITE,
        key="c-1",
        from_ms=begin,
        to_ms=end,
        entered_ms=entered,
        author="Nguyễn Văn An",
        reason="thay nguồn",
        approved_by=None,
        meant_ms=end - begin,
        counted_ms=end - entered,
    )
    of = period(BEGIN, END, [office(cut, maintenance=((entered, end),))])
    told = Told(replace(of, late_works=(late,)))
    assert told.row("sites-commune", "c-1")["longest"] == "2 giờ 00 phút"
    assert told.document.late_works == (late,)


def test_without_any_data_there_is_a_dash_and_never_a_hundred() -> None:
    told = Told(period(BEGIN, END, [office(watched=())], coverage=()))
    row = told.row("sites-commune", "c-1")
    assert {row[name] for name in ("service_pct", "availability_pct", "seen_pct")} <= {
        "–",
        "0,00 %",
    }
    assert (row["service_pct"], row["verdict"]) == ("–", "chưa đủ dữ liệu")
    assert "Không có dữ liệu trong kỳ" in told.rolls()
    assert told.row("tiers", "commune")["service_pct"] == "–"


def test_a_day_of_twenty_five_hours_has_them_all() -> None:
    zone = "Europe/Berlin"
    begin, end = at("2026-10-01T00:00", zone), at("2026-11-01T00:00", zone)
    cut = Fault(begin=at("2026-10-25T00:00", zone), end=at("2026-10-26T00:00", zone))
    row = Told(period(begin, end, [office(cut)], zone=zone)).row("sites-commune", "c-1")
    assert row["longest"] == "1 ngày 01 giờ 00 phút"
    assert row["service_pct"] == "96,64 %"  # 720 of 745 hours


def test_the_twenty_ninth_of_february_is_a_day() -> None:
    begin, end = at("2028-02-01T00:00"), at("2028-03-01T00:00")
    cut = Fault(begin=at("2028-02-29T00:00"), end=end)
    told = Told(period(begin, end, [office(cut)]))
    row = told.row("sites-commune", "c-1")
    assert (row["longest"], row["service_pct"]) == ("1 ngày 00 giờ 00 phút", "96,55 %")
    assert told.document.whole.sums.split.total_ms == 29 * DAY


def test_a_hundred_and_seventy_two_of_a_hundred_and_seventy_three_is_told_as_that() -> None:
    offices = [office(key=f"c-{n}") for n in range(172)]
    told = Told(period(BEGIN, END, [*offices, office(key="c-x", service=())]))
    assert told.row("tiers", "commune")["measured"] == "172/173"
    assert "Ủy ban nhân dân xã c-x" in told.rolls()


def test_a_figure_that_misses_its_target_by_seconds_gets_digits_until_it_shows() -> None:
    limit_ms = round(31 * DAY * 0.001)  # what 99.9 % allows
    just = Told(period(BEGIN, END, [portal(limit_ms)])).row("services", "portal")
    over = Told(period(BEGIN, END, [portal(limit_ms + 1_000)])).row("services", "portal")
    assert (just["service_pct"], just["target"], just["verdict"]) == ("99,90 %", "99,9 %", "đạt")
    assert (over["service_pct"], over["verdict"]) == ("99,89996 %", "không đạt")


def portal(lost_ms: int) -> Any:
    begin = at("2026-10-05T03:00")
    cut = Fault(begin=begin, end=begin + lost_ms)
    return history(Kind.SERVICE, "portal", "Cổng thông tin", faults=[cut], target_pct=99.9)


def test_a_hub_cut_for_three_days_is_one_line_and_one_fault() -> None:
    cut = Fault(begin=at("2026-10-06T08:00"), end=at("2026-10-09T08:00"), cause="fibre")
    link = history(Kind.LINK, "L1", "Trung tâm – Sơn Hà", level="", faults=[cut], provider="VNPT")
    behind = Fault(begin=cut.begin, end=cut.end, state=State.UNREACHABLE, root=link.outages[0])
    offices = [office(behind, key=f"c-{n}") for n in range(12)]
    told = Told(period(BEGIN, END, [link, *offices]))
    [line] = told.rows("outages")
    assert line["lost_here"] == "3 ngày 00 giờ 00 phút"
    assert "đứt cáp quang" in line["cause"]
    assert "12" in line["affected"]
    row = told.row("sites-commune", "c-3")
    assert (row["service_pct"], row["availability_pct"]) == ("90,32 %", "100,00 %")
    tier = told.row("tiers", "commune")
    assert (tier["outages"], tier["incidents"]) == ("12", "1")
    assert told.row("charged", "VNPT")["charged"] == "3 ngày 00 giờ 00 phút"

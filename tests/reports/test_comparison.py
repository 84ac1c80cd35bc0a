"""This period against the one before: like for like, to the last digit, and in words where not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from reports.beside import Beside
from reports.comparison import Comparison, compare
from reports.contents import contents
from reports.document import Document
from reports.figures import figures
from reports.periods import before, month, quarter, year
from reports.tables import Roll, Section, Table, Word
from reports.wording import Wording
from store.period import History, Interval, MapPart, Period, Place, Signature, UnitRow
from store.states import Kind
from tests.reports.world import DAY, FOREVER, HOUR, MINUTE, VIETNAM, Fault, at, history, period

ZONE = ZoneInfo(VIETNAM)
SEPTEMBER = month("2026-09", ZONE)
OCTOBER = month("2026-10", ZONE)
PROVINCE = 51


def site(number: int, name: str, *faults: Fault, since: int = 0, until: int = 1 << 62) -> History:
    return history(
        Kind.SITE,
        f"c-{number}",
        name,
        thing_id=number,
        unit_id=PROVINCE,
        unit="Tỉnh Quảng Ngãi",
        faults=faults,
        service=((since, until),),
    )


def link(number: int, provider: str, *faults: Fault) -> History:
    return history(
        Kind.LINK, f"L{number}", f"L{number}", thing_id=number, provider=provider, faults=faults
    )


def fault(text: str, minutes: float) -> Fault:
    begin = at(text)
    return Fault(begin=begin, end=begin + round(minutes * MINUTE))


def told(
    now: Iterable[History],
    then: Iterable[History],
    window: Interval = OCTOBER,
    signature: Signature | None = None,
) -> tuple[Comparison, Document]:
    period_now, document = _document(now, window)
    earlier = period(*before(window, ZONE), then)
    found = compare(period_now, document, earlier, signature)
    return found, replace(document, beside=Beside(comparison=found))


def _document(now: Iterable[History], window: Interval) -> tuple[Period, Document]:
    made = period(*window, now)
    return made, figures(made)


def section(document: Document) -> Section:
    return next(one for one in contents(document) if one.name == "comparison")


def words(document: Document, language: str = "vi") -> str:
    """All that the section says, one line a row."""
    say, lines = Wording(document, language), []
    for part in section(document).parts:
        match part:
            case Word():
                lines.append(say.text(part))
            case Table():
                lines += [" | ".join(map(say.text, line.cells)) for line in part.lines]
            case Roll():
                lines.append(f"{say.text(part.heading)}: " + "; ".join(map(say.text, part.names)))
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("window", "earlier"),
    [
        (month("2026-10", ZONE), month("2026-09", ZONE)),
        (month("2028-03", ZONE), month("2028-02", ZONE)),  # 29 February is in it
        (month("2028-02", ZONE), month("2028-01", ZONE)),
        (month("2027-01", ZONE), month("2026-12", ZONE)),
        (quarter("2027-Q1", ZONE), quarter("2026-Q4", ZONE)),
        (year("2029", ZONE), year("2028", ZONE)),
        ((at("2026-10-10T00:00"), at("2026-10-17T00:00")),
         (at("2026-10-03T00:00"), at("2026-10-10T00:00"))),
        ((at("2026-10-10T08:00"), at("2026-10-10T09:30")),
         (at("2026-10-10T06:30"), at("2026-10-10T08:00"))),
    ],
)  # fmt: skip
def test_the_period_before_is_of_the_same_kind(window: Interval, earlier: Interval) -> None:
    assert before(window, ZONE) == earlier


def test_days_stay_days_where_the_clocks_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    window = at("2026-10-24T00:00", "Europe/Berlin"), at("2026-10-27T00:00", "Europe/Berlin")
    begin = at("2026-10-21T00:00", "Europe/Berlin")
    assert window[1] - window[0] == 3 * DAY + HOUR
    assert before(window, berlin) == (begin, window[0])


def test_a_leap_day_is_compared_as_a_day() -> None:
    february = month("2028-02", ZONE)
    found, _ = told(
        [site(1, "Sơn Hạ", fault("2028-02-29T08:00", 60))], [site(1, "Sơn Hạ")], february
    )
    assert found.whole is not None
    assert (found.whole.now.total_ms, found.whole.now_lost_ms) == (29 * DAY, HOUR)
    assert found.whole.then.total_ms == 31 * DAY


def test_a_site_added_in_mid_month_is_named_and_not_compared() -> None:
    old, fresh = site(1, "Sơn Hạ"), site(2, "Sơn Bao", since=at("2026-10-16T12:00"))
    broken = replace(site(2, "Sơn Bao", fault("2026-10-20T00:00", 600)), service=fresh.service)
    found, document = told([old, broken], [old, fresh])
    assert found.whole is not None
    assert (found.whole.n, found.whole.whole) == (1, 2)
    assert (found.whole.now_pct, found.whole.now_lost_ms) == (100.0, 0)
    assert "Mới trong kỳ này, không so sánh: 1: Sơn Bao" in words(document)


def test_the_month_after_a_site_of_half_a_month_is_named_too() -> None:
    half = site(2, "Sơn Bao", since=at("2026-09-16T12:00"))
    found, document = told([site(1, "Sơn Hạ"), half], [site(1, "Sơn Hạ"), half])
    assert found.whole is not None
    assert found.whole.n == 1
    assert "Sử dụng dưới 90 %" in words(document)
    assert [one.name for one in found.left["part"]] == ["Sơn Bao"]


def test_a_record_that_began_within_the_month_before_compares_what_it_has() -> None:
    begun = at("2026-09-10T09:00")
    sites = [site(1, "Sơn Hạ", since=begun), site(2, "Sơn Bao", since=begun + HOUR)]
    found, _ = told(sites, sites)
    assert found.whole is not None
    assert found.whole.n == 2


def test_a_removed_site_is_named() -> None:
    gone = site(2, "Sơn Bao", until=at("2026-09-20T00:00"))
    found, document = told([site(1, "Sơn Hạ")], [site(1, "Sơn Hạ"), gone])
    assert [one.name for one in found.left["removed"]] == ["Sơn Bao"]
    assert "Không còn sử dụng trong kỳ này: 1: Sơn Bao" in words(document)


def test_what_could_not_be_seen_in_one_of_both_is_named() -> None:
    dark = replace(site(2, "Sơn Bao"), watched=())
    found, document = told([site(1, "Sơn Hạ"), dark], [site(1, "Sơn Hạ"), site(2, "Sơn Bao")])
    assert found.whole is not None
    assert (found.whole.n, found.whole.whole) == (1, 2)
    assert [one.name for one in found.left["unseen"]] == ["Sơn Bao"]
    assert "không đo được" in words(document)


def test_a_small_change_is_never_told_as_none() -> None:
    """One second more in a month is 0.00004 percentage points."""
    then = [site(1, "Sơn Hạ", fault("2026-09-05T08:00", 44))]
    ends = replace(fault("2026-10-05T08:00", 44 * 31 / 30), state=then[0].outages[0].state)
    now = [site(1, "Sơn Hạ", replace(ends, end=(ends.end or 0) + 1_000))]
    found, document = told(now, then)
    assert found.whole is not None
    assert -0.0001 < found.whole.points < 0
    text = words(document)
    assert "99,89815 % | 99,89811 % | -0,00004" in text
    assert "0,00 |" not in text


def test_equal_figures_are_told_as_equal() -> None:
    found, document = told([site(1, "Sơn Hạ")], [site(1, "Sơn Hạ")])
    assert "Toàn mạng | 100,00 % | 100,00 % | 0,00 | 0 giây | 0 giây | 1/1" in words(document)
    assert (found.worse, found.better) == ((), ())


def test_what_got_worse_and_better_stands_by_how_much() -> None:
    then = [site(1, "Sơn Hạ"), site(2, "Sơn Bao", fault("2026-09-05T08:00", 600)), site(3, "Ba Tơ")]
    now = [site(1, "Sơn Hạ", fault("2026-10-05T08:00", 60)), site(2, "Sơn Bao"), site(3, "Ba Tơ")]
    found, document = told(now, then)
    assert [one.name for one in found.worse] == ["Sơn Hạ"]
    assert [one.name for one in found.better] == ["Sơn Bao"]
    assert "Sơn Hạ · điểm mạng | 100,00 % | 99,87 % | -0,13" in words(document)


def test_a_provider_is_compared_by_its_own_faults_on_the_links_it_kept() -> None:
    then = [link(1, "VNPT"), link(2, "Viettel", fault("2026-09-05T08:00", 60))]
    now = [link(1, "VNPT", fault("2026-10-05T08:00", 90)), link(2, "VNPT")]
    found, _ = told(now, then)
    [vnpt] = found.providers
    assert (vnpt.name, vnpt.n, vnpt.whole) == ("VNPT", 1, 2)
    assert (vnpt.then_lost_ms, vnpt.now_lost_ms) == (0, 90 * MINUTE)


def test_nothing_in_common_is_said_in_words() -> None:
    found, document = told(
        [site(1, "Sơn Hạ", since=OCTOBER[0])], [site(2, "Ba Tơ", until=OCTOBER[0])]
    )
    assert found.whole is None
    text = words(document)
    assert text.startswith("Không có số liệu để so sánh: không có đối tượng nào vừa")
    assert "Không còn sử dụng trong kỳ này: 1: Ba Tơ" in text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("vi", "Không có số liệu để so sánh: trong kỳ trước"),
        ("en", "There are no figures to compare"),
    ],
)
def test_before_the_record_began_there_is_nothing_to_compare(language: str, said: str) -> None:
    late = [site(1, "Sơn Hạ", since=OCTOBER[0])]
    found, document = told(late, late)
    assert (found.whole, found.began_ms) == (None, None)
    assert words(document, language).startswith(said)
    assert len(section(document).parts) == 1  # not the whole network as new


def test_a_tier_that_ended_with_the_reorganisation_is_named_and_not_compared() -> None:
    """On 1 July 2025 the districts ended: their offices became transit points."""
    july, district = month("2025-07", ZONE), 529
    june = before(july, ZONE)
    hub, office = site(1, "UBND huyện Sơn Hà"), site(2, "UBND xã Sơn Hạ")
    then = period(*june, [hub, office])
    then = _on_map(then, {1: (district, "district"), 2: (district, "commune")})
    now = _on_map(
        period(*july, [hub, office]), {1: (PROVINCE, "transit"), 2: (PROVINCE, "commune")}
    )
    document = figures(now)
    found = compare(now, document, then, None)
    document = replace(document, beside=Beside(comparison=found))
    assert found.ended == ("district",)
    assert [one.id for one in found.tiers] == ["commune"]
    assert found.whole is not None
    assert found.whole.n == 2
    assert [one.name for one in found.left["moved"]] == ["UBND huyện Sơn Hà"]
    assert [one.name for one in found.transit] == ["UBND huyện Sơn Hà"]
    assert "Cơ quan cấp huyện: không còn cấp này" in words(document)


def _on_map(made: Period, places: dict[int, tuple[int, str]]) -> Period:
    over = made.from_ms, made.to_ms
    units = {
        key: UnitRow(*FOREVER, str(key), f"Đơn vị {key}", level, "", None, None)
        for key, level in ((PROVINCE, "province"), (529, "district"))
    }
    histories = tuple(
        replace(one, level=places[one.thing_id][1], stays=(Place(*over, *places[one.thing_id]),))
        for one in made.histories
    )
    part = MapPart(from_ms=over[0], to_ms=over[1], units=units)
    return replace(made, histories=histories, maps=(part,))


def test_a_signed_month_before_is_named_with_what_changed_since() -> None:
    then = [site(1, "Sơn Hạ", fault("2026-09-05T08:00", 60)), site(2, "Ba Tơ")]
    signed = {"things": [{"kind": "site", "id": "c-1", "service_pct": 99.5},
                         {"kind": "site", "id": "c-2", "service_pct": 100.0}]}  # fmt: skip
    signature = Signature(at_ms=OCTOBER[0] + 2 * DAY, by="Lan", sha256="", document=signed)
    found, document = told([site(1, "Sơn Hạ"), site(2, "Ba Tơ")], then, signature=signature)
    assert found.signed is not None
    [changed] = found.signed.differs
    assert (changed.id, changed.signed_pct) == ("c-1", 99.5)
    text = words(document)
    assert "do Lan ký lúc 03/10/2026 00:00:00. Ở đây so với số liệu hiện nay" in text
    assert "Sơn Hạ · điểm mạng | 99,50 % | 99,86 %" in text


def test_a_month_that_goes_on_says_so() -> None:
    made = period(*OCTOBER, [site(1, "Sơn Hạ")], now=OCTOBER[0] + 5 * DAY)
    document = figures(made)
    found = compare(made, document, period(*SEPTEMBER, [site(1, "Sơn Hạ")]), None)
    assert "Kỳ này chưa kết thúc" in words(replace(document, beside=Beside(comparison=found)))

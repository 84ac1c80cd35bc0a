"""The HTML report and its JSON: golden files, and what any page must be."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from pathlib import Path

import pytest

from inventory.phrases import LANGUAGES, table
from reports import json_form, page
from reports.figures import figures
from reports.hypertext import BAR_PX, Hypertext, bar
from reports.pictures import Picture
from reports.sections import outages
from reports.sections.pictures import by_day, pictures
from reports.tables import Cell, Percent, Target
from store.ledger import MIN_SEEN_PCT
from store.period import Interval
from store.states import Kind
from tests.reports.markup import Page
from tests.reports.province import BEGIN, END, october
from tests.reports.world import DAY, HOUR, Fault, at, history, period

GOLDEN = Path(__file__).parent / "golden"
OUTSIDE = re.compile(r"""(https?:)?//|@import|\burl\((?!#)|\b(src|href)="(?!#)""")


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def text(language: str) -> str:
    return page.render(figures(october()), language)


def agrees(name: str, text: str) -> None:
    """Write the golden files anew with CANH_GOLDEN=1, then read the difference."""
    path = GOLDEN / name
    if os.environ.get("CANH_GOLDEN"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8"), f"{name} differs; CANH_GOLDEN=1 writes it anew"


def test_the_page_is_the_golden_one(text: str, language: str) -> None:
    agrees(f"october.{language}.html", text)


def test_the_json_is_the_golden_one() -> None:
    agrees("october.json", json_form.render(figures(october())))


def test_the_page_is_well_formed_and_says_its_language(text: str, language: str) -> None:
    read = Page(text)
    assert next(read.all("html"))["lang"] == language
    assert text.startswith("<!DOCTYPE html>")


def test_the_page_needs_nothing_from_outside_and_runs_no_script_but_its_own(text: str) -> None:
    head, _, rest = text.partition("<script>")
    script, _, tail = rest.partition("</script>")
    assert not OUTSIDE.search(head + tail)
    assert "<script" not in head + tail
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in head


def test_every_table_has_a_caption_and_every_head_a_scope(text: str) -> None:
    read = Page(text)
    assert len(list(read.all("caption"))) == len(list(read.all("table"))) > 8
    assert {attrs["scope"] for attrs in read.all("th")} == {"col", "row", "rowgroup"}


def test_links_within_the_page_lead_somewhere(text: str) -> None:
    read = Page(text)
    ids = {attrs["id"] for _, attrs in read.tags if "id" in attrs}
    assert {attrs["href"] for attrs in read.all("a")} <= {f"#{name}" for name in ids}


def test_names_and_notes_from_outside_are_harmless(text: str) -> None:
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(&#39;ONT&#39;)&lt;/script&gt;" in text
    assert "&lt;b&gt;UPS&lt;/b&gt;" in text


def test_no_word_of_the_other_language_slips_in(text: str, language: str) -> None:
    other = next(lang for lang in LANGUAGES if lang != language)
    shown = " ".join(Page(text).text)
    for key, said in table().items():
        long = said[other]
        if key.startswith("report.") and "{" not in long and " " in long:
            assert long not in shown, key


def test_a_commune_office_stands_with_its_district(language: str) -> None:
    """Its own commune is in its name already; the only province goes without saying."""
    units = (
        history(Kind.UNIT, "51", "Tỉnh Quảng Ngãi", thing_id=51, level="province", measured=False),
        history(
            Kind.UNIT, "529", "Huyện Sơn Hà", thing_id=529, level="district", unit_id=51,
            measured=False,
        ),
        history(
            Kind.UNIT, "21298", "Xã Sơn Nham", thing_id=21298, level="commune", unit_id=529,
            measured=False,
        ),
    )  # fmt: skip
    sites = (
        history(
            Kind.SITE, "c", "Ủy ban nhân dân xã Sơn Nham", unit_id=21298, unit="Xã Sơn Nham"
        ),
        history(
            Kind.SITE, "p", "Sở Tư pháp", level="province", unit_id=51, unit="Tỉnh Quảng Ngãi"
        ),
    )  # fmt: skip
    shown = page.render(figures(period(BEGIN, END, (*units, *sites))), language)
    assert "Ủy ban nhân dân xã Sơn Nham <small>Huyện Sơn Hà</small>" in shown
    assert ">Sở Tư pháp</th>" in shown


def test_an_outage_of_a_link_names_the_link(text: str, language: str) -> None:
    """Two circuits may join the same two places."""
    assert f"<small>{table()['kind.link'][language]} · L0060</small>" in text


def test_every_percentage_in_the_page_is_one_of_the_document(text: str, language: str) -> None:
    doc = figures(october())
    words = Hypertext(doc, language)
    rows = [doc.whole, *doc.things, *doc.providers, *(tier.whole for tier in doc.tiers)]
    cells: list[Cell] = [Percent(doc.watch.seen_pct, (MIN_SEEN_PCT,))]
    for row in rows:
        limits = () if row.target_pct is None else (row.target_pct,)
        cells += [Percent(pct, limits) for pct in row.sums.figures]
        cells += [Target(row.target_pct), Percent(row.sums.figures.seen_pct, (MIN_SEEN_PCT,))]
    drawn = [
        part for part in (*pictures(doc).parts, *by_day(doc).parts) if isinstance(part, Picture)
    ]
    cells += [cell for part in drawn for line in words.beside(part).lines for cell in line.cells]
    known = set(map(words.unbroken, cells))
    shown = re.findall(r"[\d.,]+\u00a0%", " ".join(Page(text).text))
    assert len(shown) > 60
    assert set(shown) <= known | {"90\u00a0%", "100\u00a0%"}  # the method names these


def test_a_percentage_opens_to_its_split_and_its_intervals(text: str, language: str) -> None:
    rows = re.findall(r"<tr[^>]*><th[^>]*>Ủy ban nhân dân xã Sơn Hạ <small>.*?</tr>", text)
    opened = [" ".join(Page(row).text).replace("\u00a0", " ") for row in rows]
    said = {
        "vi": ("mất kết nối: 30 phút 00 giây (1.800 giây)", "31/10/2026 23:30:00 – 01/11/2026"),
        "en": ("down: 30 min 00 s (1,800 s)", "2026-10-31 23:30:00 – 2026-11-01"),
    }
    assert any(all(words in one for words in said[language]) for one in opened)


def test_a_running_month_says_that_it_has_not_ended(language: str) -> None:
    cut = page.render(figures(october(now=at("2026-10-10T09:30"))), language)
    said = {"vi": "chỉ tính đến 10/10/2026 09:30", "en": "run only to 2026-10-10 09:30"}
    assert said[language] in cut


def test_the_first_figures_say_where_there_is_no_verdict(language: str) -> None:
    def first(watched: Interval) -> str:
        site = history(Kind.SITE, "c-1", "Sơn Hạ", target_pct=99.0, watched=(watched,))
        shown = page.render(figures(period(BEGIN, END, [site], coverage=(watched,))), language)
        return (
            shown.split('<ul class="keys">')[1].split("</ul>")[0].replace("\N{NO-BREAK SPACE}", " ")
        )

    said = {
        "vi": ("chưa đủ dữ liệu: 1", "chỉ quan sát được 3,23 %"),
        "en": ("not enough data: 1", "only 3.23 % seen"),
    }
    hardly = first((BEGIN, BEGIN + DAY))
    assert all(words in hardly for words in said[language])
    assert hardly.count('class="unsure"') == 2
    assert "unsure" not in first((BEGIN, END))


def test_a_page_without_any_data_has_no_percentage_of_a_thing(language: str) -> None:
    empty = page.render(figures(period(BEGIN, END, [], coverage=())), language)
    Page(empty)
    assert "100" not in "".join(re.findall(r"<td[^>]*>[^<]*", empty))
    assert table()["report.nodata"][language] in empty


def test_where_the_clocks_change_each_moment_carries_its_offset(language: str) -> None:
    zone = "Europe/Berlin"
    begin, end = at("2026-10-01T00:00", zone), at("2026-11-01T00:00", zone)
    turn = at("2026-10-25T02:30", zone)
    thing = history(Kind.SITE, "a", "a", faults=[Fault(begin=turn, end=turn + HOUR)])
    document = figures(period(begin, end, [thing], zone=zone))
    assert end - begin == 31 * DAY + HOUR
    shown = page.render(document, language)
    assert "02:30:00 +02:00" in shown
    assert "02:30:00 +01:00" in shown


def test_the_bars_are_as_wide_as_their_shares_and_hide_no_short_outage() -> None:
    pieces = bar([("up", 31 * DAY - 1000), ("down", 1000)])
    assert [piece.share for piece in pieces] == ["up", "down"]
    assert pieces[1].width >= 1
    assert sum(piece.width for piece in pieces) == pytest.approx(BAR_PX, abs=0.2)


def test_a_very_long_list_is_cut_and_says_so(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outages, "MOST_OUTAGES", 2)
    shown = page.render(figures(october()), language)
    said = {"vi": "chỉ liệt kê 2 trong tổng số 4 dòng", "en": "Only 2 of 4 rows"}
    assert said[language] in shown


def test_the_json_has_the_promised_keys_and_adds_up() -> None:
    form = json.loads(json_form.render(figures(october())))
    assert form["period"] == {
        "from": "2026-10-01T00:00:00+07:00",
        "to": "2026-11-01T00:00:00+07:00",
        "timezone": "Asia/Ho_Chi_Minh",
        "asked_to": "2026-11-01T00:00:00+07:00",
    }
    promised = [
        "id",
        "kind",
        "name",
        "unit",
        "availability_pct",
        "service_pct",
        "seen_pct",
        "on_backup_s",
        "split_s",
        "outages",
        "began",
        "longest_s",
        "mttr_s",
        "mtbf_s",
        "target_pct",
    ]
    for thing in (*form["things"], *form["providers"]):
        assert set(promised) <= set(thing)
    site = next(thing for thing in form["things"] if thing["id"] == "c-1101")
    assert sum(site["split_s"].values()) == 31 * 86400
    assert {thing["kind"] for thing in form["things"]} == {
        "unit",
        "site",
        "device",
        "link",
        "service",
    }
    assert form["coverage"][0]["to"] == "2026-10-20T00:00:00+07:00"

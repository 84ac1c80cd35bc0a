"""A large network's report in several files: each thing in one, links that lead somewhere."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from urllib.parse import unquote

import pytest

from cli.report_files import _pages
from reports import page
from reports.document import Document
from reports.figures import figures
from reports.units import divided, file_name
from store.states import Kind
from tests.reports.large import SITES, large
from tests.reports.markup import Page
from tests.reports.province import october

BOTH = ("vi", "en")


@pytest.fixture(scope="module")
def document() -> Document:
    return figures(large())


@pytest.fixture(scope="module")
def texts(document: Document) -> dict[str, str]:
    return {name: made.decode() for name, made in page.files(document, BOTH).items()}


def test_a_small_network_is_one_file() -> None:
    assert list(page.files(figures(october()), BOTH)) == [page.SUMMARY]


def test_a_part_is_not_called_the_whole_network(texts: dict[str, str]) -> None:
    assert "Toàn mạng" in texts[page.SUMMARY]
    for name, text in texts.items():
        if name != page.SUMMARY:
            assert "Tổng cộng" in text
            assert "Toàn mạng" not in text


def test_files_are_the_same_however_many_processes_make_them(
    document: Document, texts: dict[str, str]
) -> None:
    made = page.files(document, BOTH, processes=3)
    assert {name: text.decode() for name, text in made.items()} == texts
    assert list(made) == list(texts)


def test_every_thing_stands_in_one_file(document: Document) -> None:
    parts = divided(document)
    for kind in (Kind.SITE, Kind.DEVICE, Kind.LINK):
        told = [row.id for part in parts for row in part.document.things if row.kind is kind]
        assert len(told) == SITES
        assert set(told) == {row.id for row in document.things if row.kind is kind}
    assert sum(part.outages for part in parts) == len(document.outages)
    assert sum(part.missed for part in parts) == 3


def test_a_district_has_its_communes_and_communes_without_one_stand_together(
    document: Document,
) -> None:
    names = [part.names for part in divided(document)]
    assert ("Huyện Sơn Hà", "Huyện Sơn Hà") in names
    assert ("Xã Bình Minh 6", "Xã Bình Minh 7") in names
    assert ("Tỉnh Quảng Ngãi", "Tỉnh Quảng Ngãi") in names
    assert names[-1] == (None, None)
    assert len(names) == 8


def test_figures_of_a_part_are_those_of_its_sites(document: Document) -> None:
    for part in divided(document):
        assert part.document.whole.sums.total == len(part.sites)
        assert sum(tier.whole.sums.total for tier in part.document.tiers) == len(part.sites)
    whole = document.whole.sums.split
    lost = sum(part.document.whole.sums.split.lost_ms for part in divided(document))
    assert lost == whole.lost_ms


def test_each_link_leads_to_a_file_and_a_place_in_it(texts: dict[str, str]) -> None:
    ids = {
        name: {attrs["id"] for _, attrs in Page(text).tags if "id" in attrs}
        for name, text in texts.items()
    }
    led = set()
    for name, text in texts.items():
        for attrs in Page(text).all("a"):
            file, _, place = str(attrs["href"]).partition("#")
            assert unquote(place) in ids[file or name], attrs
            led.add(file)
    assert led == {"", *texts}


def test_the_summary_has_every_site_and_leaves_the_rest_to_the_units(
    texts: dict[str, str],
) -> None:
    summary = texts[page.SUMMARY]
    sites = re.findall(r'href="[^"#]+#site-site\.\d+"', summary)
    assert len(set(sites)) == SITES
    assert "device 7" not in summary
    assert f"{page.MOST_ROWS} trong tổng số {SITES} dòng" in summary


def test_the_offices_of_a_province_are_not_called_the_province(texts: dict[str, str]) -> None:
    summary = texts[page.SUMMARY]
    assert ">Tỉnh Quảng Ngãi: cơ quan cấp tỉnh</a>" in summary
    assert ">Tỉnh Quảng Ngãi: provincial offices</a>" in summary


def test_names_of_files_are_safe_on_every_system() -> None:
    taken: set[str] = set()
    keys = ("CON", "con", "con.", "../../etc/passwd", "a:b", "51", "Xã", "x" * 300, "-", "\u202eb")
    names = [file_name(key, taken) for key in (*keys, *keys)]
    assert all(re.fullmatch(r"unit-[a-z0-9_-]{1,70}\.html", name) for name in names)
    assert len({name.casefold() for name in names}) == len(names)


def test_the_zip_holds_the_files_and_is_the_same_each_time(document: Document) -> None:
    [(name, made)] = _pages(document, "report-2026-10", ["vi"]).items()
    [(_, again)] = _pages(document, "report-2026-10", ["vi"]).items()
    assert (name, made) == ("report-2026-10.zip", again)
    assert isinstance(made, bytes)
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[0] == page.SUMMARY
        assert len(archive.namelist()) == 9


def test_a_moment_before_zip_files_began_is_no_obstacle(document: Document) -> None:
    assert page.zipped({"a.html": b""}, 0)


def test_outages_beyond_what_a_file_lists_are_counted(document: Document) -> None:
    many = replace(document, outages=document.outages * 600)
    text = page.files(many, ["vi"])
    assert any("500 trong tổng số" in made.decode() for made in text.values())

"""The printed report: A4, fonts within, text that can be taken out again, names that stay names."""

from __future__ import annotations

import re
import subprocess
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
import typst

from inventory.model import Letterhead
from inventory.phrases import LANGUAGES, say
from reports import pdf_form
from reports.contents import contents
from reports.document import Document
from reports.figures import figures
from reports.pdf_plan import plan
from reports.pictures import Picture
from reports.pictures_svg import svg
from reports.signing import Signing, bearing
from reports.tables import Percent, Table
from reports.wording import Wording
from store.states import Kind
from tests.needs import need_program
from tests.reports.hostile import NAMES, evil
from tests.reports.province import BEGIN, END, LONGEST_NAME, october
from tests.reports.world import history, period

DOCUMENT = figures(october())
A4_PT = [595.276, 841.89]
SAID = Letterhead(
    authority_above="ỦY BAN NHÂN DÂN TỈNH QUẢNG NGÃI",
    authority="SỞ KHOA HỌC VÀ CÔNG NGHỆ",
    symbol="BC-SKHCN",
    place="Quảng Ngãi",
    signer=("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
    recipients=("Ủy ban nhân dân tỉnh (báo cáo)",),
)


class Printed(NamedTuple):
    path: Path
    language: str

    def pages(self, *options: str) -> list[str]:
        """Their text, blanks of every kind and line ends as one blank."""
        said = out("pdftotext", *options, str(self.path), "-").split("\f")[:-1]
        return [" ".join(page.replace("\u200b", "").split()) for page in said]

    def text(self) -> str:
        return " ".join(self.pages())


@pytest.fixture(scope="module", params=LANGUAGES)
def printed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    need_program("pdftotext")
    language = str(request.param)
    return written(DOCUMENT, language, tmp_path_factory.mktemp("pdf"))


def written(document: Document, language: str, folder: Path) -> Printed:
    path = folder / f"report.{language}.pdf"
    path.write_bytes(pdf_form.render(document, language))
    return Printed(path, language)


def out(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, timeout=60).stdout.decode()


def test_every_font_is_within_and_has_its_letters(printed: Printed) -> None:
    lines = out("pdffonts", str(printed.path)).splitlines()[2:]
    assert lines
    for line in lines:
        assert "LibertinusSerif" in line
        assert "BoldItalic" not in line
        assert line.split()[-5:-2] == ["yes", "yes", "yes"]  # embedded, subset, to Unicode


def test_pages_are_a4_and_the_wide_ones_lie_behind(printed: Printed) -> None:
    found = re.findall(r"size: +([\d.]+) x ([\d.]+)", out("pdfinfo", "-l", "-1", str(printed.path)))
    sizes = [(float(width), float(height)) for width, height in found]
    wide = [width > height for width, height in sizes]
    assert all(sorted(size) == pytest.approx(A4_PT, abs=0.01) for size in sizes)
    assert wide == sorted(wide)
    assert not wide[0]
    assert wide[-1]


def test_pages_are_numbered_from_the_second_in_the_top_margin(printed: Printed) -> None:
    pages = printed.pages("-x", "0", "-y", "0", "-W", "900", "-H", "50")
    assert pages == ["", *map(str, range(2, len(pages) + 1))]


@pytest.mark.parametrize("style", ["normal", "italic"])
@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_every_vietnamese_letter_comes_out(weight: str, style: str, tmp_path: Path) -> None:
    """Of the bold italic one does not: the report is not to use it."""
    need_program("pdftotext")
    letters = [
        unicodedata.normalize("NFC", vowel + tone)
        for vowel in "aăâeêioôơuưy"
        for tone in ("", *"\u0300\u0309\u0303\u0301\u0323")
    ] + ["đ"]
    said = "\n\n".join(f"x{one}x x{one.upper()}x" for one in letters)
    font = f'#set text(font: "Libertinus Serif", weight: "{weight}", style: "{style}")'
    content = typst.compile(f"{font}\n{said}".encode(), format="pdf", ignore_system_fonts=True)
    path = tmp_path / "letters.pdf"
    path.write_bytes(content)
    text = out("pdftotext", str(path), "-")
    bad = {one for one in letters if f"x{one}x" not in text or f"x{one.upper()}x" not in text}
    assert bad == ({"ơ"} if (weight, style) == ("bold", "italic") else set())


def test_names_come_out_as_they_went_in(printed: Printed) -> None:
    text = printed.text()
    assert unicodedata.is_normalized("NFC", text)
    for name in (LONGEST_NAME, "Mạng diện rộng tỉnh Quảng Ngãi", "Ủy ban nhân dân xã Đức Hòa"):
        assert name in text
    assert "(cid:" not in text
    assert "\ufffd" not in text


def test_the_head_is_that_of_a_document_of_the_state(tmp_path: Path) -> None:
    need_program("pdftotext")
    first = written(replace(DOCUMENT, letterhead=SAID), "vi", tmp_path).pages()[0]
    for said in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "SỞ KHOA HỌC VÀ CÔNG NGHỆ",
        "Số: ......./BC-SKHCN",
        "Quảng Ngãi, ngày ..... tháng ..... năm ........",
        "BÁO CÁO Tình trạng hoạt động của mạng tháng 10 năm 2026",
        "DỰ THẢO – CHƯA KÝ",
    ):
        assert said in first
    whole = written(replace(DOCUMENT, letterhead=SAID), "vi", tmp_path).text()
    for said in ("KT. GIÁM ĐỐC PHÓ GIÁM ĐỐC", "Nơi nhận:", "- Ủy ban nhân dân tỉnh (báo cáo);"):
        assert said in whole


def test_a_report_that_was_signed_is_no_draft_on_paper(tmp_path: Path) -> None:
    need_program("pdftotext")
    signing = Signing(by="Lan", at_ms=DOCUMENT.made_ms, head="0" * 64)
    pages = written(bearing(DOCUMENT, signing), "vi", tmp_path).pages()
    assert "BẢN IN ĐỂ KÝ, ĐÓNG DẤU" in pages[0]
    assert not any("chưa ký" in page or "DỰ THẢO" in page for page in pages)
    assert all("bản in này để ký, đóng dấu" in page for page in pages)


def test_what_nobody_told_is_a_dotted_blank(printed: Printed) -> None:
    head = plan(DOCUMENT, printed.language)["head"]
    for blank in (head["above"], head["body"], *head["signer"], *head["recipients"]):
        assert set(blank) == {"."}
    assert say(printed.language, "report.pdf.draft") in printed.pages()[0]
    for page in printed.pages():
        assert say(printed.language, "report.pdf.draft.long") in page


def test_every_percentage_of_the_tables_is_printed(printed: Printed) -> None:
    """Of devices those that failed; the plan says how many others there are."""
    wording = Wording(DOCUMENT, printed.language)
    wanted: Counter[str] = Counter()
    for section in contents(DOCUMENT):
        for part in section.parts:
            if isinstance(part, Table) and not part.name.startswith("devices"):
                cells = (cell for line in part.lines for cell in line.cells)
                wanted += Counter(wording.text(one) for one in cells if isinstance(one, Percent))
    text = printed.text()
    assert len(wanted) > 15
    for said, times in wanted.items():
        assert text.count(said) >= times, said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("told", [DOCUMENT, evil()], ids=["october", "evil"])
def test_nothing_is_beside_the_paper(told: Document, language: str, tmp_path: Path) -> None:
    """Every word lies within the margins of its page, those of the longest names too."""
    need_program("pdftotext")
    found = out("pdftotext", "-bbox", str(written(told, language, tmp_path).path), "-")
    for page in found.split("<page ")[1:]:
        size = re.match(r'width="([\d.]+)" height="([\d.]+)"', page)
        assert size is not None
        words = re.findall(r'xMin="([\d.-]+)".*?xMax="([\d.-]+)".*?>(.*?)</word>', page)
        for left, right, word in words:
            assert float(left) >= 50, word
            assert float(right) <= float(size[1]) - 42, word


def test_the_same_report_gives_the_same_bytes(printed: Printed) -> None:
    again = pdf_form.render(figures(october()), printed.language)
    assert printed.path.read_bytes() == again
    assert "2026-10-31T17:00:00" in out("pdfinfo", "-isodates", str(printed.path))


def test_pictures_stand_on_the_paper_with_their_captions(tmp_path: Path) -> None:
    need_program("pdftotext")
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf_form.render(DOCUMENT, "vi", svg))
    text, wording = Printed(path, "vi").text(), Wording(DOCUMENT, "vi")
    drawn = [one for section in contents(DOCUMENT) for one in section.parts]
    captions = [wording.text(one.caption) for one in drawn if isinstance(one, Picture)]
    assert captions
    assert [caption for caption in captions if caption not in text] == []
    assert pdf_form.render(DOCUMENT, "vi", svg) == path.read_bytes()


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_are_printed_as_they_are(language: str, tmp_path: Path) -> None:
    need_program("pdftotext")
    document = evil()
    found = written(document, language, tmp_path)
    text = found.text().replace(" ", "")
    for name in NAMES:
        told = "".join(sign for sign in name if sign.isprintable() and sign not in "漢字🙂 ")
        assert told[:150] in text, name
    assert "root:" not in text
    assert not re.findall(
        r"/(?:URI|JavaScript|Launch)\b", found.path.read_bytes().decode("latin-1")
    )


def test_a_month_without_anything_is_still_a_report(tmp_path: Path) -> None:
    need_program("pdftotext")
    nothing = figures(period(BEGIN, END, [history(Kind.SITE, "s", "Nơi", service=())]))
    for language in LANGUAGES:
        pages = written(nothing, language, tmp_path).pages()
        assert say(language, "report.pdf.recipients") in pages[-1] or len(pages) > 1

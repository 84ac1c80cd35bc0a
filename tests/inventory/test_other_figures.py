"""Files of another side are read as people write them, and each fault is told at its cell."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from inventory.grids import UnreadableError
from inventory.other_figures import FigureRow, FiguresFile, read_figures

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HEAD = "source,month,kind,id,availability_pct,downtime_minutes,note\n"


def at(year: int, month: int, day: int) -> int:
    return round(datetime(year, month, day, tzinfo=ZONE).timestamp() * 1000)


NOW = at(2026, 11, 20)


def read(folder: Path, text: str, name: str = "vnpt.csv") -> FiguresFile:
    path = folder / name
    path.write_text(text, "utf-8")
    return read_figures(path, ZONE, NOW)


def one(folder: Path, line: str, head: str = HEAD) -> FigureRow:
    found = read(folder, head + line)
    assert found.troubles == ()
    [row] = found.rows
    return row


def test_a_line_is_a_figure_of_a_month(tmp_path: Path) -> None:
    row = one(tmp_path, 'VNPT,2026-10,link,L0001,99.95,22.5,"đứt cáp, tuyến 1"\n')
    assert (row.source, row.kind, row.named) == ("VNPT", "link", "L0001")
    assert (row.from_ms, row.to_ms) == (at(2026, 10, 1), at(2026, 11, 1))
    assert (row.availability_pct, row.down_ms) == (99.95, 1_350_000)
    assert row.note == "đứt cáp, tuyến 1"
    assert (row.at, row.spot("id")) == ("vnpt.csv!A2", "vnpt.csv!D2")


def test_headings_and_numbers_may_be_vietnamese(tmp_path: Path) -> None:
    head = "Nguồn;Từ ngày;Đến ngày;Loại;Mã kênh;Độ khả dụng (%);Gián đoạn (phút);Ghi chú\n"
    row = one(tmp_path, "VNPT;01/10/2026;15/10/2026;Kênh;VNP-41;99,950 %;0;\n", head)
    assert (row.from_ms, row.to_ms) == (at(2026, 10, 1), at(2026, 10, 16)), "both days are in it"
    assert (row.kind, row.availability_pct, row.down_ms) == ("link", 99.95, 0)


@pytest.mark.parametrize("month", ["2026-10", "10/2026", "10-2026"])
def test_a_month_may_be_written_in_several_ways(tmp_path: Path, month: str) -> None:
    assert one(tmp_path, f"x,{month},,L1,99,,\n").from_ms == at(2026, 10, 1)


@pytest.mark.parametrize(
    ("line", "cell", "told"),
    [
        (",2026-10,,L1,99,,", "B2", "source is missing"),
        ("x,2026-10,,,99,,", "A2", "id is missing"),
        ("x,2026-13,,L1,99,,", "B2", '"2026-13" is no month; write 2026-10'),
        ("x,,,L1,99,,", "A2", "needs a month, or both from and to"),
        ("x,2026-11,,L1,99,,", "B2", "is not over yet"),
        ("x,2026-10,lnik,L1,99,,", "C2", 'did you mean "link"?'),
        ("x,2026-10,,L1,100.01,,", "E2", "no percentage from 0 to 100"),
        ("x,2026-10,,L1,-1,,", "E2", "no percentage from 0 to 100"),
        ("x,2026-10,,L1,nan,,", "E2", "no percentage from 0 to 100"),
        ("x,2026-10,,L1,0.9995,,", "E2", "may be 99.95 %"),
        ("x,2026-10,,L1,good,,", "E2", '"good" is no percentage; as 99,95'),
        ("x,2026-10,,L1,,,", "A2", "neither availability_pct nor downtime_minutes"),
        ("x,2026-10,,L1,,two,", "F2", '"two" is no number'),
        ("x,2026-10,,L1,,1.234,", "F2", "may be two numbers"),
        ("x,2026-10,,L1,,-5,", "F2", "is below 0"),
        (f"x,2026-10,,{'L' * 201},99,,", "D2", "longer than 200 characters"),
        ("x,2026-10,,L1\u202e,99,,", "D2", "control character U+202E"),
    ],
)
def test_a_fault_is_told_at_its_cell_and_its_line_is_no_row(
    tmp_path: Path, line: str, cell: str, told: str
) -> None:
    found = read(tmp_path, f"{HEAD}{line}\nx,2026-10,,L2,99,,\n")
    assert [row.named for row in found.rows] == ["L2"]
    [trouble] = found.troubles
    assert (trouble.at, trouble.level) == (f"vnpt.csv!{cell}", "error")
    assert told in trouble.what


def test_all_faults_of_a_line_are_told_at_once(tmp_path: Path) -> None:
    found = read(tmp_path, HEAD + ",2026-13,lnik,,101,x,\n")
    assert len(found.troubles) == 6


def test_days_in_the_wrong_order_and_half_a_period_are_told(tmp_path: Path) -> None:
    head = "source,from,to,id,availability_pct\n"
    lines = "x,2026-10-02,2026-10-01,L1,99\nx,2026-10-02,,L1,99\nx,31/10/2026,31/10/2026,L1,99\n"
    found = read(tmp_path, head + lines)
    assert [trouble.at for trouble in found.troubles] == ["vnpt.csv!C2", "vnpt.csv!B3"]
    assert found.rows[0].to_ms - found.rows[0].from_ms == 86_400_000


def test_a_column_that_nobody_knows_is_told_and_left_out(tmp_path: Path) -> None:
    found = read(tmp_path, "source,month,id,availability_pct,mttr\nx,2026-10,L1,99,3\n")
    assert [(one.at, one.level) for one in found.troubles] == [("vnpt.csv!E1", "warning")]
    assert len(found.rows) == 1


def test_a_file_without_headings_is_told_so(tmp_path: Path) -> None:
    found = read(tmp_path, "VNPT,2026-10,L1,99\n")
    assert "there is no heading of figures" in found.troubles[0].what
    with pytest.raises(UnreadableError, match=r"neither \.xlsx nor \.csv"):
        read(tmp_path, "x", "figures.pdf")


def test_a_workbook_may_hold_dates_numbers_and_no_formulas(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "T10"
    sheet.append(["BÁO CÁO THÁNG 10"])
    sheet.append(["source", "month", "id", "availability_pct", "downtime_minutes"])
    sheet.append(["CBĐTW", date(2026, 10, 1), 41, 99.5, 223.2])
    sheet.append(["CBĐTW", "2026-10", "L2", "=1+1", None])
    path = tmp_path / "cbdtw.xlsx"
    book.save(path)
    found = read_figures(path, ZONE, NOW)
    [row] = found.rows
    assert (row.source, row.named, row.from_ms) == ("CBĐTW", "41", at(2026, 10, 1))
    assert (row.availability_pct, row.down_ms) == (99.5, 13_392_000)
    [trouble] = found.troubles
    assert trouble.at == "T10!D4"
    assert "is a formula" in trouble.what

"""What another side reports is kept as it came; what it replaces stays, and each import is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from inventory.other_figures import read_figures
from store.actions import Actions, open_actions
from store.engine import open_writer
from store.other_figures import FiguresImported
from store.period import OtherFigure
from store.spoken import audit, other_figure
from tests.store.carried import NOVEMBER, ZONE, joined
from tests.store.keeping import NOW, bring, reading

HEAD = "source,month,kind,id,availability_pct,downtime_minutes,note\n"
OCTOBER = (NOVEMBER.from_ms - 31 * 86_400_000, NOVEMBER.from_ms)


@contextmanager
def acting(url: str) -> Iterator[Actions]:
    actions = open_actions(url)
    try:
        yield actions
    finally:
        actions.close()


def bring_in(url: str, folder: Path, lines: str, *, apply: bool = True) -> FiguresImported:
    path = folder / "vnpt.csv"
    path.write_text(HEAD + lines, "utf-8")
    file = read_figures(path, ZONE, NOW)
    with acting(url) as actions:
        return actions.import_figures(file, actor="Lan", apply=apply)


def kept(url: str, as_of_ms: int | None = None) -> tuple[OtherFigure, ...]:
    with reading(url) as reader:
        return reader.other_figures(*OCTOBER, as_of_ms=as_of_ms)


def rows(url: str, table: object) -> list[dict[str, object]]:
    engine = open_writer(url)
    with engine.connect() as conn:
        found = [dict(row._mapping) for row in conn.execute(select(table))]  # type: ignore[call-overload]
    engine.dispose()
    return found


def test_a_preview_keeps_nothing_and_apply_keeps_it_with_who_and_when(
    url: str, tmp_path: Path
) -> None:
    bring(url, joined())
    line = "VNPT,2026-10,,L1,99.95,22.5,tuyến 1\n"
    seen = bring_in(url, tmp_path, line, apply=False)
    assert (seen.applied, seen.errors, [one.status for one in seen.rows]) == (False, 0, ["new"])
    assert (kept(url), rows(url, audit)) == ((), [])
    done = bring_in(url, tmp_path, line)
    assert (done.applied, done.rows[0].kind, done.rows[0].key) == (True, "link", "L1")
    [figure] = kept(url)
    assert (figure.source, figure.key, figure.availability_pct) == ("VNPT", "L1", 99.95)
    assert (figure.down_ms, figure.note, figure.author) == (1_350_000, "tuyến 1", "Lan")
    [told] = rows(url, audit)
    assert (told["actor"], told["action"]) == ("Lan", "figures_import")
    assert told["detail"] == {"file": "vnpt.csv", "new": 1, "changed": 0, "same": 0}


def test_a_second_import_replaces_and_the_first_stays_on_record(url: str, tmp_path: Path) -> None:
    bring(url, joined())
    bring_in(url, tmp_path, "VNPT,2026-10,,L1,99.95,,\nVNPT,2026-10,site,d,99,,\n")
    [link, site] = kept(url)
    again = bring_in(url, tmp_path, "VNPT,2026-10,,VNP-41,99.5,,mới\nVNPT,2026-10,,site:d,99,,\n")
    assert [one.status for one in again.rows] == ["changed", "same"]
    assert again.rows[0].old == link
    assert [one.availability_pct for one in kept(url)] == [99.5, 99.0]
    assert kept(url, as_of_ms=link.entered_ms) == (link, site), "a signed report sees these"
    assert kept(url, as_of_ms=link.entered_ms - 1) == ()
    table = sorted(rows(url, other_figure), key=lambda row: str(row["id"]))
    assert [row["replaced"] is None for row in table] == [False, True, True]
    before = len(rows(url, audit))
    assert bring_in(url, tmp_path, "VNPT,2026-10,,VNP-41,99.5,,mới\n").applied
    assert len(rows(url, audit)) == before, "nothing new, nothing said"


def test_another_source_or_period_stands_beside(url: str, tmp_path: Path) -> None:
    bring(url, joined())
    bring_in(
        url, tmp_path, "VNPT,2026-10,,L1,99,,\nCBĐTW,2026-10,,L1,98,,\nVNPT,2026-09,,L1,97,,\n"
    )
    assert [(one.source, one.availability_pct) for one in kept(url)] == [
        ("CBĐTW", 98.0), ("VNPT", 99.0),
    ]  # fmt: skip
    with reading(url) as reader:
        assert len(reader.kept_figures()) == 3
        assert reader.other_figures(OCTOBER[0], OCTOBER[1] + 1) == ()


def test_a_circuit_that_is_not_known_is_kept_as_theirs_and_told(url: str, tmp_path: Path) -> None:
    bring(url, joined())
    done = bring_in(url, tmp_path, "VNPT,2026-10,,VNP-42,99,,\n")
    [trouble] = done.troubles
    assert (trouble.at, trouble.level) == ("vnpt.csv!D2", "warning")
    assert "nothing here is called" in trouble.what
    assert 'did you mean "VNP-41"?' in trouble.what
    [figure] = kept(url)
    assert (figure.named, figure.thing_id, figure.key) == ("VNP-42", None, None)


def test_faults_of_lines_name_their_cell_and_nothing_is_kept(url: str, tmp_path: Path) -> None:
    declared = joined()
    twin = replace(declared.links["L1"], id="L2")
    both = replace(declared, links={**declared.links, "L2": twin})
    bring(url, both)
    lines = (
        "x,2026-10,,VNP-41,99,,\n"  # the circuit of two links
        "x,2026-10,link,L1,,50000,\n"  # a month has 44,640 minutes
        "x,2026-10,link,L2,99,,\nx,2026-10,,link:L2,98,,\n"
        "x,2026-10,provider,vnpt,,50000,\n"  # of all its links together
    )
    done = bring_in(url, tmp_path, lines)
    assert [(one.at, one.level) for one in done.troubles] == [
        ("vnpt.csv!D2", "error"), ("vnpt.csv!F3", "error"), ("vnpt.csv!D5", "error"),
    ]  # fmt: skip
    told = ("is that of L1 and L2", "more than the period has", "is in this file already")
    assert all(a in one.what for a, one in zip(told, done.troubles, strict=True))
    assert (done.applied, done.errors, kept(url)) == (False, 3, ())

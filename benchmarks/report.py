"""A month of a country in the report: its figures, its pages, and how they show in chromium.

3,355 sites, 20,000 devices and 240,000 intervals, made in memory; then whole commands.
"""

from __future__ import annotations

import asyncio
import gc
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from benchmarks import report_command
from benchmarks.figures import titled
from reports import page
from reports.at_once import processors
from reports.figures import figures
from store.period import History, Interval, MapPart, Period, Place, UnitRow
from store.questions import OutageRow
from store.states import Kind, State
from tests.browser import Browser, browsing

T = TypeVar("T")
PROGRAMS = ("chromium",)
SITES, DEVICES, INTERVALS = 3_355, 20_000, 240_000
PROVINCES, COMMUNES = 34, 98
BEGIN = 1_790_787_600_000  # 1 October 2026 in Viet Nam
END = BEGIN + 31 * 86_400_000
FOREVER: Interval = (BEGIN - 10**10, 2**53)
WORDS = ("hub", "xa phuong 12", "trung", "khong co")
_SHOWN = """new Promise(done => {
  const box = document.querySelector('.filter input');
  box.value = WORD;
  const began = performance.now();
  box.dispatchEvent(new Event('input', {bubbles: true}));
  requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));
})"""


def compare(work: Path, *, quick: bool) -> str:
    """A table in Markdown."""
    parts = 10 if quick else 1
    period = country(SITES // parts, DEVICES // parts, INTERVALS // parts)
    document, figures_s = _cpu(lambda: figures(period))
    rows = [f"| figures | {figures_s:.2f} s CPU | 2 s |"]
    made: dict[str, bytes] = {}
    for languages in (("vi",), ("vi", "en")):
        began = time.monotonic()
        make = partial(page.files, document, languages, processes=processors())
        made, html_s = _cpu(make)
        took_s = time.monotonic() - began
        size = sum(map(len, made.values())) / 1e6
        name = f"{len(made)} files in {' and '.join(languages)}, {size:.1f} MB"
        told = f"{took_s:.2f} s, {html_s:.2f} s CPU in {processors()} processes"
        rows.append(f"| {name} | {told} | {'5 s' if len(languages) == 1 else ''} |")
        if len(languages) == 1:
            folder = work / "pages"
            folder.mkdir()
            for file, content in made.items():
                (folder / file).write_bytes(content)
    _, zip_s = _cpu(lambda: page.zipped(made, END))
    rows.append(f"| zip | {zip_s:.2f} s CPU | |")
    seen = asyncio.run(_shown(folder / page.SUMMARY))
    rows += [
        f"| summary, {(folder / page.SUMMARY).stat().st_size / 1e6:.1f} MB: first paint |"
        f" {seen.first_paint_s:.2f} s | 2 s |",
        f"| … whole page loaded | {seen.loaded_s:.2f} s | |",
        f"| … filter, slowest of {len(seen.filters_ms)} | {max(seen.filters_ms):.0f} ms | 200 ms |",
    ]
    rows += report_command.told(work, DEVICES // parts, INTERVALS // parts)
    head = [
        f"{SITES // parts:,} sites, {DEVICES // parts:,} devices,"
        f" {INTERVALS // parts:,} intervals.",
        "",
        "| what | took | goal |",
        "|---|--:|--:|",
    ]
    return titled("Report of a month", [*head, *rows])


@dataclass(frozen=True, slots=True)
class _Seen:
    first_paint_s: float
    loaded_s: float
    filters_ms: tuple[float, ...]


async def _shown(file: Path) -> _Seen:
    async with browsing(file.as_uri()) as browser:
        while not await browser.value("performance.timing.loadEventEnd"):  # noqa: ASYNC110
            await asyncio.sleep(0.2)
        paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        loaded = "performance.timing.loadEventEnd - performance.timing.navigationStart"
        first_paint_ms = await browser.value(paint)
        loaded_ms = await browser.value(loaded)
        times = [await _filtered(browser, word) for word in (*WORDS, "")]
        return _Seen(first_paint_ms / 1000, loaded_ms / 1000, tuple(times))


async def _filtered(browser: Browser, word: str) -> float:
    """Until the frame after is painted."""
    asked = _SHOWN.replace("WORD", repr(word))
    found = await browser.do("Runtime.evaluate", expression=asked, awaitPromise=True)
    return float(found["result"]["value"])


def country(sites: int, devices: int, intervals: int) -> Period:
    """Communes right under their provinces; a provider's link to each site, devices in each."""
    dice = random.Random(1)
    units = dict(_units())
    communes = [unit for unit, row in units.items() if row.level == "commune"]
    histories: list[History] = []
    each = intervals / (2 * sites + devices)
    for number in range(sites):
        unit = communes[number % len(communes)]
        place = f"Ủy ban nhân dân {units[unit].name}"
        about = {"unit_id": unit, "unit": units[unit].name, "target_pct": 99.0}
        site = 100_000 + number
        histories.append(_history(dice, Kind.SITE, f"s{number}", place, site, each, **about))
        link = {**about, "provider": ("VNPT", "Viettel", "FPT")[number % 3], "site_id": site}
        name = f"{place} – Trung tâm Dữ liệu"
        histories.append(
            _history(dice, Kind.LINK, f"L{number}", name, 200_000 + number, each, **link)
        )
    for number in range(devices):
        site = 100_000 + number % sites
        key = f"s{number % sites}-{('router', 'switch', 'ups', 'ont')[number % 4]}{number // sites}"
        about = {"site_id": site, "unit_id": communes[number % sites % len(communes)]}
        histories.append(_history(dice, Kind.DEVICE, key, key, 300_000 + number, each, **about))
    return Period(
        from_ms=BEGIN,
        to_ms=END,
        now_ms=END + 86_400_000,
        network="Mạng truyền số liệu chuyên dùng",
        timezone="Asia/Ho_Chi_Minh",
        language="vi",
        histories=tuple(histories),
        coverage=(FOREVER,),
        maps=(MapPart(from_ms=BEGIN, to_ms=END, units=units),),
    )


def _units() -> Iterator[tuple[int, UnitRow]]:
    for province in range(1, PROVINCES + 1):
        name = f"Tỉnh thứ {province}"
        yield province, UnitRow(*FOREVER, str(province), name, "province", "", None, None)
        for commune in range(COMMUNES):
            key = 1000 + province * 100 + commune
            name = f"xã Phước Thành {province}.{commune}"
            yield key, UnitRow(*FOREVER, str(key), name, "commune", "", province, None)


def _history(
    dice: random.Random, kind: Kind, key: str, name: str, thing: int, each: float, **about: object
) -> History:
    """Up, and between now and then down for some minutes."""
    faults = int(each / 2) + (dice.random() < each / 2 % 1)
    if kind is Kind.SITE and dice.random() < 0.5:
        faults = 0
    cuts = sorted(dice.randrange(BEGIN, END, 1000) for _ in range(2 * faults))
    spans: list[tuple[State, int, int | None, int | None]] = []
    outages: list[OutageRow] = []
    at = FOREVER[0]
    for begin, later in zip(cuts[0::2], cuts[1::2], strict=True):
        end = min(later, begin + dice.randrange(60_000, 3_600_000, 1000))
        if begin <= at or end <= begin:
            continue
        spans += [(State.UP, at, begin, None), (State.DOWN, begin, end, None)]
        at = end
        outages.append(_outage(kind, key, name, thing, (begin, end), len(outages)))
    spans.append((State.UP, at, None, None))
    placed = {"level": "commune", "unit_id": None, "site_id": None, "unit": None, "provider": None}
    told = {**placed, "target_pct": None, "target_source": None, **about}
    unit = told["unit_id"]
    return History(
        thing_id=thing,
        kind=kind,
        key=key,
        name=name,
        service=(FOREVER,),
        spans=tuple(spans),
        maintenance=(),
        off_hours=(),
        watched=(FOREVER,),
        outages=tuple(outages),
        measured=True,
        stays=(Place(BEGIN, END, unit, "commune"),),  # type: ignore[arg-type]
        **told,  # type: ignore[arg-type]
    )


def _outage(
    kind: Kind, key: str, name: str, thing: int, window: Interval, number: int
) -> OutageRow:
    begin, end = window
    return OutageRow(
        id=thing * 100 + number,
        thing_id=thing,
        kind=kind,
        key=key,
        name=name,
        state=State.DOWN,
        last_good_ms=begin - 10_000,
        first_bad_ms=begin,
        last_bad_ms=end - 10_000,
        first_good_ms=end,
        root_id=None,
        root_thing_id=None,
        root_key=None,
        cause="fibre" if number % 2 else None,
        provider=None,
        reason="silent",
        acknowledged=False,
        note=None,
        members=0,
        members_by_kind={},
    )


def _cpu(work: Callable[[], T]) -> tuple[T, float]:
    """As the command does it: without looking for cycles. Copies of the process count."""
    gc.disable()
    began = _spent_s()
    try:
        done = work()
        return done, _spent_s() - began
    finally:
        gc.enable()


def _spent_s() -> float:
    ours = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in ours)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        sys.stdout.write(compare(Path(folder), quick="--quick" in sys.argv))

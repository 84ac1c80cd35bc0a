"""The archive of reports: drafts and signed ones, to read, to download, to have made, to verify."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web

from inventory.moments import FIRST_YEAR, LAST_YEAR
from inventory.phrases import LANGUAGES, say
from reports.numbers import number
from reports.periods import Clock, iso
from reports.web import sent
from reports.web.bench import Bench, Job
from reports.web.gate import needs, seen_whole, visitor_of
from reports.web.shelf import File, Shelf, described, period_of, window_of
from reports.web.site import Routes, Site
from reports.web.visitor import Role
from store.signed_periods import Signed

FORMS = ("html", "pdf", "xlsx", "csv", "json")
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)  # of which a report can be made
_COMMAND = "canh report"
_STEPS = ("reading", "making", "comparing", "signing")


class Row(NamedTuple):
    """A period. `verified`: None where nobody looked since the pages were started."""

    period: str
    signed: Signed | None
    kept: list[File]  # with the signature
    files: list[File]  # in the folder
    verified: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Telling:
    """How the archive says things, in one language."""

    language: str
    zone: ZoneInfo

    def at(self, at_ms: int) -> str:
        return Clock(self.zone, self.language).minute(at_ms)

    def period(self, name: str) -> str:
        """`Tháng 10/2026`; other stretches by their ends."""
        year, _, part = name.partition("-")
        if not part:
            return say(self.language, "archive.year", year=year)
        if "_" in name:
            return " – ".join(f"{end[:10]} {end[11:13]}:{end[13:]}" for end in name.split("_"))
        if part.startswith("Q"):
            return say(self.language, "archive.quarter", quarter=part[1:], year=year)
        return say(self.language, "archive.month", month=part, year=year)

    def size(self, held: int) -> str:
        shown = held // 1000
        return f"{number(shown, self.language)} kB" if shown else f"{held} B"

    def job(self, job: Job) -> str:
        what = say(self.language, f"archive.job.{job.kind}", period=self._of(job))
        how = say(self.language, f"archive.job.{job.state}")
        told = f"{what} ({job.actor}): {how}"
        if job.state == "running":
            return f"{told} {self._step(job)}".strip()
        return f"{told}: {self._why(job)}" if job.state == "failed" else told

    def _why(self, job: Job) -> str:
        """What the command said at last; what broke in it stands in the log alone."""
        command, _, why = job.said.strip().rpartition("\n")[2].partition(": ")
        return why if command == _COMMAND and why else say(self.language, "archive.job.broken")

    def _of(self, job: Job) -> str:
        return self.period(job.period) if job.period else ""

    def _step(self, job: Job) -> str:
        last = job.said.strip().rpartition("\n")[2].rpartition(": ")[2]
        for step in _STEPS:
            if last.startswith(step):
                form = last.split(" ")[1] if step == "making" else ""
                return say(self.language, f"archive.step.{step}", form=form.upper())
        return ""


def archive_room(command: Sequence[str], environment: Mapping[str, str]) -> Routes:
    """`command`: of `canh report`, with the configuration that it reads."""

    def room(site: Site) -> Iterable[web.AbstractRouteDef]:
        bench, shelf = Bench(command, environment, site.stop), Shelf(site.reports)

        async def archive(request: web.Request) -> web.Response:
            return await _page(site, request, bench, shelf)

        async def jobs(request: web.Request) -> web.Response:
            seen_whole(request)
            tell = Telling(site.language(request), _zone(site))
            told = [{"id": o.id, "over": o.over, "text": tell.job(o)} for o in bench.jobs]
            return web.json_response({"jobs": told})

        @needs(Role.OPERATOR)
        async def make(request: web.Request) -> web.Response:
            seen_whole(request)
            form = await sent.form(request)
            try:
                period, words = _asked(form, _zone(site))
            except ValueError as refusal:
                return await _page(site, request, bench, shelf, (str(refusal), 422))
            words = [*words, "-o", f"{site.reports}/"]
            return await _begin(site, request, bench, shelf, ("make", period, words))

        @needs(Role.OPERATOR)
        async def verify(request: web.Request) -> web.Response:
            seen_whole(request)
            return await _begin(site, request, bench, shelf, ("verify", "", ["verify", "--json"]))

        return [
            web.get("/reports", archive),
            web.get("/reports/jobs", jobs),
            web.post("/reports/make", make),
            web.post("/reports/verify", verify),
        ]

    return room


def _zone(site: Site) -> ZoneInfo:
    return ZoneInfo(site.desk.known.head.timezone)


async def _page(
    site: Site,
    request: web.Request,
    bench: Bench,
    shelf: Shelf,
    refused: tuple[str, int] | None = None,
) -> web.Response:
    seen_whole(request)
    signed = await site.desk.ask(lambda reader: reader.archive.signed())
    visitor, zone = visitor_of(request), _zone(site)

    def made(language: str) -> Mapping[str, Any]:
        return {
            "rows": _rows(signed, shelf.files(), bench.verified, zone),
            "jobs": bench.jobs,
            "busy": any(not one.over for one in bench.jobs),
            "speak": Telling(language, zone),
            "may": visitor.role >= Role.OPERATOR and visitor.signed_in,
            "forms": FORMS,
            "languages": LANGUAGES,
            "verified_at": None if bench.verified is None else bench.verified.ended_ms,
            "refused": None if refused is None else say(language, refused[0]),
        }

    status = 200 if refused is None else refused[1]
    return await site.page(request, "reports.html.j2", made, status=status)


def _rows(
    signed: Iterable[Signed], files: Iterable[File], verified: Job | None, zone: ZoneInfo
) -> list[Row]:
    """The latest period first."""
    found: dict[str, Row] = {}
    sums = {} if verified is None else {(o["from"], o["to"]): o for o in verified.found["periods"]}
    for one in signed:
        name = period_of((one.from_ms, one.to_ms), zone)
        kept = [described(file, size, one.at_ms) for file, size in one.files.items()]
        told = sums.get((iso(one.from_ms, zone), iso(one.to_ms, zone)))
        found[name] = Row(name, one, [file for file in kept if file is not None], [], told)
    for file in files:
        row = found.setdefault(file.period, Row(file.period, None, [], [], None))
        row.files.append(file)
    return sorted(found.values(), key=lambda row: row.period, reverse=True)


async def _begin(
    site: Site, request: web.Request, bench: Bench, shelf: Shelf, asked: tuple[Any, str, list[str]]
) -> web.Response:
    kind, period, words = asked
    actor = visitor_of(request).name
    if bench.ask(kind, period, words, actor) is None:
        return await _page(site, request, bench, shelf, ("archive.refused.queue", 429))
    told = {"kind": kind, "words": words}
    await site.desk.say(lambda to: to.ask_report(period, told, actor=actor))
    raise web.HTTPSeeOther("/reports")


def _asked(form: Mapping[str, Any], zone: ZoneInfo) -> tuple[str, list[str]]:
    """The period and the options behind `canh report`; ValueError: the key of what is wrong."""
    languages, forms = (_chosen(form, *known) for known in (("lang", LANGUAGES), ("form", FORMS)))
    if not languages or not forms:
        raise ValueError("archive.refused.none")
    options = ["--lang", ",".join(languages), "--format", ",".join(forms)]
    period = unicodedata.normalize("NFKC", str(form.get("period", ""))).strip().upper()
    ends = [str(form.get(end, "")).strip() for end in ("from", "to")]
    if bool(period) == any(ends):
        raise ValueError("archive.refused.period")
    if period[:4].isdecimal() and int(period[:4]) not in YEARS:
        raise ValueError("archive.refused.years")
    if period:
        try:
            window_of(period, zone)
        except ValueError:
            raise ValueError("archive.refused.period") from None
        option = {4: "--year", 7: "--quarter" if "Q" in period else "--month"}[len(period)]
        return period, [option, period, *options]
    try:
        first, last = map(date.fromisoformat, ends)
    except ValueError:
        raise ValueError("archive.refused.days") from None
    if first >= last:
        raise ValueError("archive.refused.days")
    if first.year not in YEARS or last.year not in YEARS:
        raise ValueError("archive.refused.years")
    name = "_".join(f"{day}T0000" for day in (first, last))
    return name, ["--from", str(first), "--to", str(last), *options]


def _chosen(form: Mapping[str, Any], name: str, known: Sequence[str]) -> list[str]:
    given = form.getall(name, []) if hasattr(form, "getall") else []
    return [word for word in known if word in given]

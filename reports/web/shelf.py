"""The folder of reports: which files of it are reports, and how a page of one may be read."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from reports.periods import local, month, quarter, year
from store.period import Interval

MOST_LISTED = 5000  # names that are looked at
MOST_PAGE = 100_000_000  # bytes of one page in a zip
_INSTANT = r"\d{4}-\d{2}-\d{2}T\d{4}"
_NAME = re.compile(
    rf"report-(?P<period>\d{{4}}(?:-\d{{2}}|-Q[1-4])?|{_INSTANT}_{_INSTANT})(?P<today>_map-today)?"
    r"(?P<errata>\.errata)?(?:\.(?P<language>vi|en))?\.(?P<form>html|pdf|xlsx|json|csv\.zip|zip)",
    re.ASCII,
)
TYPES = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "zip": "application/zip",
}
_MEMBER = re.compile(r"[A-Za-z0-9._-]{1,200}\.html")
_SCRIPT = re.compile(rb"script-src 'sha256-([A-Za-z0-9+/]{43}=)'")
_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """`form`: html, pdf, xlsx, json, csv.zip, or zip: pages of a large network."""

    name: str
    period: str  # 2026-10, 2026-Q3, 2026, or two instants
    form: str
    language: str  # "": none, or several
    errata: bool
    on_today: bool  # on the map of today
    size: int
    at_ms: int

    @property
    def readable(self) -> bool:
        return self.form in ("html", "zip")


def described(name: str, size: int = 0, at_ms: int = 0) -> File | None:
    """What a name says; None: no report is called so."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    return File(
        name=name,
        period=found["period"],
        form=found["form"],
        language=found["language"] or "",
        errata=bool(found["errata"]),
        on_today=bool(found["today"]),
        size=size,
        at_ms=at_ms,
    )


class Shelf:
    """Blocking. Whatever else lies in the folder is not shown: other names, links, folders."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def files(self) -> list[File]:
        """The latest period first."""
        found = []
        try:
            with os.scandir(self.folder) as entries:
                for _, entry in zip(range(MOST_LISTED), entries, strict=False):
                    if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                        about = entry.stat(follow_symlinks=False)
                        file = described(entry.name, about.st_size, about.st_mtime_ns // 1_000_000)
                        found += [file] if file else []
        except FileNotFoundError:
            return []
        return sorted(found, key=lambda one: (one.period, one.name), reverse=True)

    def path(self, name: str) -> Path | None:
        """None where no report is called so here."""
        path = self.folder / name
        if _NAME.fullmatch(name) and not path.is_symlink() and path.is_file():
            return path
        return None


def page_of(content: bytes, form: str, member: str) -> bytes | None:
    """The page to read: the file itself, or one of the pages that are packed in it."""
    if form == "html":
        return content if not member else None
    if not _MEMBER.fullmatch(member):
        return None
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            about = archive.getinfo(member)
            return archive.read(about) if about.file_size <= MOST_PAGE else None
    except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError):
        return None


def policy(page: bytes) -> str:
    """What a page of a report may do: its own style, the script that its renderer vouched for
    before anything that came from the network is written, and no word to anybody.

    In a sandbox: whatever runs there is nobody here.
    """
    head = page.partition(b"</head>")[0]
    said = _SCRIPT.search(head.partition(b"<title>")[0])
    script = f"'sha256-{said[1].decode()}'" if said else "'none'"
    sums = [base64.b64encode(hashlib.sha256(s).digest()).decode() for s in _STYLE.findall(head)]
    styles = " ".join(f"'sha256-{one}'" for one in sums) or "'none'"
    return (
        f"default-src 'none'; script-src {script}; style-src-elem {styles}; "
        "style-src-attr 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; sandbox allow-scripts allow-modals"
    )


def window_of(period: str, zone: ZoneInfo) -> Interval:
    """Of a calendar period; ValueError: it is none."""
    for read in (month, quarter, year):
        try:
            return read(period, zone)
        except ValueError:
            continue
    raise ValueError(period)


def period_of(window: Interval, zone: ZoneInfo) -> str:
    """As its files are called."""
    first = local(window[0], zone)
    third = (first.month + 2) // 3
    for name in (f"{first:%Y-%m}", f"{first:%Y}-Q{third}", f"{first:%Y}"):
        if window_of(name, zone) == window:
            return name
    return "_".join(f"{local(end, zone):%Y-%m-%dT%H%M}" for end in window)

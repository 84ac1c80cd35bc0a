"""Every picture of the docs was looked at: docs/looks.md has its line with its hash."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LOOKS = DOCS / "looks.md"
MOST_BYTES = 300_000
_HEAD = re.compile(r"^### (.*)$", re.MULTILINE)
_WHO = re.compile(r"(?P<name>\S+) · (?P<day>\d{4}-\d\d-\d\d) · `(?P<sha256>[0-9a-f]{12})`")
_SHOWN = re.compile(r"!\[[^\]]*\]\(([^)\s]+)|<img[^>]+src=\"([^\"]+)")


class Look(NamedTuple):
    name: str
    day: date
    sha256: str
    found: str  # the faults, and how they were mended


def looks() -> list[Look]:
    """The blocks of docs/looks.md: a heading a picture, what was found below it."""
    _, *parts = _HEAD.split(LOOKS.read_text("utf-8"))
    found = []
    for head, text in zip(parts[0::2], parts[1::2], strict=True):
        who = _WHO.fullmatch(head)
        assert who, f"### {head}: must be NAME · YYYY-MM-DD · `12 digits of sha256`"
        day = date.fromisoformat(who["day"])
        found.append(Look(who["name"], day, who["sha256"], text.strip()))
    return found


def pictures() -> list[Path]:
    kinds = {".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp"}
    return sorted(path for path in DOCS.rglob("*") if path.suffix.lower() in kinds)


@pytest.mark.parametrize("picture", pictures(), ids=lambda path: path.name)
def test_the_picture_is_the_one_that_was_looked_at(picture: Path) -> None:
    seen = {look.name: look.sha256 for look in looks()}
    now = hashlib.sha256(picture.read_bytes()).hexdigest()[:12]
    remedy = f"look at it, then write its faults and `{now}` into docs/looks.md"
    assert seen.get(picture.name) == now, f"{picture.name} is newer than its line: {remedy}"


@pytest.mark.parametrize("picture", pictures(), ids=lambda path: path.name)
def test_a_picture_is_small_enough_for_a_slow_line(picture: Path) -> None:
    assert picture.stat().st_size <= MOST_BYTES


def test_each_line_of_looks_has_its_picture_and_says_what_was_found() -> None:
    names = [look.name for look in looks()]
    assert sorted(names) == [path.name for path in sorted(pictures(), key=lambda path: path.name)]
    assert [look.name for look in looks() if not look.found] == []


def test_nobody_looked_in_the_future() -> None:
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)  # it may be tomorrow where they are
    assert [look for look in looks() if look.day > tomorrow] == []


def test_the_pictures_that_the_issue_asks_for_are_there() -> None:
    names = {look.name for look in looks()}
    for language in ("vi", "en"):
        wanted = {f"board-{size}-{language}.png" for size in ("80x24", "160x45")}
        wanted |= {f"report-{language}-{page}.png" for page in ("1", "sites")}
        assert wanted <= names


def test_every_picture_of_a_page_exists() -> None:
    for page in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for pair in _SHOWN.findall(page.read_text("utf-8")):
            shown = pair[0] or pair[1]
            assert not shown.startswith(("http:", "https:")), f"{page.name}: {shown} is not ours"
            assert (page.parent / shown).is_file(), f"{page.name}: {shown} is not there"

"""One cell a site, under its unit: where a place stands, there it always stands."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup, escape

from reports.web.telling import Telling
from store.faces import Face, face_of, sign
from store.questions import LiveRow

_SHOWN = (Face.DOWN, Face.DEGRADED, Face.UNREACHABLE, Face.UNKNOWN, Face.MAINTENANCE)


class Row(NamedTuple):
    name: str
    wrong: tuple[tuple[Face, int], ...]  # how many of its sites show what is not right
    cells: Markup


def rows(tell: Telling) -> list[Row]:
    """A row a unit. Tab stops at sites that are not right; those that are up are only clicked."""
    waiting = frozenset(
        row.site_id for root in tell.needing if (row := tell.rows.get(root.thing_id)) is not None
    )
    words = {face: tell.word(face) for face in Face}
    found = []
    for group in tell.known.groups:
        sites = [site for one in group.sites if (site := tell.rows.get(one)) is not None]
        if not sites:
            continue
        shown = [(site, face_of(site)) for site in sites]
        counts = Counter(face for _, face in shown)
        wrong = tuple((face, counts[face]) for face in _SHOWN if counts[face])
        cells = (_cell(tell, site, face, words[face], waiting) for site, face in shown)
        found.append(Row(tell.short(group.name), wrong, Markup("".join(cells))))  # noqa: S704
    return found


def _cell(
    tell: Telling, site: LiveRow, face: Face, word: str, waiting: frozenset[int | None]
) -> str:
    return _drawn(tell.address(site), site.name, face, word, site.thing_id in waiting)


@lru_cache(20_000)
def _drawn(address: str, name: str, face: Face, word: str, waits: bool) -> str:
    """`address` is quoted already."""
    told = escape(f"{name}: {word}")
    stop = ' tabindex="-1"' if face is Face.UP else ""
    more = " waits" if waits else ""
    return f'<a href="{address}" class="f-{face}{more}"{stop} title="{told}">{sign(face)}</a>'

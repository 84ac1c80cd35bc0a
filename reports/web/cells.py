"""One cell a site, under its unit: where a place stands, there it always stands."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup, escape

from reports.shown import shown
from reports.web.telling import Telling, address
from store.faces import Face, face_of, sign

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
        cells = (
            _drawn(site.key, site.name, face, words[face], site.thing_id in waiting)
            for site, face in shown
        )
        found.append(Row(tell.short(group.name), wrong, Markup("".join(cells))))  # noqa: S704
    return found


@lru_cache(20_000)
def _drawn(key: str, name: str, face: Face, word: str, waits: bool) -> str:
    told = escape(shown(f"{name}: {word}"))
    stop = ' tabindex="-1"' if face is Face.UP else ""
    more = " waits" if waits else ""
    href = address("site", key)
    return f'<a href="{href}" class="f-{face}{more}"{stop} title="{told}">{sign(face)}</a>'

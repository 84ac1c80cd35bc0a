"""The list of links: the worst first, and of those alike the one with the least room left."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len
from rich.style import Style

from store.questions import LiveRow
from store.states import Kind
from tui import faces
from tui.cells import Line, line
from tui.faces import URGENCY, Face, face_of
from tui.listing import MarkedList, heading, order_of
from tui.painted import ground
from tui.roots import WIDE
from tui.scene import Scene
from tui.sites import state_cells

if TYPE_CHECKING:
    from store.lines import Light, LinkEnd, LinkRow

LOW_DBM, HIGH_DBM = -32.0, -8.0  # the ends of the bar
_DB, _PCT = 3.0, 10.0  # so far from its alarm light is as near to trouble as so much from full
_LOADED = 5.0  # more room than this and the load is no reason
STALE_MS = 20 * 60_000  # an older value says nothing of now: devices tell theirs each ten minutes
_LEAST_ENDS, _BAR, _WIDE_BAR = 20, 10, 24
_MORE = (  # columns with a blank before each, by what they are worth
    ("margin", 8),
    ("bar", 1 + _BAR),
    ("km", 7),
    ("use", 10),
    ("provider", 17),
    ("wide_bar", _WIDE_BAR - _BAR),
    ("circuit", 18),
)
_Span = tuple[str, Style]


class Columns(NamedTuple):
    """How many cells each has, with a blank between; 0: there is no room for it."""

    state: int
    key: int
    ends: int
    rx: int
    more: Mapping[str, int]

    @property
    def bar(self) -> int:
        return self.more["bar"] + self.more["wide_bar"]


class Links(MarkedList):
    """`links`: what the record told of them last."""

    ORDERS = ("state", "margin", "use", "place")

    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self.links: Sequence[LinkRow] = ()
        self._by_id: dict[int, LinkRow] = {}

    def take(self) -> None:
        rows, at_ms = self.scene.known.rows, self.scene.replaying_ms
        known = (link if at_ms is None else as_of(link, at_ms) for link in self.links)
        known = (
            link for link in known if link.thing_id in rows and self.wants(rows[link.thing_id])
        )
        here = sorted(known, key=self._urgency)
        self._by_id = {link.thing_id: link for link in here}
        here.sort(key=_SORTINGS[self.ORDERS[self.order]])
        self.show([link.thing_id for link in here])

    def wants(self, row: LiveRow) -> bool:
        """Does it list that link?"""
        return True

    def _urgency(self, link: LinkRow) -> tuple[int, float, str]:
        face = face_of(self.scene.known.rows[link.thing_id])
        return URGENCY[face], room_left(link), link.key

    @property
    def here(self) -> LinkRow | None:
        """That under the cursor."""
        return self._by_id.get(self.cursor) if self.cursor is not None else None

    @property
    def sensor(self) -> int | None:
        """That of the end whose light is weaker now, of the link under the cursor."""
        now = next((link for link in self.links if link.thing_id == self.cursor), None)
        return now.weaker.sensor_id if now is not None and now.weaker is not None else None

    def title(self) -> tuple[str, str]:
        place = f"{self._row + 1 if self.keys else 0}/{len(self.keys)}"
        return heading(self, "links.title", order_of(self)), place

    def nothing(self) -> str:
        """Nothing before the record has told of them."""
        none = not self.scene.known.counts[Kind.LINK].total()
        return self.scene.say("links.none") if none else ""

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Numbers as they are, for a file."""
        heads = ["state", "key", "end_a", "end_b", "length_km", "rx_dbm", "margin_db"]
        heads += ["in_pct", "out_pct", "provider", "circuit_id"]
        return heads, [self._cells(self._by_id[key]) for key in self.keys]

    def _cells(self, link: LinkRow) -> list[str]:
        light = link.weaker
        row = self.scene.known.rows.get(link.thing_id)
        told = [
            self.scene.word(face_of(row)) if row is not None else None,
            link.key,
            link.a.site,
            link.b.site,
            link.length_km,
            light.dbm if light is not None else None,
            light.margin_db if light is not None else None,
            link.in_pct,
            link.out_pct,
            link.provider,
            link.circuit_id,
        ]
        return ["" if one is None else str(one) for one in told]


class LinkList(Links):
    """On a screen of its own: with heads above its columns."""

    @property
    def rows_high(self) -> int:
        return max(1, self.size.height - 2)

    def draw(self, y: int) -> Line:
        if y == 1:
            return heads(self.scene, self.size.width)
        return super().draw(max(0, y - 1))

    def row(self, key: int, lead: str) -> Line:
        row = self.scene.known.rows.get(key)
        if row is None:  # it left between two readings
            return line(self.size.width, [])
        return link_line(self.scene, self._by_id[key], face_of(row), self.size.width, lead)


def as_of(link: LinkRow, at_ms: int) -> LinkRow:
    """Without what was measured since: the record tells the last values alone."""

    def end(one: LinkEnd) -> LinkEnd:
        rx = one.rx
        if rx is not None and (rx.at_ms or 0) > at_ms:
            rx = replace(rx, dbm=None, at_ms=None)
        return replace(one, rx=rx, tx_dbm=None, admin_status=None, oper_status=None)

    return replace(link, a=end(link.a), b=end(link.b), in_pct=None, out_pct=None)


def _margin(link: LinkRow) -> float:
    """For sorting: no light is less than any, an unknown margin more."""
    light = link.weaker
    if light is not None and light.dark:
        return -math.inf
    return math.inf if light is None or light.margin_db is None else light.margin_db


def _use(link: LinkRow) -> float:
    return max(-1.0 if part is None else part for part in (link.in_pct, link.out_pct))


def room_left(link: LinkRow) -> float:
    """How far from trouble: the nearer of light to its alarm and of the load to full; 1 is near."""
    use = _use(link)
    return min(_margin(link) / _DB, math.inf if use < 0 else (100 - use) / _PCT)


def is_loaded(link: LinkRow) -> bool:
    """Its load is nearer to trouble than its light."""
    use = _use(link)
    return use >= 0 and (100 - use) / _PCT <= min(_margin(link) / _DB, _LOADED)


def reason(scene: Scene, link: LinkRow) -> str:
    """What of it is nearest to trouble, in words."""
    light = link.weaker
    if is_loaded(link):
        return scene.say("links.load_is", pct=f"{_use(link):.0f}")
    if light is None or light.at_ms is None:
        return scene.say("links.unmeasured" if light is None else "links.unread")
    if light.dbm is None:
        return scene.say("links.dark")
    told = {"dbm": tenths(scene, light.dbm), "db": tenths(scene, light.margin_db or 0.0)}
    face = light_face(light)
    if face is Face.DOWN:
        return scene.say("links.at_alarm", **told)
    if light.margin_db is None:
        return scene.say("links.rx_is", **told)
    return scene.say("links.at_warning" if face is Face.DEGRADED else "links.margin_is", **told)


_SORTINGS: Mapping[str, Callable[[LinkRow], Any]] = {
    "state": lambda link: 0,
    "margin": _margin,
    "use": lambda link: -_use(link),
    "place": lambda link: (link.a.site, link.b.site),
}


def columns(scene: Scene, width: int) -> Columns:
    """What more there is comes in as long as the names of the ends keep room."""
    wide = width >= WIDE
    state, key = (state_cells(scene), 16) if wide else (min(15, state_cells(scene)), 11)
    rx = max(cell_len(scene.say(f"links.{word}")) for word in ("dark", "rx")) + 1
    left = width - state - key - rx - 3
    least = max(_LEAST_ENDS, width // 4)
    more: dict[str, int] = {}
    for name, cells in _MORE:
        more[name] = cells if left - cells >= least and all(more.values()) else 0
        left -= more[name]
    return Columns(state, key, max(0, left), rx, more)


def heads(scene: Scene, width: int) -> Line:
    wide = columns(scene, width)
    scale = f"{LOW_DBM:.0f}" + f"{HIGH_DBM:.0f}".rjust(wide.bar - 4) if wide.bar else ""
    texts = [
        " " * wide.state,
        " " + scene.fit(scene.say("links.key"), wide.key),
        " " + scene.fit(scene.say("links.ends"), wide.ends),
        _right(scene, scene.say("links.km"), wide.more["km"]),
        " " + scene.fit(scene.say("links.rx"), wide.rx - 1, right=True) + " ",
        _left(scene, scale, wide.bar),
        *(_right(scene, scene.say(f"links.{name}"), wide.more[name]) for name in ("margin", "use")),
        *(
            _left(scene, scene.say(f"links.{name}"), wide.more[name])
            for name in ("provider", "circuit")
        ),
    ]
    return line(width, [("".join(texts), faces.TITLE_FAINT)], faces.TITLE)


def link_line(scene: Scene, link: LinkRow, face: Face, width: int, lead: str) -> Line:
    """State, key, both ends, and what is measured, as far as there is room."""
    wide, light = columns(scene, width), link.weaker
    more, left = wide.more, None if light is None else light.margin_db
    colour = light_style(scene, light)
    bold = faces.STRONG if lead in (">", "#") else faces.TEXT
    spans: list[_Span] = [
        (scene.fit(f"{lead}{scene.sign(face)} {scene.word(face)}", wide.state), scene.style(face)),
        (" " + scene.fit(link.key, wide.key), faces.FAINT),
        (" " + both_ends(scene, link, wide.ends), bold),
        (_right(scene, _number(scene, link.length_km), more["km"]), faces.FAINT),
        (" " + scene.fit(_received(scene, light), wide.rx - 1, right=True), colour),
        (_sign(scene, light), colour),
        (_left(scene, bar(scene, light, wide.bar - 1), wide.bar), colour),
        (_right(scene, _number(scene, left), more["margin"]), colour),
        (_right(scene, _used(scene, link), more["use"]), faces.TEXT),
        (_left(scene, link.provider or "", more["provider"]), faces.FAINT),
        (_left(scene, link.circuit_id or "", more["circuit"]), faces.FAINT),
    ]
    return line(width, spans, ground(lead))


def both_ends(scene: Scene, link: LinkRow, cells: int) -> str:
    """Where both are too long the far end gets more room: the near one is that of many links."""
    dash = f" {scene.dash} "
    a, b = scene.short(link.a.site), scene.short(link.b.site)
    room = max(0, cells - len(dash))
    if cell_len(a) + cell_len(b) > room:
        a, b = a.removeprefix("UBND "), b.removeprefix("UBND ")
    of_b = min(cell_len(b), max(room * 3 // 4, room - cell_len(a)))
    a = scene.fit(a, min(cell_len(a), room - of_b)).rstrip()
    return scene.fit(f"{a}{dash}{scene.fit(b, of_b)}", cells)


def tenths(scene: Scene, value: float) -> str:
    """One digit behind the point always, so that columns stand; no minus before a zero."""
    text = f"{round(value, 1) + 0.0:.1f}"
    return text.replace(".", ",") if scene.language == "vi" else text


def light_face(light: Light | None) -> Face:
    """No light or below its alarm is down, below its warning degraded."""
    if light is None or light.at_ms is None:
        return Face.NOT_MONITORED
    if light.dbm is None or (light.low_alarm is not None and light.dbm <= light.low_alarm):
        return Face.DOWN
    if light.low_warn is not None and light.dbm <= light.low_warn:
        return Face.DEGRADED
    return Face.UP


def light_style(scene: Scene, light: Light | None) -> Style:
    """Faint where the value is old."""
    if light is None or light.at_ms is None or scene.drawn_ms - light.at_ms > STALE_MS:
        return faces.FAINT
    return scene.style(light_face(light))


def bar(scene: Scene, light: Light | None, cells: int) -> str:
    """From LOW_DBM to HIGH_DBM, with a stroke where the low alarm is."""
    if light is None or light.at_ms is None or cells <= 0:
        return ""
    full, empty, stroke = "#.|" if scene.ascii_only else "▮▯│"
    lit = 0 if light.dbm is None else min(cells, max(0, round(_place(light.dbm) * cells)))
    drawn = full * lit + empty * (cells - lit)
    at = -1 if light.low_alarm is None else int(_place(light.low_alarm) * cells)
    return drawn[:at] + stroke + drawn[at + 1 :] if 0 <= at < cells else drawn


def _place(dbm: float) -> float:
    return (dbm - LOW_DBM) / (HIGH_DBM - LOW_DBM)


def _received(scene: Scene, light: Light | None) -> str:
    if light is None or light.at_ms is None:
        return scene.dash
    return scene.say("links.dark") if light.dbm is None else tenths(scene, light.dbm)


def _sign(scene: Scene, light: Light | None) -> str:
    """Never colour alone."""
    face = light_face(light)
    return scene.sign(face) if face in (Face.DOWN, Face.DEGRADED) else " "


def _number(scene: Scene, value: float | None) -> str:
    return scene.dash if value is None else tenths(scene, value)


def _used(scene: Scene, link: LinkRow) -> str:
    if link.in_pct is None and link.out_pct is None:
        return scene.dash
    parts = (link.in_pct, link.out_pct)
    return "/".join(scene.dash if part is None else f"{part:.0f}" for part in parts)


def _left(scene: Scene, text: str, cells: int) -> str:
    """A column with a blank before it, if there is room for it."""
    return " " + scene.fit(text, cells - 1) if cells else ""


def _right(scene: Scene, text: str, cells: int) -> str:
    return " " + scene.fit(text, cells - 1, right=True) if cells else ""

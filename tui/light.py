"""What is known of the link under the cursor: its ends, its light of a month, where that leads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui import faces
from tui.cells import Line, line
from tui.links import STALE_MS, LinkList, light_style, tenths
from tui.painted import Painted
from tui.scene import Scene

if TYPE_CHECKING:
    from store.lines import Light, LightHistory, LinkEnd

HEIGHT = 6
DAY_MS = 86_400_000
MONTH_MS = 30 * DAY_MS
_LEAST_STRIP, _STRIP = 15, 60  # cells
_LEAST_DB = 2.0  # a strip as high as that: what moves less looks still
_LEVELS, _ASCII_LEVELS = "▁▂▃▄▅▆▇█", "_.-~=+*#"

Wanted = tuple[int, int | None]  # a sensor, and the replayed moment until which it is told of
Points = Sequence[tuple[int, float]]


class LightDetail(Painted):
    """Six lines. It wants the history of a sensor, and is told it by `take_history`."""

    beside = True

    def __init__(self, scene: Scene, links: LinkList, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self._links = links
        self._told: tuple[Wanted, LightHistory | None] | None = None

    @property
    def sensor(self) -> int | None:
        return self._links.sensor

    @property
    def wanted(self) -> Wanted | None:
        """What it has not been told."""
        wanted = None if self.sensor is None else (self.sensor, self.scene.replaying_ms)
        return None if self._told is not None and self._told[0] == wanted else wanted

    @property
    def _light(self) -> Light | None:
        link = self._links.here
        return link.weaker if link is not None else None

    def take_history(
        self, sensor: int, history: LightHistory | None, replayed_ms: int | None = None
    ) -> None:
        """None: the record does not know that sensor any more."""
        self._told = (sensor, replayed_ms), history
        self.repaint()

    def draw(self, y: int) -> Line:
        scene, width, link = self.scene, self.size.width, self._links.here
        if link is None:
            return line(width, [])
        if y == 0:
            return self._title()
        if y == 1:
            return self._text(self._what())
        if y in (2, 3):
            name, end = (("A", link.a), ("B", link.b))[y - 2]
            text = scene.fit(f" {name}  {end_words(scene, end)}", width)
            return line(width, [(text, light_style(scene, end.rx))])
        return self._past(y - 4)

    def _title(self) -> Line:
        link = self._links.here
        assert link is not None
        scene, width = self.scene, self.size.width
        text = f" {link.key}  {scene.short(link.a.site)} {scene.dash} {scene.short(link.b.site)}"
        return line(width, [(scene.fit(text, width), faces.TITLE)], faces.TITLE)

    def _what(self) -> str:
        link, scene = self._links.here, self.scene
        assert link is not None
        circuit = f"{scene.say('field.circuit_id')} {link.circuit_id}" if link.circuit_id else None
        medium = scene.say_if_known("medium", link.medium) if link.medium else None
        role = scene.say_if_known("link_role", link.role)
        words = [circuit, link.provider, medium, role]
        if link.length_km is not None:
            words.append(scene.say("links.km_is", km=scene.number(link.length_km)))
        if link.capacity_mbps is not None:
            words.append(scene.say("links.mbps_is", mbps=scene.number(link.capacity_mbps)))
        return scene.joined(word for word in words if word)

    def _past(self, y: int) -> Line:
        """The strip, then the sentence."""
        scene = self.scene
        if self.sensor is None or y > 1:
            return line(self.size.width, [])
        if self._told is None or self.wanted is not None:
            return self._text("" if y else scene.say("board.asking"))
        history = self._told[1]
        if history is None or not history.points:
            return self._text("" if y else scene.say("links.no_past"))
        return self._strip(history) if y == 0 else self._text(self._slope(history))

    def _strip(self, history: LightHistory) -> Line:
        scene, width = self.scene, self.size.width
        first, last = (tenths(scene, history.points[at][1]) for at in (0, -1))
        words = [scene.say("links.went", first=first, last=last)]
        if history.day_db is not None or history.week_db is not None:
            day, week = _signed(scene, history.day_db), _signed(scene, history.week_db)
            words.append(scene.say("links.changed", day=day, week=week))
        text = scene.joined(words)
        cells = max(_LEAST_STRIP, min(_STRIP, width - len(text) - 3))
        drawn = strip(history.points, scene.drawn_ms, cells, ascii_only=scene.ascii_only)
        room = max(0, width - cells - 2)
        return line(width, [(f" {drawn} ", faces.STRONG), (scene.fit(text, room), faces.TEXT)])

    def _slope(self, history: LightHistory) -> str:
        scene, light = self.scene, self._light
        if light is None or light.dark:
            return ""
        alarm = "" if light.low_alarm is None else tenths(scene, light.low_alarm)
        if light.margin_db is not None and light.margin_db <= 0:
            return scene.say("links.alarmed", alarm=alarm)
        if history.slope_db_week is None:
            return scene.say("links.no_slope")
        slope = _signed(scene, history.slope_db_week)
        if history.alarm_ms is None:
            return scene.say("links.slope", slope=slope)
        days = max(1, round((history.alarm_ms - scene.drawn_ms) / DAY_MS))
        told = scene.count("links.days", days)
        return scene.say("links.sinks", days=told, alarm=alarm, slope=slope)

    def _text(self, text: str) -> Line:
        width = self.size.width
        return line(width, [(" " + self.scene.fit(text, max(0, width - 1)), faces.TEXT)])


def end_words(scene: Scene, end: LinkEnd) -> str:
    """Its light with the limits, its port, and where that is."""
    words = _light_words(scene, end.rx)
    if end.tx_dbm is not None:
        words.append(scene.say("links.tx_is", dbm=tenths(scene, end.tx_dbm)))
    if end.admin_status == "down":
        words.append(scene.say("mark.admin_down"))
    elif end.oper_status is not None:
        words.append(scene.say("links.port", word=scene.say_if_known("port", end.oper_status)))
    if end.device is not None:
        words.append(f"{end.device} {end.interface or ''}".strip())
    return scene.joined(words)


def _light_words(scene: Scene, light: Light | None) -> list[str]:
    if light is None:
        return [scene.say("links.unmeasured")]
    if light.at_ms is None:
        words = [scene.say("links.unread")]
    elif light.dbm is None:
        words = [scene.say("links.dark")]
    else:
        words = [scene.say("links.rx_is", dbm=tenths(scene, light.dbm))]
    for limit, value in (("warn", light.low_warn), ("alarm", light.low_alarm)):
        if value is not None:
            words.append(scene.say(f"links.{limit}_is", dbm=tenths(scene, value)))
    if light.at_ms is not None and scene.drawn_ms - light.at_ms > STALE_MS:
        words.append(scene.say("links.read_at", at=scene.moment(light.at_ms)))
    return words


def strip(points: Points, until_ms: int, cells: int, *, ascii_only: bool) -> str:
    """The month before `until_ms`, a sign for each part of it that has points; else a blank."""
    parts: list[list[float]] = [[] for _ in range(cells)]
    for at_ms, dbm in points:
        part = int((at_ms - until_ms + MONTH_MS) * cells / MONTH_MS)
        if 0 <= part < cells:
            parts[part].append(dbm)
    means = [sum(part) / len(part) if part else None for part in parts]
    known = [mean for mean in means if mean is not None]
    levels = _ASCII_LEVELS if ascii_only else _LEVELS
    low, high = min(known, default=0.0), max(known, default=0.0)
    low -= max(0.0, _LEAST_DB - (high - low)) / 2
    step = max(high - low, _LEAST_DB) / (len(levels) - 1)
    return "".join(" " if mean is None else levels[round((mean - low) / step)] for mean in means)


def _signed(scene: Scene, change: float | None) -> str:
    if change is None:
        return scene.dash
    text = tenths(scene, change)
    return text if text.startswith("-") else f"+{text}"

"""The two lines at the top: who we are and how fresh, then the answer in words."""

from __future__ import annotations

from collections import Counter

from rich.cells import cell_len
from rich.style import Style

from store.states import Kind
from tui import faces
from tui.cells import Line, clean, line
from tui.faces import Face
from tui.painted import Painted
from tui.scene import LATE_S, Scene


class Header(Painted):
    def draw(self, y: int) -> Line:
        return header(self.scene, self.size.width)


class Verdict(Painted):
    def draw(self, y: int) -> Line:
        return verdict(self.scene, self.size.width)


def header(scene: Scene, width: int) -> Line:
    """CANH, the network, what needs somebody, how old the data is, the clock."""
    left = [(" CANH ", Style(bold=True, reverse=True)), (" ", faces.BAR)]
    needs = _needs(scene)
    right = [*needs, (f"  {freshness(scene)}  {scene.clock(scene.drawn_ms)} ", faces.BAR)]
    room = width - 7 - sum(cell_len(text) for text, _ in right)
    if room < 8:  # a narrow terminal: the clock gives way to what needs somebody
        right = [*needs, (" ", faces.BAR)]
        room = max(0, width - 7 - sum(cell_len(text) for text, _ in right))
    return line(
        width, [*left, (scene.fit(scene.known.network, room), faces.BAR), *right], faces.BAR
    )


def _needs(scene: Scene) -> list[tuple[str, Style]]:
    """`✖ 2 ! 1`: open roots that nobody took; nothing at all when there are none."""
    counts = Counter(scene.known.face(root) for root in scene.known.needing)
    style = faces.FAINT + faces.BAR if scene.frozen else faces.ALARM
    return [
        (f" {scene.sign(face)} {counts[face]} ", style)
        for face in (Face.DOWN, Face.DEGRADED, Face.UNREACHABLE, Face.UNKNOWN)
        if counts[face]
    ]


def freshness(scene: Scene) -> str:
    """How old the data is, in steps of the redraw, so that an idle board stays still."""
    if scene.replaying_ms is not None:
        return scene.say("board.fresh.replay", at=scene.since_day(scene.replaying_ms))
    if scene.paused:
        return scene.say("board.fresh.paused")
    watching = scene.known.watching
    if watching is None:
        return scene.say("board.fresh.none")
    late = _late_s(scene)
    if late is None or late <= LATE_S:
        return scene.say("board.fresh.live" if not scene.frozen else "board.fresh.frozen")
    return scene.say("board.fresh.old", age=scene.span(late))


def _late_s(scene: Scene) -> float | None:
    """Age of the writer's last sign of life, as of the last redraw."""
    watching = scene.known.watching
    if watching is None or watching.late_s is None:
        return None
    heard_s = scene.drawn_s if scene.heard_s is None else scene.heard_s
    silent_s = scene.drawn_s - heard_s  # heard after it: below 0
    return max(0.0, watching.late_s + silent_s)


def banner(scene: Scene) -> str | None:
    """Why the board cannot be trusted just now; None if it can."""
    watching = scene.known.watching
    if scene.failing is not None:
        return scene.say("board.banner.failing", why=clean(scene.failing))
    if watching is None:
        return scene.say("board.banner.reading")
    if scene.feed_silent:
        return scene.say("board.banner.silent")
    if watching.late_s is None:
        return scene.say("board.banner.never")
    until = scene.moment(watching.seen_to_ms) if watching.seen_to_ms is not None else scene.dash
    if not watching.running:
        return scene.say("board.banner.stopped", until=until)
    if watching.blind:
        return scene.say("board.banner.blind", until=until)
    if watching.late_s > LATE_S:
        return scene.say("board.banner.late", age=scene.span(watching.late_s))
    return None


def verdict(scene: Scene, width: int) -> Line:
    """Is anything wrong? In words, before any table."""
    alarm = banner(scene)
    if alarm is not None:
        return line(width, [(scene.fit(f" {alarm}", width), faces.BANNER)], faces.BANNER)
    roots, needing = scene.known.roots, len(scene.known.needing)
    if not roots:
        return _calm(scene, width)
    behind = sum(root.members_by_kind.get(Kind.SITE, 0) for root in roots)
    words = [scene.say("board.needs", n=needing)] if needing else [scene.say("board.all_taken")]
    if len(roots) > needing:
        words.append(scene.say("board.taken", n=len(roots) - needing))
    if behind:
        words.append(scene.say("board.behind_sites", n=behind))
    style = faces.STRONG if needing else faces.TEXT
    text = f" {scene.joined(words)}"
    return line(width, [(scene.fit(text, width), style)])


def _calm(scene: Scene, width: int) -> Line:
    """Nothing is open; that is good news only where most has answered at least once."""
    devices = scene.known.counts["device"]
    unseen = devices[Face.NEVER_SEEN]
    asked = devices.total() - devices[Face.NOT_MONITORED]
    if unseen * 2 > asked:
        text = scene.say("board.unseen", n=unseen, total=asked)
        return line(width, [(scene.fit(f" {text}", width), faces.STRONG)])
    words = [scene.say("board.calm")]
    if unseen:
        words.append(scene.say("board.some_unseen", n=unseen))
    return line(width, [(scene.fit(f" {scene.joined(words)}", width), faces.CALM)])

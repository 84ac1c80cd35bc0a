"""The line of keys at the foot of every screen, and what was just done."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len
from rich.style import Style
from textual.keys import format_key

from tui import faces
from tui.cells import Line, line
from tui.keys import LAST, Key
from tui.painted import Painted
from tui.scene import Scene


class Footer(Painted):
    """The keys of this screen, in one line."""

    def __init__(self, scene: Scene, keys: Sequence[Key], *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self.keys = keys
        self._held: tuple[object, Line] | None = None  # of keys, and what it was drawn from

    def draw(self, y: int) -> Line:
        width, notice = self.size.width, self.scene.notice
        if self.scene.wall:
            return line(width, [(self.scene.say("board.wall"), faces.FAINT)])
        if notice:
            return line(width, [(self.scene.fit(f" {notice}", width), faces.STRONG)])
        speaks = self.scene.speaks and self.scene.replaying_ms is None
        of = width, speaks, self.scene.language, self.scene.ascii_only, self.scene.bound
        if self._held is None or self._held[0] != of:
            self._held = of, footer(self.scene, self.keys, width)
        return self._held[1]


def footer(scene: Scene, keys: Sequence[Key], width: int) -> Line:
    """The most needed first; what does not fit stands in the help alone."""
    speaks = scene.speaks and scene.replaying_ms is None
    shown = [key for key in keys if speaks or not key.speaks]
    while len(shown) > 1 and sum(cell_len(text) for text, _ in _spans(scene, shown)) - 1 > width:
        shown.remove(next(key for key in reversed(shown) if key not in LAST or key is shown[0]))
    return line(width, _spans(scene, shown))


def _spans(scene: Scene, shown: Sequence[Key]) -> list[tuple[str, Style]]:
    """`j k g G move  Tab pane`: keys that say the same stand together."""
    spans: list[tuple[str, Style]] = []
    for key, following in zip_longest(shown, shown[1:]):
        spans.append((f" {label(scene, key)}", faces.KEY))
        if following is None or following.says != key.says:
            spans.append((f" {scene.say(key.says)} ", faces.FAINT))
    return spans


_ASCII = {"↓": "Down", "↑": "Up", "←": "Left", "→": "Right"}


def label(scene: Scene, key: Key) -> str:
    """As people bound it, else as it comes."""
    said = key.label
    if bound := scene.bound.get(key.name):
        sign = format_key(bound)
        said = sign if len(sign) == 1 and (sign.isascii() or sign.isalpha()) else bound
    return _ASCII.get(said, said) if scene.ascii_only else said

"""Every key in one table: the footer, the help screen and the tests read it."""

from __future__ import annotations

from itertools import zip_longest
from typing import NamedTuple

from rich.cells import cell_len
from rich.style import Style

from tui import faces
from tui.cells import Line, line
from tui.painted import Painted
from tui.scene import Scene


class Key(NamedTuple):
    label: str  # as printed
    phrase: str  # what it does, in the footer
    keys: tuple[str, ...]  # as Textual names them
    help: str = ""  # what it does, at length


MOVE = Key("jk", "key.move", ("j", "k", "down", "up"), "key.move.long")
ENDS = Key("gG", "key.move", ("g", "G", "home", "end"), "key.ends.long")
PAGE = Key("PgUp/Dn", "key.move", ("pageup", "pagedown"), "key.page.long")
SIDE = Key("←→", "key.move", ("left", "right"), "key.side.long")
OPEN = Key("Enter", "key.open", ("enter",), "key.open.long")
BACK = Key("Esc", "key.back", ("escape",), "key.back.long")
PANE = Key("Tab", "key.pane", ("tab", "shift+tab"), "key.pane.long")
SITES = Key("s", "key.sites", ("s",), "key.sites.long")
FIND = Key("/", "key.find", ("slash",), "key.find.long")
LANGUAGE = Key("l", "key.language", ("l",), "key.language.long")
HELP = Key("?", "key.help", ("question_mark", "f1"), "key.help.long")
QUIT = Key("q", "key.quit", ("q",), "key.quit.long")

ALL = (MOVE, ENDS, PAGE, SIDE, PANE, OPEN, BACK, SITES, FIND, LANGUAGE, HELP, QUIT)
ON_BOARD = (MOVE, ENDS, PAGE, PANE, OPEN, SITES, FIND, LANGUAGE, HELP, QUIT)
ON_SITES = (MOVE, ENDS, PAGE, OPEN, FIND, BACK, LANGUAGE, HELP, QUIT)
ON_SHEET = (MOVE, ENDS, PAGE, OPEN, BACK, SITES, FIND, LANGUAGE, HELP, QUIT)
ON_HELP = (MOVE, ENDS, PAGE, BACK, LANGUAGE, QUIT)
IN_FIND = (
    Key("abc", "key.type", ()),
    Key("↑↓", "key.move", ("up", "down")),
    OPEN,
    Key("Esc", "key.end_find", ("escape",)),
)
_NEED = (HELP, QUIT, BACK, OPEN, FIND, SITES, PANE, LANGUAGE, MOVE, ENDS, PAGE)


class Footer(Painted):
    """The keys of this screen, in one line."""

    def __init__(self, scene: Scene, keys: tuple[Key, ...], *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self.keys = keys

    def draw(self, y: int) -> Line:
        return footer(self.scene, self.keys, self.size.width)


def footer(scene: Scene, keys: tuple[Key, ...], width: int) -> Line:
    """Keys in their order; where they do not fit, the least needed leave first."""
    shown = list(keys)
    while shown and sum(cell_len(text) for text, _ in _spans(scene, shown)) - 1 > width:
        shown.remove(max(shown, key=lambda key: _NEED.index(key) if key in _NEED else -1))
    return line(width, _spans(scene, shown))


def _spans(scene: Scene, shown: list[Key]) -> list[tuple[str, Style]]:
    """`jk gG PgUp/Dn move  Tab pane`: keys that say the same stand together."""
    spans: list[tuple[str, Style]] = []
    for key, following in zip_longest(shown, shown[1:]):
        spans.append((f" {label(scene, key)}", faces.KEY))
        if following is None or following.phrase != key.phrase:
            spans.append((f" {scene.say(key.phrase)} ", faces.FAINT))
    return spans


def label(scene: Scene, key: Key) -> str:
    if not scene.ascii_only:
        return key.label
    return key.label.replace("↑↓", "Up/Dn").replace("←→", "Left/Right")

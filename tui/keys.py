"""Every key in one table: bindings, footers, the help and the settings read it."""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding


class Key(NamedTuple):
    """`name` is how people bind it anew."""

    name: str
    keys: tuple[str, ...]  # as Textual names them
    label: str  # as printed
    phrase: str = ""  # of the words beside it in the footer: those of another key; else its own
    speaks: bool = False  # not on a board that only shows

    @property
    def says(self) -> str:
        return f"key.{self.phrase or self.name}"

    @property
    def explains(self) -> str:
        return f"key.{self.name}.long"

    def bind(self, action: str) -> Binding:
        return Binding(",".join(self.keys), action, id=self.name)

    def fix(self, action: str) -> Binding:
        """As it comes, however people bound it: where text is typed a letter is a letter."""
        return Binding(",".join(self.keys), action)


DOWN = Key("down", ("j", "down"), "j", "move")
UP = Key("up", ("k", "up"), "k", "move")
TOP = Key("top", ("g", "home"), "g", "move")
BOTTOM = Key("bottom", ("G", "end"), "G", "move")
PAGE_DOWN = Key("page_down", ("pagedown",), "PgDn", "move")
PAGE_UP = Key("page_up", ("pageup",), "PgUp", "move")
LEFT = Key("left", ("left",), "←", "move")
RIGHT = Key("right", ("right",), "→", "move")
OPEN = Key("open", ("enter",), "Enter")
BACK = Key("back", ("escape",), "Esc")
PANE = Key("pane", ("tab",), "Tab")
PANE_BACK = Key("pane_back", ("shift+tab",), "Shift+Tab", "pane")
WHY = Key("why", ("i",), "i")
TAKE = Key("take", ("a",), "a", speaks=True)
GIVE_BACK = Key("give_back", ("A",), "A", speaks=True)
NOTE = Key("note", ("c",), "c", speaks=True)
WORK = Key("work", ("m",), "m", speaks=True)
MARK = Key("mark", ("x",), "x")
MARK_ALL = Key("mark_all", ("X",), "X", "mark")
COPY = Key("copy", ("y",), "y")
PAUSE = Key("pause", ("p",), "p")
BOARD = Key("board", ("1",), "1", "screens")
OUTAGES = Key("outages", ("2",), "2", "screens")
SITES = Key("sites", ("3",), "3", "screens")
LINKS = Key("links", ("4",), "4", "screens")
SERVICES = Key("services", ("5",), "5", "screens")
REPORT = Key("report", ("6",), "6", "screens")
EVENTS = Key("events", ("7",), "7", "screens")
SORT = Key("sort", ("s",), "s")
FILTER = Key("filter", ("f",), "f")
EXPORT = Key("export", ("e",), "e")
FIND = Key("find", ("slash",), "/")
REPLAY = Key("replay", ("r",), "r")
EARLIER = Key("earlier", ("comma",), ",", "step")
LATER = Key("later", ("full_stop",), ".", "step")
CHANGE_BEFORE = Key("change_before", ("less_than_sign",), "<", "step")
CHANGE_AFTER = Key("change_after", ("greater_than_sign",), ">", "step")
WALL = Key("wall", ("w",), "w")
SHORTER = Key("shorter", ("left_square_bracket",), "[", "range")
LONGER = Key("longer", ("right_square_bracket",), "]", "range")
MONTH_BEFORE = Key("month_before", ("left_square_bracket",), "[", "month")
MONTH_AFTER = Key("month_after", ("right_square_bracket",), "]", "month")
THEME = Key("theme", ("t",), "t")
LANGUAGE = Key("language", ("l",), "l")
GO = Key("go", ("colon", "ctrl+p"), ":")
HELP = Key("help", ("question_mark", "f1"), "?")
QUIT = Key("quit", ("q",), "q")

MOVING = (DOWN, UP, TOP, BOTTOM, PAGE_DOWN, PAGE_UP)
WORDS = (TAKE, WORK, NOTE, COPY)
LAST = (HELP, QUIT)  # they stay in the narrowest footer
SCREENS = (BOARD, OUTAGES, SITES, LINKS, SERVICES, REPORT, EVENTS)
PAST = (REPLAY, EARLIER, LATER, CHANGE_BEFORE, CHANGE_AFTER)
ASIDE = (GIVE_BACK, EXPORT, PAUSE, *PAST, WALL, LANGUAGE, THEME, *MOVING, *LAST)
ALL = (*MOVING, LEFT, RIGHT, PANE, PANE_BACK, OPEN, BACK, *SCREENS, FIND, GO, WHY, *WORDS,
       GIVE_BACK, MARK, MARK_ALL, SORT, FILTER, SHORTER, LONGER, MONTH_BEFORE, MONTH_AFTER,
       EXPORT, PAUSE, *PAST, WALL, LANGUAGE, THEME, *LAST)  # fmt: skip
ON_BOARD = (OPEN, WHY, *WORDS, FIND, GO, *SCREENS, MARK, MARK_ALL, PANE, SORT, *ASIDE)
ON_OUTAGES = (OPEN, WHY, *WORDS, MARK, MARK_ALL, FILTER, SORT, BACK, FIND, GO, *SCREENS, *ASIDE)
ON_SITES = (OPEN, BACK, WHY, *WORDS, FIND, MARK, MARK_ALL, SORT, *SCREENS, *ASIDE)
ON_LINKS = (OPEN, BACK, WHY, *WORDS, SORT, FIND, MARK, MARK_ALL, GO, *SCREENS, *ASIDE)
ON_SERVICES = (OPEN, BACK, WHY, *WORDS, FIND, SORT, *SCREENS, *ASIDE)
ON_SHEET = (OPEN, BACK, WHY, *WORDS, SHORTER, LONGER, FIND, *SCREENS, *ASIDE)
ON_REPORT = (MONTH_BEFORE, MONTH_AFTER, OPEN, BACK, FIND, GO, *SCREENS, PAUSE, *PAST, WALL,
             LANGUAGE, THEME, *MOVING, *LAST)  # fmt: skip
ON_EVENTS = (OPEN, BACK, WHY, COPY, FIND, GO, *SCREENS, *ASIDE)
ACTIONS = {  # what is found by its words
    BOARD: "board",
    OUTAGES: "show('outages')",
    SITES: "show('sites')",
    LINKS: "show('links')",
    SERVICES: "show('services')",
    REPORT: "show('report')",
    EVENTS: "show('events')",
    EXPORT: "export",
    PAUSE: "pause",
    WALL: "wall",
    REPLAY: "replay",
    LANGUAGE: "language",
    THEME: "theme",
    HELP: "help",
    QUIT: "quit",
}
ON_HELP = (BACK, LANGUAGE, *MOVING, QUIT)
ON_WHY = (BACK,)
ON_TEXT = (COPY, BACK, LANGUAGE, *MOVING, *LAST)
LEAVE = Key("leave", ("escape",), "Esc", "back")
ON_FORM = (Key("save", ("enter",), "Enter"), Key("field", ("tab",), "Tab"), LEAVE)
IN_FIND = (
    Key("type", (), "abc"),
    Key("walk_down", ("down",), "↓", "move"),
    Key("walk_up", ("up",), "↑", "move"),
    Key("choose", ("enter",), "Enter", "open"),
    Key("end_find", ("escape",), "Esc"),
)

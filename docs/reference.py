"""Writes the pages of docs that the program itself knows, each in English and in Vietnamese."""

from __future__ import annotations

import argparse
import dataclasses
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from cli.main import COMMANDS, parser
from docs import vision
from docs.words import Words
from inventory.keys import Table
from inventory.phrases import say
from inventory.tables import TABLES
from tui import keys as board

HERE = Path(__file__).parent
HEADS = {"one": "[{}]", "named": "[{}.NAME]", "many": "[[{}]]"}
SCREENS = {
    "1": board.ON_BOARD,
    "2": board.ON_OUTAGES,
    "3": board.ON_SITES,
    "4": board.ON_LINKS,
    "5": board.ON_SERVICES,
    "6": board.ON_REPORT,
    "7": board.ON_EVENTS,
}
FIGURES = re.compile(r"(?<=<!-- made by make reference -->\n).*(?=<!-- to here -->)", re.DOTALL)


def sites_toml(language: str) -> str:
    """Every table and key of the configuration."""
    words = Words(language)
    lines = ["# sites.toml", "", words.text("sites_toml"), ""]
    for table in TABLES.values():
        lines += _table(table, words)
    return "\n".join(lines)


def _table(table: Table, words: Words) -> list[str]:
    head = HEADS[table.shape].format(table.name)
    rows = [
        f"| `{key}` | {words.key(table.name, key)} | {_value(words, value)} "
        f"| {_default(words, required, default)} |"
        for key, value, required, default in table.describe()
    ]
    title = f"## `{head}` {say(words.language, f'table.{table.name}')}"
    return [title, "", words.text("sites_toml.columns"), "|---|---|---|---|", *rows, ""]


def _value(words: Words, value: str) -> str:
    return words.said(value).replace("|", "/")


def _default(words: Words, required: bool, default: object) -> str:
    if required:
        return f"**{words.said('required')}**"
    if default in (None, (), "", dataclasses.MISSING):
        return "–"
    return f"`{default}`"


def commands(language: str) -> str:
    """Every command with its options, as the program tells them."""
    words = Words(language)
    lines = [f"# {words.said('Commands')}", "", words.text("commands"), ""]
    for name in COMMANDS:
        top = parser(name)
        action = next(a for a in top._actions if a.dest == "command")
        assert isinstance(action.choices, dict)
        sub = action.choices[name]
        _translate(sub, words)
        sub.formatter_class = partial(_Wide, usage=words.said("usage: "))
        lines += [f"## `canh {name}`", "", "```", sub.format_help().strip(), "```", ""]
    return "\n".join(lines)


def _translate(command: argparse.ArgumentParser, words: Words) -> None:
    command.description = words.said(command.description or "")
    for group in command._action_groups:
        group.title = words.said(group.title or "")
    for action in command._actions:
        for told in (action, *getattr(action, "_choices_actions", ())):
            if told.help and told.help != argparse.SUPPRESS:
                told.help = words.said(told.help)


class _Wide(argparse.HelpFormatter):
    """Help of one width, whatever the terminal."""

    def __init__(self, prog: str, usage: str) -> None:
        super().__init__(prog, width=100, max_help_position=30)
        self._usage = usage

    def add_usage(self, *args: object, **_: object) -> None:
        usage, actions, groups, *_rest = args
        super().add_usage(usage, actions, groups, self._usage)  # type: ignore[arg-type]


def board_keys(language: str) -> str:
    """Every key of the board: what it does, on which screens, by which name it is bound anew."""
    words = Words(language)
    rows = [
        f"| `{key.label}` | {say(language, key.explains)} | {_screens(words, key)} "
        f"| `{key.name}` | {', '.join(f'`{name}`' for name in key.keys)} |"
        for key in board.ALL
    ]
    title = f"# {words.said('Keys of the board')}"
    columns = [words.text("keys.columns"), "|---|---|---|---|---|"]
    return "\n".join([title, "", words.text("keys"), "", *columns, *rows, ""])


def _screens(words: Words, key: board.Key) -> str:
    shown = [name for name, keys in SCREENS.items() if key in keys]
    return words.said("all") if len(shown) == len(SCREENS) else " ".join(shown) or "–"


def figures(language: str) -> str:
    """The page of figures with its tables of keys and columns made anew."""
    page = HERE / ("figures.md" if language == "en" else "figures.vi.md")
    words = Words(language)
    lines: list[str] = []
    for group, entries in words.figures().items():
        lines += [f"### {group}", "", words.text("figures.columns"), "|---|---|---|"]
        lines += [
            f"| {' '.join(_anchored(key) for key in entry.keys) or '–'} "
            f"| {'; '.join(say(language, f'report.col.{name}') for name in entry.columns) or '–'} "
            f"| {entry.text} |"
            for entry in entries
        ]
        lines.append("")
    made = "\n" + "\n".join(lines) + "\n"
    return FIGURES.sub(lambda _: made, page.read_text("utf-8"))


def _anchored(key: str) -> str:
    return f'<a id="{key}"></a>`{key}`'


PAGES: dict[str, Callable[[], str]] = {
    "sites-toml.md": partial(sites_toml, "en"),
    "sites-toml.vi.md": partial(sites_toml, "vi"),
    "commands.md": partial(commands, "en"),
    "commands.vi.md": partial(commands, "vi"),
    "keys.md": partial(board_keys, "en"),
    "keys.vi.md": partial(board_keys, "vi"),
    "figures.md": partial(figures, "en"),
    "figures.vi.md": partial(figures, "vi"),
    "colour.md": vision.page,
}

if __name__ == "__main__":
    for page, text in PAGES.items():
        (HERE / page).write_text(text(), "utf-8")

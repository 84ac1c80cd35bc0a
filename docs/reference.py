"""Writes the pages of docs that the program itself knows: sites-toml, commands, colour."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path

from cli.main import COMMANDS, parser
from docs import vision
from inventory.keys import Table
from inventory.tables import TABLES

HERE = Path(__file__).parent
HEADS = {"one": "[{}]", "named": "[{}.NAME]", "many": "[[{}]]"}


def sites_toml() -> str:
    """Every table and key of the configuration."""
    lines = [
        "# sites.toml",
        "",
        "Made by `make reference` from `inventory/tables.py`. `canh init` writes an example,",
        "`canh check` names every problem of a file. Dates are `2026-10-31`; text is kept in NFC;",
        "ids are made of letters, digits, dot, underscore and hyphen.",
        "",
    ]
    for table in TABLES.values():
        lines += _table(table)
    return "\n".join(lines)


def _table(table: Table) -> list[str]:
    head = HEADS[table.shape].format(table.name)
    rows = [
        f"| `{key}` | {words.replace('|', '/')} | {_default(required, default)} |"
        for key, words, required, default in table.describe()
    ]
    return [f"## `{head}`", "", "| key | value | default |", "|---|---|---|", *rows, ""]


def _default(required: bool, default: object) -> str:
    if required:
        return "**required**"
    if default in (None, (), dataclasses.MISSING) or isinstance(default, type(dataclasses.MISSING)):
        return "–"
    return f"`{default}`"


def commands() -> str:
    """Every command with its options, as the program tells them."""
    lines = [
        "# Commands",
        "",
        "Made by `make reference` from the program's own help.",
        "",
        "- `--json` prints one JSON document with English keys on stdout; all else goes to stderr.",
        "- Exit 0 done, 1 problem found, 2 usage; `probe`: 0 up, 1 degraded, 2 down, 3 unknown.",
        "- The configuration is `--config`, `$CANH_CONFIG`, `./sites.toml`, the XDG folder,",
        "  `/etc/canh`, in that order.",
        "- The data folder is `--data`, `$CANH_DATA`, else `canh-data` beside the configuration.",
        "",
    ]
    for name in COMMANDS:
        top = parser(name)
        action = next(a for a in top._actions if a.dest == "command")
        choices = action.choices
        assert isinstance(choices, dict)
        sub = choices[name]
        sub.formatter_class = _Wide
        lines += [f"## `canh {name}`", "", "```", sub.format_help().strip(), "```", ""]
    return "\n".join(lines)


class _Wide(argparse.HelpFormatter):
    """Help of one width, whatever the terminal."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=100, max_help_position=30)


PAGES = {"sites-toml.md": sites_toml, "commands.md": commands, "colour.md": vision.page}

if __name__ == "__main__":
    for page, text in PAGES.items():
        (HERE / page).write_text(text(), "utf-8")

"""What the long lists have in common: rows that can be marked, and the words above them."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType

from tui import keys
from tui.painted import Pane


class MarkedList(Pane):
    """A list whose rows can be marked: what is said then is meant for all of these."""

    BINDINGS: ClassVar[list[BindingType]] = [
        keys.MARK.bind("mark"),
        keys.MARK_ALL.bind("mark_all"),
    ]


def heading(pane: Pane, title: str, *words: str) -> str:
    """Its name, how many of its rows are marked, and what else is said of it."""
    marked = [pane.scene.count("board.marked", len(pane.marked))] if pane.marked else []
    return pane.scene.joined([pane.scene.say(title), *marked, *words])


def order_of(pane: Pane) -> str:
    return pane.scene.say(f"order.{pane.ORDERS[pane.order]}")

"""The peer of the board: Textual's own DataTable over the same record, a row a device.

python -m benchmarks.board_peer RECORD_URL
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import DataTable, Static

from store.questions import LiveRow
from store.reader import open_questions
from store.states import Kind
from tui.feed import POLL_S

COLUMNS = {"state": 12, "device": 10, "address": 15, "rtt": 8, "loss": 6}
LIVE = ("state", "rtt", "loss")


class News(Message):
    def __init__(self, rows: Sequence[LiveRow]) -> None:
        super().__init__()
        self.rows = rows


class Peer(App[None]):
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("j", "down")]

    def __init__(self, url: str) -> None:
        super().__init__()
        self.animation_level = "none"
        self._url = url
        self._stopping = threading.Event()

    def compose(self) -> ComposeResult:
        yield Static(id="here")
        table: DataTable[str] = DataTable(cursor_type="row")
        for name, width in COLUMNS.items():
            table.add_column(name, key=name, width=width)
        yield table

    def on_mount(self) -> None:
        threading.Thread(target=self._follow, daemon=True).start()

    def on_unmount(self) -> None:
        self._stopping.set()

    def _follow(self) -> None:
        reader, at = open_questions(self._url), 0
        while not self._stopping.wait(POLL_S if at else 0):
            if reader.revision()[1] != at:
                snapshot = reader.snapshot(at)
                at = snapshot.revision
                self.post_message(News([r for r in snapshot.rows if r.kind is Kind.DEVICE]))

    def on_news(self, news: News) -> None:
        table = self.query_one(DataTable)
        for row in news.rows:
            cells = _cells(row)
            if row.key not in table.rows:
                table.add_row(*cells, key=row.key)
                continue
            for name, cell in zip(COLUMNS, cells, strict=True):
                if name in LIVE:
                    table.update_cell(row.key, name, cell)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self.query_one("#here", Static).update(f"> {event.row_key.value}")

    def action_down(self) -> None:
        self.query_one(DataTable).action_cursor_down()


def _cells(row: LiveRow) -> tuple[str, ...]:
    rtt = "" if row.rtt_us is None else f"{row.rtt_us / 1000:.1f}"
    loss = "" if row.loss_pct is None else f"{row.loss_pct:.0f}"
    return row.state.value, row.key, row.address or "", rtt, loss


if __name__ == "__main__":
    Peer(sys.argv[1]).run(mouse=False)

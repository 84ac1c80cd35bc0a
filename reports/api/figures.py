"""The percentages of one thing, opened to the intervals that they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from reports.api.documents import when
from store import ledger
from store.ledger import Piece, Split
from store.period import Interval, Period
from store.tally import measure


@dataclass(frozen=True, slots=True)
class OpenFigures:
    """`split` None: nothing is counted of such a thing by itself. `pieces`: what is not up."""

    window: Interval
    split: Split | None = None
    figures: ledger.Figures = ledger.NO_FIGURES
    pieces: tuple[Piece, ...] = ()


def open_figures(period: Period, thing_id: int) -> OpenFigures:
    window = ledger.measured_interval(period)
    history = next((h for h in period.histories if h.thing_id == thing_id), None)
    if history is None or history.kind in ("unit", "provider"):
        return OpenFigures(window)
    found = measure(history, window)
    pieces = (piece for piece in ledger.intervals(history, window) if piece.share != "up")
    return OpenFigures(window, found.split, found.figures, tuple(pieces))


def figures_document(
    opened: OpenFigures, keys: Mapping[int, str], zone: ZoneInfo
) -> dict[str, Any]:
    """`figures`, `split_s` and `intervals`; null where nothing is counted."""
    shares = None if opened.split is None else ledger.shares(opened.split)
    return {
        "period": {"from": when(opened.window[0], zone), "to": when(opened.window[1], zone)},
        "figures": opened.figures._asdict(),
        "split_s": shares and {share: ms / 1000 for share, ms in shares.items()},
        "intervals": [
            {
                "share": piece.share,
                "from": when(piece.from_ms, zone),
                "to": when(piece.to_ms, zone),
                "root": None if piece.root_id is None else keys.get(piece.root_id),
                "outage": piece.outage_id,
            }
            for piece in opened.pieces
        ],
    }

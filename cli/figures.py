"""The percentages of one thing, opened to the intervals that they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from cli.forms import when
from store import ledger
from store.ledger import Piece, Split
from store.period import Interval, Period
from store.tally import measure

_THOUSANDTH = Decimal("0.001")


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


def figures_text(opened: OpenFigures, keys: Mapping[int, str], zone: ZoneInfo) -> list[str]:
    """At most 80 columns where ids are short."""
    if opened.split is None:
        return []
    begin, end = (when(at, zone) for at in opened.window)
    figures = opened.figures
    lines = [
        f"  from {begin} to {end}",
        f"  service {_pct(figures.service_pct)}   availability {_pct(figures.availability_pct)}"
        f"   seen {_pct(figures.seen_pct)}",
    ]
    shares = ledger.shares(opened.split)
    lines += [f"    {name:<15}{_lasting(ms):>16}" for name, ms in shares.items() if ms]
    for piece in opened.pieces:
        lines.append(f"  {piece.share:<16}{when(piece.from_ms, zone)}")
        behind = "" if piece.root_id is None else f"  behind {keys.get(piece.root_id, '?')}"
        lasted = _lasting(piece.to_ms - piece.from_ms)
        opens = "" if piece.outage_id is None else f"  canh show outage:{piece.outage_id}"
        lines.append(f"    for {lasted}{behind}{opens}")
    return lines


def _pct(value: float | None) -> str:
    """Never rounded up."""
    if value is None:
        return "–"
    return f"{Decimal(value).quantize(_THOUSANDTH, ROUND_FLOOR)} %"


def _lasting(ms: int) -> str:
    minutes, rest = divmod(ms, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest / 1000:06.3f}"

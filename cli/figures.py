"""The opened percentages of one thing as lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal
from zoneinfo import ZoneInfo

from reports.api.documents import when
from reports.api.figures import OpenFigures
from store import ledger

_THOUSANDTH = Decimal("0.001")


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

"""The outages of a period: one line for each root, with what stood behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from operator import itemgetter

from reports.collate import vietnamese
from reports.document import THING_ORDER, OutageLine, Row
from store.intervals import END
from store.states import Kind
from store.tally import Loss

_ID = 2**63 - 1
_told = partial(tuple.__new__, OutageLine)  # its own constructor takes three times as long


def outage_lines(rows: Iterable[Row]) -> tuple[OutageLine, ...]:
    """Roots, open ones first, then by the time lost; those behind them stand in their line."""
    lines: list[tuple[int, OutageLine]] = []
    own: set[int] = set()
    others: list[tuple[Row, Loss]] = []
    for row in rows:
        site = row.site
        for loss in row.sums.losses:
            if loss.outage.root_id is None:
                lines.append(_line(loss, site))
                if loss.own:
                    own.add(loss.outage.id)
            else:
                others.append((row, loss))
    behind: dict[int, dict[Kind, list[str]]] = {}
    for row, loss in others:
        root = loss.outage.root_id
        if root is not None and root in own:
            behind.setdefault(root, {}).setdefault(row.kind, []).append(row.name)
        else:
            lines.append(_line(loss, row.site))
    lines.sort(key=itemgetter(0))
    return tuple(
        [
            line if (number := urgency & _ID) not in behind else _over(line, behind[number])
            for urgency, line in lines
        ]
    )


def _line(loss: Loss, site: str | None) -> tuple[int, OutageLine]:
    """By one number, which sorts faster than two: it ends with the id."""
    outage = loss.outage
    later = 0 if outage.first_good_ms is None else END
    lost_ms = loss.lost_ms
    return (later - lost_ms) * (_ID + 1) + outage.id, _told((outage, site, lost_ms, ()))


def _over(line: OutageLine, behind: Mapping[Kind, list[str]]) -> OutageLine:
    return line._replace(affected=_affected(behind))


def _affected(names: Mapping[Kind, list[str]]) -> tuple[tuple[Kind, tuple[str, ...]], ...]:
    return tuple(
        (kind, tuple(sorted(set(names[kind]), key=vietnamese)))
        for kind in THING_ORDER
        if kind in names
    )

"""A cell of a report as a number of a workbook, with the form that shows it as all others do."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from reports import numbers
from reports.periods import local
from reports.shown import shown
from reports.tables import Amount, At, Between, Cell, Count, Lasting, Percent, Points, Share, Target
from reports.wording import Wording

DAY_MS = 86_400_000
_COUNT = "#,##0"
_TIME = "[h]:mm:ss"
_DATES = {"vi": "dd/mm/yyyy"}
_LEAST_DIGITS = 2
_MOST_DIGITS = 13  # of the fifteen that a workbook keeps


class Number(NamedTuple):
    """`form`: the number format. Times are parts of a day, moments are local."""

    value: float | datetime
    form: str


def number_of(cell: Cell, wording: Wording) -> Number | None:
    """None: it is a text, or there is no figure."""
    match cell:
        case Count(value) if value is not None:
            return Number(value, _COUNT)
        case Percent(value, limits, _, unlike) if value is not None:
            return _percent(value, _digits(value, limits, unlike))
        case Points(then, now) if then is not None and now is not None:
            return _points(then, now)
        case Target(value) if value is not None:
            return _percent(value, max(1, _places(value)))
        case Share(part, whole) if whole:
            return _share(part, whole)
        case Lasting(ms) if ms is not None:
            return Number(ms / DAY_MS, _lasting_form(cell))
        case At(ms, day) if ms is not None:
            return _moment(ms, day, wording)
        case Amount(value) if value is not None:
            return Number(value, _amount_form(cell))
        case _:
            return None


def is_number(cell: Cell) -> bool:
    """Would it be one, if there were a figure?"""
    kinds = Count | Percent | Points | Target | Share | Lasting | At | Between | Amount
    return isinstance(cell, kinds)


def _percent(value: float, digits: int) -> Number:
    return Number(float(Decimal(repr(value)) / 100), f"0.{'0' * digits}%")


def _points(then: float, now: float) -> Number:
    form = f"0.{'0' * numbers.apart(then, now)}"
    change = Decimal(repr(now)) - Decimal(repr(then))
    return Number(float(change), f"+{form};-{form};{form}")


def _digits(value: float, limits: tuple[float, ...], unlike: float | None) -> int:
    """As `numbers.decimals`; more where a workbook, which rounds halves up, would show another
    figure than every other form."""
    exact = Decimal(repr(value))
    least = _LEAST_DIGITS if unlike is None else numbers.apart(value, unlike)
    digits = numbers.decimals(value, limits, least)
    while digits < _MOST_DIGITS:
        unit = Decimal(1).scaleb(-digits)
        if exact.quantize(unit, ROUND_HALF_EVEN) == exact.quantize(unit, ROUND_HALF_UP):
            break
        digits += 1
    return digits


def _places(value: float) -> int:
    """Digits behind the sign that a person wrote."""
    exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def _share(part: int, whole: int) -> Number:
    """Cut and not rounded, as in every other form."""
    cut = (Decimal(100 * part) / whole).quantize(Decimal("0.01"), rounding=ROUND_FLOOR)
    return _percent(float(cut), _LEAST_DIGITS)


def _lasting_form(cell: Lasting) -> str:
    form = _TIME if cell.ms is None or cell.ms % 1000 == 0 else f"{_TIME}.000"
    return form if cell.plain else f'{form};;"{numbers.NOTHING}"'


def _moment(ms: int, day: bool, wording: Wording) -> Number:
    """A workbook knows no zones: where the clocks change, each moment names its offset."""
    when = local(ms, wording.clock.zone)
    date = _DATES.get(wording.language, "yyyy-mm-dd")
    form = date if day else f"{date} hh:mm:ss" + (".000" if ms % 1000 else "")
    if wording.clock.with_offset and not day:
        offset = when.strftime("%z")
        form += f' "{offset[:3]}:{offset[3:5]}"'
    return Number(when.replace(tzinfo=None), form)


def _amount_form(cell: Amount) -> str:
    digits = f"0.{'0' * cell.digits}" if cell.digits else "0"
    unit = shown(cell.unit).replace('"', "")
    form = f"#,##{digits}" + (f' "{unit}"' if unit else "")
    return f"+{form};-{form};{form}" if cell.signed else form

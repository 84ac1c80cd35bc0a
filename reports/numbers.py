"""Percentages and durations as a reader of the language writes them; nothing is rounded to perfect.

Percentages keep two digits, and get more until rounding no longer reaches 100, 0 or a limit that
the value does not reach: 99.996 is not 100, and 99.8999 is not a target of 99.9.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import TypeVar

from inventory.phrases import say

NOTHING = "–"
_LEAST_DIGITS, _ENOUGH_DIGITS, _MAX_DIGITS = 2, 4, 12
_COMMA = frozenset({"vi"})
_SWAPPED = str.maketrans(",.", ".,")
N = TypeVar("N", Decimal, float)


def percent(
    value: float | None,
    language: str,
    limits: tuple[float, ...] = (),
    unlike: float | None = None,
) -> str:
    """`99,42 %`, or a dash where there is no figure. `limits`: values it may not be rounded to;
    `unlike`: another figure from which it is told apart."""
    if value is None:
        return NOTHING
    return _percent(
        value, language, limits, _LEAST_DIGITS if unlike is None else apart(value, unlike)
    )


@lru_cache(maxsize=65536)
def _percent(value: float, language: str, limits: tuple[float, ...], digits: int) -> str:
    if not _may_tie(value, digits):
        text = f"{value:,.{digits}f}"
        if not _crosses(value, float(text.replace(",", "")), (*limits, 0, 100)):
            return (text.translate(_SWAPPED) if language in _COMMA else text) + " %"
    shown = _round(Decimal(repr(value)), decimals(value, limits, digits))
    return number(shown, language) + " %"


def _may_tie(value: float, digits: int) -> bool:
    """Only a figure of one digit more can lie between two that it may be rounded to; all others
    are rounded as binary numbers, which is ten times faster."""
    whole, _, behind = repr(value).partition(".")
    return len(behind) <= digits + 1 or "e" in behind or "e" in whole


def decimals(value: float, limits: tuple[float, ...] = (), digits: int = _LEAST_DIGITS) -> int:
    """How many digits behind the sign keep a percentage from the limits that it does not reach."""
    exact = Decimal(repr(value))
    forbidden = [Decimal(repr(float(limit))) for limit in (*limits, 0, 100)]
    while digits < _MAX_DIGITS and _crosses(exact, _round(exact, digits), forbidden):
        digits += 1
    return digits


def points(then: float | None, now: float | None, language: str) -> str:
    """`+0,12`: from one percentage to another, with as many digits as they are written with."""
    if then is None or now is None:
        return NOTHING
    change = Decimal(repr(now)) - Decimal(repr(then))
    shown = _round(change, apart(then, now))
    return ("+" if change > 0 else "") + number(shown, language)


@lru_cache(maxsize=65536)
def apart(one: float, other: float) -> int:
    """How many digits tell two percentages apart, and their difference from nothing. With up to
    four digits the difference is also that of the figures as they are written."""
    first, second = Decimal(repr(one)), Decimal(repr(other))
    digits = _LEAST_DIGITS
    while first != second and digits < _MAX_DIGITS:
        shown = _round(first, digits) - _round(second, digits)
        change = _round(first - second, digits)
        if shown and change and (shown == change or digits >= _ENOUGH_DIGITS):
            break
        digits += 1
    return digits


def _round(exact: Decimal, digits: int) -> Decimal:
    return exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN)


def _crosses(exact: N, shown: N, limits: Iterable[N]) -> bool:
    """Did rounding bring the figure to a limit, or over it, from either side?"""
    return any(exact < limit <= shown or exact > limit >= shown for limit in limits)


def share(part: int, whole: int, language: str) -> str:
    """A count as a percentage, two digits, never rounded up: 172 of 173 is `99,42 %`."""
    if not whole:
        return NOTHING
    exact = Decimal(100 * part) / whole
    return number(exact.quantize(Decimal("0.01"), rounding=ROUND_FLOOR), language) + " %"


def target(value: float | None, language: str) -> str:
    """A limit that a person wrote keeps the digits that it has, at least one: `99,9 %`."""
    if value is None:
        return NOTHING
    exact = Decimal(repr(float(value))).normalize()
    shown = exact.quantize(Decimal("0.1")) if exact == exact.to_integral() else exact
    return number(shown, language) + " %"


def number(value: Decimal | int, language: str) -> str:
    """Thousands apart and the decimal sign of the language: `1.234,5` or `1,234.5`."""
    if isinstance(value, int) and -1000 < value < 1000:
        return str(value)
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    if language in _COMMA:
        text = text.translate(_SWAPPED)
    return text


def duration(seconds: float | None, language: str) -> str:
    """The two or three largest parts, cut and never rounded up: `2 giờ 05 phút`."""
    if seconds is None:
        return NOTHING
    if 0 < seconds < 1:
        return say(language, "report.time.below_second")
    return _duration(int(seconds), language)


@lru_cache(maxsize=65536)
def _duration(seconds: int, language: str) -> str:
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return _parts(language, "days", days, hour, minute)
    if hours:
        return _parts(language, "hours", hours, minute)
    if minutes:
        return _parts(language, "minutes", minutes, second)
    return _parts(language, "seconds", second)


def _parts(language: str, key: str, first: int, *rest: int) -> str:
    names = ("b", "c")
    values = {name: f"{part:02}" for name, part in zip(names, rest, strict=False)}
    return say(language, f"report.time.{key}", a=number(first, language), **values)

"""What a value in sites.toml may look like: one reader a kind gives the value or its fault."""

from __future__ import annotations

import math
import re
import unicodedata
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from inventory.moments import plausible
from inventory.problems import did_you_mean, quoted


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a value cannot be taken; `at` is the element of an array that is meant."""

    what: str
    hint: str = ""
    at: int | None = None


Reader = Callable[[object], object]  # raw value of tomllib → our value, or a Fault

ID_LONGEST = 64
_ID = re.compile(r"[A-Za-z0-9._-]+")
# Control characters, line separators, and signs that turn the reading direction: what a
# terminal or a web page would show differently from what stands there, or not at all.
UNSHOWN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]"
)
_TOML_NAMES = {
    bool: "true/false",
    str: "a text",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a table",
}


def wrong_type(raw: object, wanted: str) -> Fault:
    """Says what was found without quoting it."""
    return Fault(f"must be {wanted}, not {_TOML_NAMES.get(type(raw), 'a date or time')}")


def too_long(raw: str, longest: int) -> Fault | None:
    if len(raw) <= longest:
        return None
    return Fault(f"{quoted(raw)} has {len(raw)} characters", f"at most {longest}")


def word(longest: int) -> Reader:
    """A text that the record has a column of that width for."""

    def read(raw: object) -> str | Fault:
        found = text(raw)
        return found if isinstance(found, Fault) else too_long(found, longest) or found

    return read


def text(raw: object) -> str | Fault:
    """One line, in NFC: the same word typed on two machines is the same text."""
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    if not raw.strip():
        return Fault("is empty", "write a text or leave the key out")
    if raw.isascii() and raw.isprintable():
        return raw
    if found := UNSHOWN.search(raw):
        return Fault(f"has the control character U+{ord(found[0]):04X}", "remove it")
    return unicodedata.normalize("NFC", raw)


def ident(raw: object) -> str | Fault:
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    if fault := too_long(raw, ID_LONGEST):
        return fault
    if not _ID.fullmatch(raw):
        return Fault(f"{quoted(raw)} is no id", "use A-Z a-z 0-9 . _ - without tones and blanks")
    return raw


def several(one: Reader) -> Reader:
    """A list of what `one` reads; a single value may stand without brackets."""

    def read(raw: object) -> object:
        if not isinstance(raw, list):
            got = one(raw)
            return got if isinstance(got, Fault) else (got,)
        values = []
        for number, element in enumerate(raw):
            got = one(element)
            if isinstance(got, Fault):
                return Fault(got.what, got.hint, number)
            values.append(got)
        return tuple(dict.fromkeys(values))

    return read


idents = several(ident)
texts = several(text)


def choice(*words: str) -> Reader:
    def read(raw: object) -> str | Fault:
        if isinstance(raw, str) and raw in words:
            return raw
        if not isinstance(raw, str):
            return wrong_type(raw, "a text")
        near = did_you_mean(raw, words)
        return Fault(f"{quoted(raw)} is not known", near or f"one of {', '.join(words)}")

    return read


def profiles(raw: object) -> object:
    """Names of SNMP profiles: `"a"`, `["a", "b"]`, or `false` for none."""
    if raw is False:
        return ()
    if raw is True:
        return Fault("true names no profile", "write a profile's name, or false")
    return idents(raw)


def number(low: float, high: float = math.inf, *, above: bool = False) -> Reader:
    """A number from `low` (itself not, if `above`) to `high`."""
    bound = f"above {low:g}" if above else f"at least {low:g}"
    wanted = f"from {low:g} to {high:g}" if high < math.inf else bound

    def read(raw: object) -> float | Fault:
        if isinstance(raw, bool) or not isinstance(raw, (int, float)):
            return wrong_type(raw, "a number")
        if not (low <= raw <= high) or (above and raw == low) or abs(raw) > 1e15:
            return Fault(f"{quoted(raw)} is out of range", f"must be {wanted}")
        return float(raw)

    return read


def integer(low: int, high: int) -> Reader:
    def read(raw: object) -> int | Fault:
        if isinstance(raw, bool) or not isinstance(raw, int):
            return wrong_type(raw, "a whole number")
        if not low <= raw <= high:
            return Fault(f"{quoted(raw)} is out of range", f"must be from {low} to {high}")
        return raw

    return read


_STATUSES = re.compile(r"([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?")


def statuses(raw: object) -> tuple[tuple[int, int], ...] | Fault:
    """HTTP statuses: 200, "200-299", or a list of such; as ranges, both ends within."""
    found = []
    for number, one in enumerate(raw if isinstance(raw, list) else [raw]):
        if isinstance(one, bool) or not isinstance(one, (int, str)):
            return wrong_type(one, 'a status, or a range "200-299"')
        range_ = _STATUSES.fullmatch(str(one))
        low, high = (range_[1], range_[2] or range_[1]) if range_ else ("1", "0")
        if low > high:
            hint = 'write 200, or "200-299"'
            return Fault(f"{quoted(one)} is no status", hint, number if raw is not one else None)
        found.append((int(low), int(high)))
    return tuple(found) or Fault("is empty", "write a status or leave the key out")


port = integer(1, 65535)
percent = number(0, 100)
seconds = number(0, 86400, above=True)


def yes_no(raw: object) -> bool | Fault:
    return raw if isinstance(raw, bool) else wrong_type(raw, "true or false")


def day(raw: object) -> date | Fault:
    """A TOML date, or the same in quotes."""
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    if isinstance(raw, str):
        try:
            return date.fromisoformat(raw)
        except ValueError:
            return Fault(f"{quoted(raw)} is no date", "write year-month-day: 2026-10-31")
    return wrong_type(raw, "a date (2026-10-31)")


def instant(raw: object) -> str | Fault:
    """ISO 8601 with offset: without one, nobody knows when that is."""
    if isinstance(raw, str):
        try:
            raw = datetime.fromisoformat(raw)
        except ValueError:
            return Fault(f"{quoted(raw)} is no time", "write 2026-10-31T22:00:00+07:00")
    if not isinstance(raw, datetime):
        return wrong_type(raw, "a time (2026-10-31T22:00:00+07:00)")
    if raw.tzinfo is None:
        return Fault(f"{quoted(raw.isoformat())} has no offset", "write +07:00 after it")
    if not plausible(round(raw.timestamp() * 1000)):
        return Fault(f"{quoted(raw.isoformat())} lies outside of the years 2000 to 2100")
    return raw.isoformat()


def zone(raw: object) -> str | Fault:
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    try:
        zoneinfo.ZoneInfo(raw)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        near = did_you_mean(raw, zoneinfo.available_timezones())
        return Fault(f"{quoted(raw)} is no time zone", near or 'write "Asia/Ho_Chi_Minh"')
    return raw


_MONITOR = re.compile(r"icmp|snmp|via|heartbeat|none|tcp:([1-9][0-9]{0,4})")


def monitor(raw: object) -> str | Fault:
    """How a device is asked: icmp, tcp:PORT, snmp, via, heartbeat, none."""
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    found = _MONITOR.fullmatch(raw)
    if not found or (found[1] and int(found[1]) > 65535):
        words = ("icmp", "snmp", "tcp:PORT", "via", "heartbeat", "none")
        near = did_you_mean(raw, words)
        return Fault(f"{quoted(raw)} is not known", near or f"one of {', '.join(words)}")
    return raw

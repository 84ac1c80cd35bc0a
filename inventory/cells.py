"""A value of sites.toml as a cell of a table, and back: what people type, without guessing."""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime, time
from typing import Any

from inventory.keys import Key
from inventory.kinds import Fault
from inventory.problems import quoted
from inventory.toml_text import value_text

Cell = str | int | float | bool | date | datetime | time | None

CLEAR = "-"  # in a cell: the key is taken away
_KEPT = '"-"'  # the text itself
LARGEST = 10**15  # beyond this Excel keeps no last digits
_YES = frozenset({"true", "yes", "có", "x", "đúng", "1"})
_NO = frozenset({"false", "no", "không", "sai", "0"})
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")  # or three decimals: nobody knows
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_BETWEEN = {"ids": re.compile(r"[\s,;]+"), "texts": re.compile(r"\s*[;\n]\s*")}


def to_cell(key: Key, value: Any) -> Cell:
    """How a raw value of TOML stands in a cell. Formulas are kept from being such by who writes."""
    if value is None or isinstance(value, bool | int | float | datetime):
        return value.isoformat() if isinstance(value, datetime) else value
    if isinstance(value, date):
        return value if key.form == "day" else value.isoformat()
    if isinstance(value, list):
        between = ", " if key.form in ("ids", "profiles") else "; "
        text = between.join(value) if all(isinstance(one, str) for one in value) else ""
        if text and text[0] != "[" and text != CLEAR and _parts(text, key.form) == value:
            return text
    if isinstance(value, list | dict):
        return value_text(value)
    text = str(value)
    if text == CLEAR:
        return _KEPT
    taken_for_no = key.form == "profiles" and text.casefold() in _NO
    listed = key.form in ("texts", "ids", "profiles") and text[:1] == "["
    return value_text([text]) if taken_for_no or listed else text


def of_cell(key: Key, cell: Cell) -> Any:
    """The raw value of TOML that a cell means, or the Fault in it; None: the cell is empty."""
    if isinstance(cell, str):
        cell = cell.strip()
    if cell is None or cell == "":
        return None
    return _READERS[key.form](cell)


def _text(cell: Cell) -> str | Fault:
    if isinstance(cell, str):
        return CLEAR if cell == _KEPT else cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float) and not cell.is_integer():
        return repr(cell)
    if isinstance(cell, int | float):
        if abs(cell) < LARGEST:
            return str(int(cell))
        hint = "format the column as text and type it again"
        return Fault(f"{quoted(cell)} is a number that has lost digits", hint)
    return Fault(f"{quoted(cell)} is a date or time, a text is wanted", "format the cell as text")


def _number(cell: Cell) -> float | Fault:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return int(cell) if isinstance(cell, float) and cell.is_integer() else cell
    if isinstance(cell, str) and _THOUSANDS.fullmatch(cell):
        whole, part = re.split("[.,]", cell)
        return Fault(
            f"{quoted(cell)} may be two numbers", f"write {whole}{part} or {whole}.{part}0"
        )
    if isinstance(cell, str) and _NUMBER.fullmatch(cell):
        read = float(cell.replace(",", "."))
        return int(read) if read.is_integer() else read
    return Fault(f"{quoted(cell)} is no number", "type digits alone, as 1000 or 6,5")


def _day(cell: Cell) -> date | Fault:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    hint = "write 2026-10-31 or 31/10/2026"
    if isinstance(cell, str):
        try:
            if found := _DAY.fullmatch(cell):
                return date(int(found[3]), int(found[2]), int(found[1]))
            return date.fromisoformat(cell)
        except ValueError:
            return Fault(f"{quoted(cell)} is no date", hint)
    return Fault(f"{quoted(cell)} is no date", hint)


def _moment(cell: Cell) -> str | Fault:
    if isinstance(cell, datetime):
        hint = f"type it as text: {cell.isoformat()}+07:00"
        return Fault(f"{quoted(cell.isoformat())} has no offset", hint)
    return _text(cell)


def _yes_no(cell: Cell) -> bool | Fault:
    if isinstance(cell, bool):
        return cell
    word = str(cell).casefold()
    if word in _YES or word in _NO:
        return word in _YES
    return Fault(f"{quoted(cell)} is neither yes nor no", "write TRUE or FALSE")


def _ids(cell: Cell) -> list[Any] | Fault:
    text = _text(cell)
    if isinstance(text, Fault):
        return text
    found = _toml(text) if text.startswith("[") else _parts(text, "ids")
    return found if isinstance(found, list | Fault) else Fault(f"{quoted(text)} is no list", "")


def _profiles(cell: Cell) -> Any:
    if cell is False or (isinstance(cell, str) and cell.casefold() in _NO):
        return False
    found = _ids(cell)
    return found[0] if isinstance(found, list) and len(found) == 1 else found


def _texts(cell: Cell) -> Any:
    text = _text(cell)
    if isinstance(text, Fault) or text.startswith("["):
        return text if isinstance(text, Fault) else _toml(text)
    parts = _parts(text, "texts")
    return parts[0] if len(parts) == 1 else parts


def _toml(cell: Cell) -> Any:
    try:
        return tomllib.loads(f"value = {cell}")["value"]
    except tomllib.TOMLDecodeError:
        return Fault(f"{quoted(cell)} is no value of TOML", 'as {mon-fri = ["07:00-17:00"]}')


def _parts(text: str, form: str) -> list[str]:
    between = _BETWEEN["texts" if form == "texts" else "ids"]
    return [part for part in between.split(text.strip()) if part]


_READERS = {
    "text": _text,
    "number": _number,
    "day": _day,
    "moment": _moment,
    "yes_no": _yes_no,
    "ids": _ids,
    "profiles": _profiles,
    "texts": _texts,
    "toml": _toml,
}

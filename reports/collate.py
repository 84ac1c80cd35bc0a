"""The order of names for a Vietnamese reader: a ă â b c d đ e ê …, tones after letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: 100 + place for place, letter in enumerate(_LETTERS)}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền hỏi ngã sắc nặng
_PIECES = re.compile(r"\d+|[^\W\d_]+|.", re.DOTALL)

_OTHER, _NUMBER, _END = "\x01", "\x02", "\0"  # in this order, and all of them before letters


@lru_cache(maxsize=65536)
def vietnamese(name: str) -> str:
    """Sort key: letters first, then tones, then the text itself; numbers by their value."""
    pieces = _PIECES.findall(unicodedata.normalize("NFC", name.casefold()))
    told = [_places(piece) for piece in pieces]
    letters = "".join([places for places, _ in told])
    return _END.join((letters, "".join([tones for _, tones in told]), name))


@lru_cache(maxsize=16384)
def _places(piece: str) -> tuple[str, str]:
    """Of a number, or of each letter of a word, among letters; and their tones."""
    if piece.isdecimal():
        digits = str(int(piece))
        return f"{_NUMBER}{chr(len(digits))}{digits}", "\x01"
    parts = list(map(_parts, piece))
    places = [chr(_RANK[one]) if one in _RANK else _OTHER + one for one, _ in parts]
    return "".join(places), "".join([chr(1 + tone) for _, tone in parts])


def _parts(character: str) -> tuple[str, int]:
    """`ấ` is `â` with the tone sắc."""
    marks = unicodedata.normalize("NFD", character)
    tone = next((mark for mark in marks if mark in _TONES), "")
    letter = unicodedata.normalize("NFC", marks.replace(tone, "") if tone else marks)
    if letter not in _RANK and marks[0] in _RANK:
        letter = marks[0]  # a foreign accent: é beside e
    return (letter or marks)[0], _TONES.get(tone, 0)

"""The order of names for a Vietnamese reader: a ă â b c d đ e ê …, tones after letters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_RANK = {letter: 100 + place for place, letter in enumerate(_LETTERS)}
_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền hỏi ngã sắc nặng
_PIECES = re.compile(r"\d+|.", re.DOTALL)

Key = tuple[tuple[tuple[int, int], ...], tuple[int, ...], str]


@lru_cache(maxsize=65536)
def vietnamese(name: str) -> Key:
    """Sort key: letters first, then tones, then the text itself; numbers by their value."""
    pieces = _PIECES.findall(unicodedata.normalize("NFC", name.casefold()))
    letters, tones = zip(*map(_place, pieces), strict=True) if pieces else ((), ())
    return letters, tones, name


@lru_cache(maxsize=16384)
def _place(piece: str) -> tuple[tuple[int, int], int]:
    """Of a number or a letter among letters, and its tone."""
    if piece.isdecimal():
        return (1, int(piece)), 0
    letter, tone = _parts(piece)
    return ((2, _RANK[letter]) if letter in _RANK else (0, ord(letter))), tone


def _parts(character: str) -> tuple[str, int]:
    """`ấ` is `â` with the tone sắc."""
    marks = unicodedata.normalize("NFD", character)
    tone = next((mark for mark in marks if mark in _TONES), "")
    letter = unicodedata.normalize("NFC", marks.replace(tone, "") if tone else marks)
    if letter not in _RANK and marks[0] in _RANK:
        letter = marks[0]  # a foreign accent: é beside e
    return (letter or marks)[0], _TONES.get(tone, 0)

"""Text on a grid of terminal cells: cleaned, cut, padded, compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from os.path import commonprefix

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

Line = tuple[Segment, ...]
PLAIN = Style()
_NEVER_SHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, bidi, private, line ends
_STACKED = {"Mn", "Me"}  # marks that NFC could not fold into a letter: terminals differ on them


@lru_cache(16384)
def clean(text: str) -> str:
    """What a device or a file said, safe for a terminal: NFC, one printable sign a cell."""
    kinds = ((sign, unicodedata.category(sign)) for sign in unicodedata.normalize("NFC", text))
    return "".join(
        "?" if kind in _NEVER_SHOWN else sign for sign, kind in kinds if kind not in _STACKED
    )


def fit(text: str, width: int, *, right: bool = False, ellipsis: str = "…") -> str:
    """Exactly `width` cells: padded (to the left if `right`), or cut with an ellipsis."""
    length = cell_len(text)
    if length <= width:
        pad = " " * (width - length)
        return pad + text if right else text + pad
    if width < 1:
        return ""
    kept = set_cell_size(text, width - 1).rstrip(" ·")  # nothing that parts words before it
    return set_cell_size(kept + ellipsis, width)


def line(width: int, spans: Iterable[tuple[str, Style]], fill: Style = PLAIN) -> Line:
    """A line of exactly `width` cells; `fill` lies under every span and fills the rest."""
    return _line(width, tuple(spans), fill)


@lru_cache(2048)  # most lines are what they were when they are drawn again
def _line(width: int, spans: tuple[tuple[str, Style], ...], fill: Style) -> Line:
    left = width
    segments: list[Segment] = []
    for text, style in spans:
        if left <= 0:
            break
        length = cell_len(text)
        if length > left:
            text, length = set_cell_size(text, left), left
        if text:
            _append(segments, text, fill + style)
        left -= length
    if left > 0:
        _append(segments, " " * left, fill)
    return tuple(segments)


def _append(segments: list[Segment], text: str, style: Style) -> None:
    """A change of style costs twenty bytes on the line: blanks have no ink and need none."""
    if segments:
        before, its, _ = segments[-1]
        alike = its == style or (text.isspace() and its is not None and _ground(its, style))
        if alike:
            segments[-1] = Segment(before + text, its)
            return
    segments.append(Segment(text, style))


def _ground(one: Style, other: Style) -> bool:
    """Does a blank look the same in both?"""
    inked = any(style.reverse or style.underline or style.strike for style in (one, other))
    return not inked and one.bgcolor == other.bgcolor


def changed(old: Line, new: Line) -> tuple[int, int] | None:
    """From the first to behind the last cell in which two lines of equal width may differ."""
    if old is new or old == new:
        return None
    first = _alike(old, new, ending=False)
    last = sum(cell_len(text) for text, _, _ in new) - _alike(old, new, ending=True)
    return (first, last) if first < last else None


def _alike(old: Line, new: Line, *, ending: bool) -> int:
    """How many cells at the beginning, or at the end, look alike."""
    step = -1 if ending else 1
    cells = 0
    for (was, style, _), (now, style_now, _) in zip(old[::step], new[::step], strict=False):
        if style != style_now:
            break
        common = commonprefix((was[::step], now[::step]))  # noqa: RUF071  signs are meant
        cells += cell_len(common)
        if len(common) < max(len(was), len(now)):
            break
    return cells


def wrap(text: str, width: int) -> list[str]:
    """Words on lines of at most `width` cells; a longer word is cut into pieces."""
    lines: list[str] = []
    room = max(width, 1)
    for word in text.split():
        while cell_len(word) > room:
            piece = set_cell_size(word, room).rstrip() or word[0]
            lines.append(piece)
            word = word[len(piece) :]
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= room:
            lines[-1] += f" {word}"
        elif word:
            lines.append(word)
    return lines or [""]

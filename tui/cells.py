"""Text on a grid of terminal cells: cleaned, cut, padded, compared."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

Line = tuple[Segment, ...]
PLAIN = Style()
_NEVER_SHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # controls, bidi, private, line ends
_STACKED = {"Mn", "Me"}  # marks that NFC could not fold into a letter: terminals differ on them
_MERGE_GAP = 3  # two changes this near cost less as one write than as two cursor moves


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
    kept = set_cell_size(text, width - 1).rstrip()  # no blank before the ellipsis
    return set_cell_size(kept + ellipsis, width)


def line(width: int, spans: Iterable[tuple[str, Style]], fill: Style = PLAIN) -> Line:
    """A line of exactly `width` cells; `fill` lies under every span and fills the rest."""
    left = width
    segments: list[Segment] = []
    for text, style in spans:
        if left <= 0:
            break
        length = cell_len(text)
        if length > left:
            text, length = set_cell_size(text, left), left
        if text:
            segments.append(Segment(text, fill + style))
        left -= length
    if left > 0:
        segments.append(Segment(" " * left, fill))
    return tuple(Segment.simplify(segments))  # a change of style costs twenty bytes on the line


def changed(old: Line, new: Line) -> list[tuple[int, int]]:
    """Where two lines of equal width differ: (first cell, how many), near ones merged."""
    if old == new:
        return []
    runs: list[tuple[int, int]] = []
    for (x, *was), (_, *now) in zip(_cells(old), _cells(new), strict=False):
        if was == now:
            continue
        if runs and x - sum(runs[-1]) <= _MERGE_GAP:
            runs[-1] = (runs[-1][0], x + 1 - runs[-1][0])
        else:
            runs.append((x, 1))
    return runs


def _cells(drawn: Line) -> Iterator[tuple[int, str, Style | None]]:
    """Each cell with its sign; the second cell of a wide sign repeats the sign."""
    x = 0
    for text, style, _ in drawn:
        for sign in text:
            for _ in range(cell_len(sign)):
                yield x, sign, style
                x += 1


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

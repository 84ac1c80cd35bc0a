"""Colours told a terminal only where they change: half of what a list writes are colours."""

from __future__ import annotations

import re
from typing import NamedTuple

from textual.driver import Driver

_COLOURS = re.compile(r"((?:\x1b\[[0-9;]*m)+)")
_CODES = re.compile(r"\x1b\[([0-9;]*)m")
_MOVES = re.compile(r"(?:[\r\n]|\x1b\[[0-9;]*H|\x1b\[\?[0-9;]*[hl])*")  # nothing is drawn by these
_WIDE = {"5": 3, "2": 5}  # how many numbers tell a colour: 38;5;N, 38;2;R;G;B
_ENDS = {"22": {"1", "2"}, "23": {"3"}, "24": {"4"}, "25": {"5", "6"}} | {
    f"2{look}": {look} for look in "789"
}


class _Pen(NamedTuple):
    """What a terminal draws with."""

    ink: str = ""  # "" is the terminal's own
    ground: str = ""
    looks: frozenset[str] = frozenset()  # bold, dim, …: by their numbers


class Terse:
    """Of one terminal; `__call__` gives what looks the same in fewer bytes."""

    def __init__(self) -> None:
        self._pen = _Pen()  # the terminal's

    def __call__(self, written: str) -> str:
        said: list[str] = []
        wanted = self._pen
        for at, part in enumerate(_COLOURS.split(written)):
            if at % 2:
                wanted = _taken(wanted, part)
                continue
            if part and not _MOVES.fullmatch(part):
                said.append(self._turn(wanted))
            said.append(part)
        said.append(self._turn(wanted))
        return "".join(said)

    def _turn(self, wanted: _Pen) -> str:
        before, self._pen = self._pen, wanted
        if before == wanted:
            return ""
        anew = ["0", *sorted(wanted.looks), wanted.ink, wanted.ground]
        ways = [anew]
        off = before.looks - wanted.looks
        if off <= _ENDS["22"]:
            on = wanted.looks - (before.looks - _ENDS["22"] if off else before.looks)
            ink = (wanted.ink or "39") if wanted.ink != before.ink else ""
            ground = (wanted.ground or "49") if wanted.ground != before.ground else ""
            ways.append(["22" if off else "", *sorted(on), ink, ground])
        return f"\x1b[{min((';'.join(filter(None, way)) for way in ways), key=len)}m"


def _taken(pen: _Pen, sequences: str) -> _Pen:
    """The pen after `sequences` of SGR."""
    ink, ground, looks = pen
    for found in _CODES.finditer(sequences):
        codes = found[1].split(";")
        while codes:
            code = codes.pop(0) or "0"
            if code in ("38", "48"):
                width = _WIDE.get(codes[0] if codes else "", 1)
                colour = ";".join([code, *codes[: width - 1]])
                del codes[: width - 1]
                ink, ground = (colour, ground) if code == "38" else (ink, colour)
            elif code == "0":
                ink, ground, looks = _Pen()
            elif code in ("39", "49"):
                ink, ground = ("", ground) if code == "39" else (ink, "")
            elif len(code) > 1 and code[:-1] in ("3", "9"):
                ink = code
            elif len(code) > 1 and code[:-1] in ("4", "10"):
                ground = code
            elif code in _ENDS:
                looks -= _ENDS[code]
            else:
                looks |= {code}
    return _Pen(ink, ground, looks)


def terse(driver: type[Driver]) -> type[Driver]:
    """That driver, sparing its line."""

    class TerseDriver(driver):  # type: ignore[valid-type,misc]
        _thin: Terse | None = None

        def write(self, data: str) -> None:
            self._thin = self._thin or Terse()
            super().write(self._thin(data))

    return TerseDriver

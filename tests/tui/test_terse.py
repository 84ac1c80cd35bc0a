"""What a spared line draws looks like what it was spared of."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tui.terse import Terse

SIGNS = re.compile(r"\x1b\[([0-9;]*)m|\x1b\[[0-9;?]*[A-Za-z]|(.)", re.DOTALL)
CODES = st.sampled_from(
    ("0", "", "1", "2", "3", "4", "7", "9", "22", "24", "31", "97", "39", "49", "45", "103", "1;31")
)
WIDE = st.sampled_from(("38;5;1", "48;5;16", "38;2;0;4;22", "48;2;1;0;49", "1;38;5;0;48;5;22"))
COLOURS = st.builds(lambda codes: f"\x1b[{codes}m", CODES | WIDE)
MOVES = st.sampled_from(("\x1b[3;1H", "\r\n", "\x1b[?2026h", "\x1b[2J", "\x1b[6n", "\x1b[K"))
WORDS = st.sampled_from(("a", "  ", "mất kết nối", "✖"))
WRITTEN = st.lists(COLOURS | MOVES | WORDS, max_size=20).map("".join)


def drawn(written: str) -> list[tuple[object, ...]]:
    """Each sign and command, with what a terminal of ECMA-48 draws it with."""
    pen: dict[str, str] = {}
    found: list[tuple[object, ...]] = []
    for match in SIGNS.finditer(written):
        if match[1] is None:
            blank = match[0] in "\r\n" or match[0][-1] in "Hhl"
            found.append((match[0], None if blank else tuple(sorted(pen.items()))))
            continue
        codes = match[1].split(";")
        while codes:
            code = codes.pop(0)
            if code in ("38", "48"):
                many = {"5": 2, "2": 4}[codes[0]]
                pen["ink" if code == "38" else "ground"] = ";".join(codes[:many])
                codes = codes[many:]
            elif code in ("", "0"):
                pen.clear()
            elif code == "39":
                pen.pop("ink", None)
            elif code == "49":
                pen.pop("ground", None)
            elif code in ("22", "24"):
                for ended in ("1", "2") if code == "22" else ("4",):
                    pen.pop(ended, None)
            elif 30 <= int(code) <= 37 or 90 <= int(code) <= 97:
                pen["ink"] = code
            elif 40 <= int(code) <= 47 or 100 <= int(code) <= 107:
                pen["ground"] = code
            else:
                pen[code] = "on"
    return [*found, ("at the end", tuple(sorted(pen.items())))]


@given(st.lists(WRITTEN, max_size=4))
def test_every_sign_looks_the_same(pieces: list[str]) -> None:
    thin = Terse()
    spared = [thin(piece) for piece in pieces]
    for several in range(len(pieces) + 1):  # each may be the last for a while
        assert drawn("".join(spared[:several])) == drawn("".join(pieces[:several]))


def test_a_row_that_the_cursor_left_costs_half() -> None:
    row = (
        "\x1b[?2026h\x1b[19;1H\x1b[1;38;5;173;48;5;16m ✖ mất kết nối \x1b[0m"
        "\x1b[38;5;252;48;5;16m 21:03 \x1b[0m\x1b[38;5;246;48;5;16mthiết bị \x1b[0m"
        "\x1b[1;38;5;231;48;5;16mUBND Phường Phổ Thạnh d05028\x1b[0m\x1b[1;1H\x1b[?2026l"
    )
    assert Terse()(row) == (
        "\x1b[?2026h\x1b[19;1H\x1b[1;38;5;173;48;5;16m ✖ mất kết nối "
        "\x1b[22;38;5;252m 21:03 \x1b[38;5;246mthiết bị "
        "\x1b[1;38;5;231mUBND Phường Phổ Thạnh d05028\x1b[1;1H\x1b[?2026l\x1b[0m"
    )

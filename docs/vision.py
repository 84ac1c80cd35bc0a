"""How the colours of states look to other eyes, and how far apart they stay: docs/colour.md.

Sources: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A Physiologically-based Model for
Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009, the matrices of severity 1.0;
G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 Color-Difference Formula", CRA 30(1), 2005;
IEC 61966-2-1 (sRGB).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray
from rich.color import Color

from tui import faces, themes
from tui.faces import Face

Matrix = NDArray[np.float64]
Rgb = tuple[int, int, int]
Lab = tuple[float, float, float]

LEAST = 10.0  # between two states, CIEDE2000; two swatches side by side differ visibly from 1 to 2
NORMAL, DEUTERANOPIA, PROTANOPIA, MONOCHROME = (
    "normal",
    "deuteranopia",
    "protanopia",
    "monochrome",
)
VISIONS: Mapping[str, Matrix] = {  # of linear red, green and blue
    NORMAL: np.eye(3),
    DEUTERANOPIA: np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    PROTANOPIA: np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    MONOCHROME: np.array([[0.2126, 0.7152, 0.0722]] * 3),
}
IN_COLOUR = (NORMAL, DEUTERANOPIA, PROTANOPIA)  # where colours are said to help
GREY_FACES = (Face.MAINTENANCE, Face.OFF_HOURS, Face.NEVER_SEEN, Face.NOT_MONITORED)
QUIET = "quiet"  # what alarms nobody: four states of one grey
_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])  # D65


def seen(colour: Rgb, vision: str) -> Rgb:
    """The colour that looks to everybody as this one looks to those eyes."""
    linear = np.clip(VISIONS[vision] @ _linear(colour), 0.0, 1.0)
    shares = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = (round(255 * float(share)) for share in shares)
    return red, green, blue


def luminance(colour: Rgb) -> float:
    """WCAG 2.1, relative luminance."""
    return float((VISIONS[MONOCHROME] @ _linear(colour))[0])


def _linear(colour: Rgb) -> Matrix:
    shares = np.array(colour) / 255
    return np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)


def lab(colour: Rgb) -> Lab:
    """CIELAB under D65."""
    x, y, z = (_cube(float(share)) for share in _XYZ @ _linear(colour) / _WHITE)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _cube(share: float) -> float:
    return share ** (1 / 3) if share > 216 / 24389 else (24389 / 27 * share + 16) / 116


def distance(one: Lab, other: Lab) -> float:
    """CIEDE2000, as Sharma, Wu and Dalal write it down."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    grey = 1.5 - 0.5 * _chroma_share((hypot(a1, b1) + hypot(a2, b2)) / 2)
    c1, c2 = hypot(a1 * grey, b1), hypot(a2 * grey, b2)
    h1, h2 = _hue(a1 * grey, b1), _hue(a2 * grey, b2)
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    if h2 - h1 == 180:
        turn = 180.0
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = _mean_hue(h1, h2) if c1 * c2 else h1 + h2
    weight = (
        1
        - 0.17 * cos(radians(hue - 30))
        + 0.24 * cos(radians(2 * hue))
        + 0.32 * cos(radians(3 * hue + 6))
        - 0.20 * cos(radians(4 * hue - 63))
    )
    bright = (lightness - 50) ** 2
    of_l = (l2 - l1) / (1 + 0.015 * bright / sqrt(20 + bright))
    of_c = (c2 - c1) / (1 + 0.045 * chroma)
    of_h = 2 * sqrt(c1 * c2) * sin(radians(turn / 2)) / (1 + 0.015 * chroma * weight)
    swing = 60 * exp(-(((hue - 275) / 25) ** 2))
    turned = -2 * _chroma_share(chroma) * sin(radians(swing))
    return sqrt(of_l**2 + of_c**2 + of_h**2 + turned * of_c * of_h)


def _chroma_share(chroma: float) -> float:
    return sqrt(chroma**7 / (chroma**7 + 25.0**7))


def _hue(a: float, b: float) -> float:
    return degrees(atan2(b, a)) % 360 if a or b else 0.0


def _mean_hue(h1: float, h2: float) -> float:
    if abs(h1 - h2) <= 180:
        return (h1 + h2) / 2
    return (h1 + h2 + 360) / 2 if h1 + h2 < 360 else (h1 + h2 - 360) / 2


# ---------------------------------------------------------------- the board


def rgb(colour: Color) -> Rgb:
    red, green, blue = colour.get_truecolor()
    return red, green, blue


def inks(theme: str) -> dict[str, Rgb]:
    """The colours of a theme that mean something, the grey of the quiet states among them once."""
    found = {}
    for face in Face:
        colour = themes.themed(faces.colour(face, False), theme).color
        assert colour is not None
        found[QUIET if face in GREY_FACES else face.value] = rgb(colour)
    return found


def distances(theme: str, vision: str) -> dict[tuple[str, str], float]:
    """Between every two of them, as those eyes see them."""
    shown = {name: lab(seen(ink, vision)) for name, ink in inks(theme).items()}
    return {
        (one, other): distance(shown[one], shown[other]) for one, other in combinations(shown, 2)
    }


def lighter(theme: str) -> float:
    """By how much L* of `up` and of `down` differ: what is left of their colours in grey."""
    up, down = (lab(seen(inks(theme)[face], MONOCHROME))[0] for face in (Face.UP, Face.DOWN))
    return abs(up - down)


# ---------------------------------------------------------------- the page

LEAST_GREY = 7.0
_INTRO = """# The colours of states

Made by `make reference`; `pytest tests/tui/test_vision.py` holds what it says.

No state is told by its colour alone: each has its own sign, with `--ascii` too, and its own word
in both languages. The colours only help to find it. They began as those of Okabe and Ito and
were moved until, for people with normal sight, deuteranopia and protanopia, **every two of them
stand at least {least:g} apart** in each theme (CIEDE2000), and each has, to those eyes too, a
contrast of at least 4.5 on every ground that lies under it: red is darker to a protanope. `quiet`
is the one grey of planned, off-hours, never seen and not monitored: these alarm nobody, and their
signs tell them apart.

Without any colour, or on paper, six inks that can all be read on one ground cannot all differ:
there the sign and the word tell, and `down` and `up` still differ by {grey:g} in lightness (L*).

Deuteranopia and protanopia are simulated by the matrices of Machado, Oliveira and Fernandes
(2009) at severity 1.0 in linear RGB, no colour by luminance. Pictures:
[normal](pictures/states-normal.png), [deuteranopia](pictures/states-deuteranopia.png),
[protanopia](pictures/states-protanopia.png), [monochrome](pictures/states-monochrome.png).
"""


def page() -> str:
    """docs/colour.md."""
    blocks = [_INTRO.format(least=LEAST, grey=LEAST_GREY), _overview()]
    blocks += [_theme(theme) for theme in themes.NAMES]
    return "\n".join(blocks)


def _overview() -> str:
    lines = ["## The nearest two", ""]
    lines += [f"| theme | {' | '.join(IN_COLOUR)} | up and down in grey, L* |"]
    lines += ["|---|" + "---|" * len(IN_COLOUR) + "--:|"]
    for theme in themes.NAMES:
        cells = []
        for vision in IN_COLOUR:
            (one, other), least = min(distances(theme, vision).items(), key=lambda pair: pair[1])
            cells.append(f"{least:.1f} {one} / {other}")
        lines.append(f"| {theme} | {' | '.join(cells)} | {lighter(theme):.1f} |")
    return "\n".join([*lines, ""])


def _theme(theme: str) -> str:
    """Every two states, under each vision."""
    colours = ", ".join(f"{name} `{_hex(ink)}`" for name, ink in inks(theme).items())
    lines = [f"## {theme}", "", colours, "", f"| | {' | '.join(VISIONS)} |"]
    lines.append("|---|" + "--:|" * len(VISIONS))
    told = {vision: distances(theme, vision) for vision in VISIONS}
    for one, other in told[NORMAL]:
        cells = " | ".join(f"{told[vision][one, other]:.1f}" for vision in VISIONS)
        lines.append(f"| {one} / {other} | {cells} |")
    return "\n".join([*lines, ""])


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)

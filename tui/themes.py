"""The colours of the screen: what faces say is dark; each theme has another for every one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from rich.color import Color
from rich.style import Style
from textual.theme import Theme

DARK, LIGHT, CONTRAST = NAMES = ("dark", "light", "contrast")
_SWAPS: Mapping[str, Mapping[str, str]] = {  # colour of the dark theme → that of this one
    DARK: {},
    LIGHT: {
        "#0d1117": "#ffffff",  # ground
        "#d6dae0": "#1f2328",  # text
        "#ffffff": "#000000",
        "#000000": "#ffffff",
        "#8b949e": "#57606a",  # grey
        "#727d8b": "#636c76",
        "#a9b1bb": "#57606a",
        "#9cc3f0": "#0550ae",  # leads on
        "#8fb8e8": "#0550ae",  # keys
        "#a9c7e8": "#0a4a85",  # headings
        "#e17a45": "#a84400",  # down
        "#f0a802": "#5f3200",  # degraded
        "#fff567": "#606e46",  # unreachable
        "#f9b0cb": "#7e1848",  # unknown
        "#56b4e9": "#004d81",  # up
        "#ffe94d": "#615a00",  # banners
        "#1a212b": "#ebeef2",  # titles
        "#31496b": "#bcd6fb",  # the title of the pane with the focus
        "#0d1d36": "#e4f0ff",  # under the cursor
        "#221d36": "#f3ecfd",  # marked
        "#a33f00": "#ffd2b3",  # alarm
        "#16324f": "#cfe3f7",  # the first line
        "#27374d": "#eef2f7",  # a box to type into
        "#2b4060": "#cfe1fc",
        "#161b22": "#f6f8fa",  # a form
    },
    CONTRAST: {
        "#0d1117": "#000000",
        "#d6dae0": "#ffffff",
        "#8b949e": "#d0d7de",
        "#727d8b": "#b8c0c8",
        "#a9b1bb": "#e6edf3",
        "#9cc3f0": "#a5d2ff",
        "#8fb8e8": "#a5d2ff",
        "#a9c7e8": "#c5e1ff",
        "#e17a45": "#fc8c57",
        "#f0a802": "#ffc001",
        "#fff567": "#ffff92",
        "#f9b0cb": "#df89c0",
        "#56b4e9": "#7fd0ff",
        "#ffe94d": "#fff352",
        "#1a212b": "#2d333b",
        "#31496b": "#003b8e",
        "#0d1d36": "#06224f",
        "#221d36": "#3b1f6b",
        "#a33f00": "#8f3000",
        "#16324f": "#00306b",
        "#27374d": "#1c2733",
        "#2b4060": "#00306b",
        "#161b22": "#0b0f14",
    },
}
_VARIABLES = {  # of the style sheet
    "ground": "#0d1117",
    "ink": "#d6dae0",
    "box": "#27374d",
    "box-focus": "#2b4060",
    "form": "#161b22",
    "hint": "#a9b1bb",
}


@lru_cache(8192)
def themed(style: Style, theme: str) -> Style:
    """The same style in the colours of the theme."""
    swap = _SWAPS[theme]
    if not swap or (style.color is None and style.bgcolor is None):
        return style
    ink, ground = (_swapped(colour, swap) for colour in (style.color, style.bgcolor))
    return style + Style(color=ink, bgcolor=ground)


def _swapped(colour: Color | None, swap: Mapping[str, str]) -> str | None:
    return None if colour is None else swap.get(colour.name, colour.name)


def variables(theme: str) -> dict[str, str]:
    return {name: _SWAPS[theme].get(colour, colour) for name, colour in _VARIABLES.items()}


def textual(theme: str) -> Theme:
    """As Textual wants it: it colours the boxes."""
    held = variables(theme)
    return Theme(
        name=f"canh-{theme}",
        primary=held["ink"],
        background=held["ground"],
        foreground=held["ink"],
        surface=held["box"],
        dark=theme != LIGHT,
        variables=held,
    )

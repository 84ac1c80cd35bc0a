"""What is drawn can be read: every cell with a sign, of every screen, in every theme."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.color import Color
from rich.style import Style
from textual.strip import Strip

from tests.tui.screen import strips
from tests.tui.test_faces import luminance
from tests.tui.test_frames import SCREENS, shown
from tui import themes

LEAST = 4.5  # WCAG 2.1, 1.4.3
DRAWN = set("─│┌┐└┘├┤┬┴┼━┃╭╮╰╯▁▂▃▄▅▆▇█▏▎▍▌▋▊▉▔▕▐▀░▒▓")  # frames: 3 is enough, 1.4.11
LEAST_DRAWN = 3.0


def inked(drawn: list[Strip]) -> Iterator[tuple[str, int, Style]]:
    """Each run of cells that shows something: its text, its line, its style."""
    for y, strip in enumerate(drawn):
        for segment in strip:
            if segment.text.strip():
                yield segment.text, y, segment.style or Style()


def parts(style: Style) -> tuple[Color | None, Color | None]:
    """Of what is seen: ink and ground, after reverse."""
    return (style.bgcolor, style.color) if style.reverse else (style.color, style.bgcolor)


def contrast(ink: Color, ground: Color) -> float:
    over, under = (
        luminance((red, green, blue))
        for red, green, blue in (ink.get_truecolor(), ground.get_truecolor())
    )
    return (max(over, under) + 0.05) / (min(over, under) + 0.05)


@pytest.mark.parametrize("theme", themes.NAMES)
@pytest.mark.parametrize("name", SCREENS)
async def test_every_cell_with_a_sign_can_be_read(name: str, theme: str) -> None:
    async with shown(name, (80, 24), theme=theme) as board:
        drawn = strips(board)
    faint = []
    for text, y, style in inked(drawn):
        ink, ground = parts(style)
        assert ink is not None, (y, text)
        assert ground is not None, (y, text)
        assert not style.dim, (y, text)  # terminals differ by how much
        least = LEAST_DRAWN if set(text.strip()) <= DRAWN | {" "} else LEAST
        if contrast(ink, ground) < least:
            faint.append((y, text, ink.name, ground.name, round(contrast(ink, ground), 2)))
    assert faint == []


@pytest.mark.parametrize("name", SCREENS)
async def test_a_theme_changes_colours_and_nothing_that_is_written(name: str) -> None:
    told = set()
    for theme in themes.NAMES:
        async with shown(name, (80, 24), theme=theme) as board:
            told.add("\n".join(strip.text for strip in strips(board)))
    assert len(told) == 1

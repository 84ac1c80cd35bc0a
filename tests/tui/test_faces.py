"""Every state is told apart by sign and word, and every colour can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.style import Style

from inventory.phrases import LANGUAGES, say
from tui import faces, themes
from tui.faces import Face
from tui.themes import themed

GROUNDS = {
    "ground": faces.GROUND,
    "cursor": faces.SELECTED,
    "marked": faces.MARKED,
    "title": faces.TITLE,
}
ON_LISTS = {face.value: faces.colour(face, False) for face in Face} | {
    "text": faces.TEXT,
    "strong": faces.STRONG,
    "faint": faces.FAINT,
    "key": faces.KEY,
    "leads on": faces.LEADS_ON,
    "heading": faces.HEADING,
}
BARS = (faces.ALARM, faces.BANNER, faces.TITLE_FOCUSED, faces.CURSOR_CELL, faces.BAR)


def luminance(colour: tuple[int, int, int]) -> float:
    """WCAG 2.1, relative luminance."""
    shares = [part / 255 for part in colour]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(ink: Style, ground: Style) -> float:
    assert ink.color
    assert ground.bgcolor
    light, dark = sorted(
        (luminance(ink.color.get_truecolor()), luminance(ground.bgcolor.get_truecolor())),
        reverse=True,
    )
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", themes.NAMES)
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", ON_LISTS)
def test_every_colour_of_a_list_has_contrast_of_at_least_4_5(
    ink: str, ground: str, theme: str
) -> None:
    assert contrast(themed(ON_LISTS[ink], theme), themed(GROUNDS[ground], theme)) >= 4.5


@pytest.mark.parametrize("theme", themes.NAMES)
def test_a_zero_is_quieter_than_a_number_and_can_still_be_read(theme: str) -> None:
    zero, faint, ground = (
        themed(style, theme) for style in (faces.ZERO, faces.FAINT, faces.GROUND)
    )
    assert 4.5 <= contrast(zero, ground) < contrast(faint, ground)


@pytest.mark.parametrize("theme", themes.NAMES)
@pytest.mark.parametrize("bar", BARS)
def test_every_bar_can_be_read(bar: Style, theme: str) -> None:
    assert contrast(themed(bar, theme), themed(bar, theme)) >= 4.5


@pytest.mark.parametrize("theme", themes.NAMES)
def test_what_is_typed_and_its_hint_can_be_read(theme: str) -> None:
    held = themes.variables(theme)
    for ground in ("box", "box-focus"):
        for ink in ("ink", "hint"):
            style = Style(color=held[ink], bgcolor=held[ground])
            assert contrast(style, style) >= 4.5, (ink, ground)


@pytest.mark.parametrize("theme", [name for name in themes.NAMES if name != themes.DARK])
def test_every_colour_of_the_code_has_one_in_each_theme(theme: str) -> None:
    folder = Path(themes.__file__).parent
    used = {
        colour
        for file in folder.glob("*.py")
        if file.name != "themes.py"
        for colour in re.findall("#[0-9a-f]{6}", file.read_text("utf-8"))
    }
    same = {"#ffffff", "#000000"} if theme == themes.CONTRAST else set()
    assert used - themes._SWAPS[theme].keys() == same


@pytest.mark.parametrize("ascii_only", [False, True])
def test_no_two_states_share_a_sign_or_a_word(ascii_only: bool) -> None:
    assert len({faces.sign(face, ascii_only) for face in Face}) == len(Face)
    for language in LANGUAGES:
        assert len({say(language, faces.phrase(face)) for face in Face}) == len(Face)


def test_what_alarms_nobody_is_grey_and_a_frozen_board_has_no_colour() -> None:
    quiet = (Face.NEVER_SEEN, Face.NOT_MONITORED, Face.OFF_HOURS, Face.MAINTENANCE)
    assert {faces.colour(face, False) for face in quiet} == {Style(color=faces.GREY)}
    assert {faces.colour(face, True) for face in Face} == {faces.FAINT}

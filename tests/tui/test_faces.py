"""Every state is told apart by sign and word, and every colour can be read."""

from __future__ import annotations

import pytest
from rich.style import Style

from inventory.phrases import LANGUAGES, say
from tui import faces
from tui.faces import Face

GROUNDS = {"ground": faces.GROUND, "cursor": faces.SELECTED, "title": faces.TITLE}
ON_LISTS = {face.value: faces.colour(face, False) for face in Face} | {
    "text": faces.TEXT,
    "strong": faces.STRONG,
    "faint": faces.FAINT,
    "key": faces.KEY,
    "leads on": faces.LEADS_ON,
}


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


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("ink", ON_LISTS)
def test_every_colour_of_a_list_has_contrast_of_at_least_4_5(ink: str, ground: str) -> None:
    assert contrast(ON_LISTS[ink], GROUNDS[ground]) >= 4.5


def test_a_zero_is_quieter_than_a_number_and_can_still_be_read() -> None:
    assert 4.5 <= contrast(faces.ZERO, faces.GROUND) < contrast(faces.FAINT, faces.GROUND)


@pytest.mark.parametrize("bar", [faces.ALARM, faces.BANNER, faces.TITLE_FOCUSED, faces.CURSOR_CELL])
def test_every_bar_can_be_read(bar: Style) -> None:
    assert contrast(bar, bar) >= 4.5


@pytest.mark.parametrize("ascii_only", [False, True])
def test_no_two_states_share_a_sign_or_a_word(ascii_only: bool) -> None:
    assert len({faces.sign(face, ascii_only) for face in Face}) == len(Face)
    for language in LANGUAGES:
        assert len({say(language, faces.phrase(face)) for face in Face}) == len(Face)


def test_what_alarms_nobody_is_grey_and_a_frozen_board_has_no_colour() -> None:
    quiet = (Face.NEVER_SEEN, Face.NOT_MONITORED, Face.OFF_HOURS, Face.MAINTENANCE)
    assert {faces.colour(face, False) for face in quiet} == {Style(color=faces.GREY)}
    assert {faces.colour(face, True) for face in Face} == {faces.FAINT}

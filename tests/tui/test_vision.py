"""Other eyes tell the states apart too: by sign and word always, by colour where it helps."""

from __future__ import annotations

from itertools import combinations

import pytest

from docs import vision
from docs.vision import MONOCHROME, NORMAL, VISIONS
from inventory.phrases import LANGUAGES, say
from tests.tui.screen import colours_of, lines, watching
from tests.tui.states import every_state
from tests.tui.test_faces import GROUNDS
from tui import faces, themes
from tui.faces import Face
from tui.themes import themed

SHARMA = (  # L, a, b twice, and their distance: from the data beside the paper
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 3.1571, -77.2803), (50.0, 0.0, -82.7485), 2.8615),
    ((50.0, -1.3802, -84.2814), (50.0, 0.0, -82.7485), 1.0),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0009), 7.1792),
    ((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011), 7.2195),
    ((50.0, -0.001, 2.49), (50.0, 0.0009, -2.49), 4.8045),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (61.0, -5.0, 29.0), 22.8977),
    ((50.0, 2.5, 0.0), (50.0, 3.1736, 0.5854), 1.0),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
    ((90.8027, -2.0831, 1.441), (91.1528, -1.6435, 0.0447), 1.4441),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
)


@pytest.mark.parametrize(("one", "other", "apart"), SHARMA)
def test_distances_are_those_of_the_published_pairs(
    one: vision.Lab, other: vision.Lab, apart: float
) -> None:
    assert vision.distance(one, other) == pytest.approx(apart, abs=1e-4)
    assert vision.distance(other, one) == pytest.approx(apart, abs=1e-4)


@pytest.mark.parametrize("eyes", VISIONS)
def test_white_black_and_grey_look_the_same_to_all_eyes(eyes: str) -> None:
    for part in (0, 128, 255):
        grey = (part, part, part)
        assert all(abs(got - part) <= 1 for got in vision.seen(grey, eyes))


def test_red_and_green_of_one_lightness_are_told_apart_by_normal_eyes_alone() -> None:
    red, green = (200, 90, 60), (110, 130, 50)
    apart = {
        eyes: vision.distance(
            vision.lab(vision.seen(red, eyes)), vision.lab(vision.seen(green, eyes))
        )
        for eyes in VISIONS
    }
    assert apart[NORMAL] > 30
    assert apart[vision.DEUTERANOPIA] < 15
    assert apart[MONOCHROME] < 10


@pytest.mark.parametrize("eyes", vision.IN_COLOUR)
@pytest.mark.parametrize("theme", themes.NAMES)
def test_every_two_colours_of_states_are_well_apart(theme: str, eyes: str) -> None:
    apart = vision.distances(theme, eyes)
    assert len(apart) == 15
    assert {pair: far for pair, far in apart.items() if far < vision.LEAST} == {}


@pytest.mark.parametrize("eyes", VISIONS)
@pytest.mark.parametrize("theme", themes.NAMES)
def test_every_colour_of_a_state_can_be_read_by_those_eyes_too(theme: str, eyes: str) -> None:
    for ground in GROUNDS.values():
        colour = themed(ground, theme).bgcolor
        assert colour
        under = vision.luminance(vision.seen(vision.rgb(colour), eyes))
        for name, ink in vision.inks(theme).items():
            over = vision.luminance(vision.seen(ink, eyes))
            light, dark = max(over, under), min(over, under)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)


@pytest.mark.parametrize("theme", themes.NAMES)
def test_down_and_up_differ_in_grey(theme: str) -> None:
    assert vision.lighter(theme) >= vision.LEAST_GREY


@pytest.mark.parametrize("ascii_only", [False, True])
def test_every_two_states_differ_by_sign_and_by_word_whatever_their_colour(
    ascii_only: bool,
) -> None:
    for one, other in combinations(Face, 2):
        assert faces.sign(one, ascii_only) != faces.sign(other, ascii_only)
        for language in LANGUAGES:
            assert say(language, faces.phrase(one)) != say(language, faces.phrase(other))


async def test_the_picture_of_every_state_shows_each_in_its_colour_and_names_it() -> None:
    async with watching(every_state()) as (board, _):
        shown = lines(board)
        site_cells = next(line for line in shown if "Sơn Tịnh" in line)[16:42]
        for face in Face:
            assert faces.sign(face, False) in site_cells
            assert any(say("vi", faces.phrase(face)) in line for line in shown)
        coloured = {face for face in Face if face not in vision.GREY_FACES}
        for face in coloured:
            style = faces.colour(face, False)
            assert style.color
            assert style.color.name in colours_of(board, faces.sign(face, False))

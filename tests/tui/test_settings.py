"""What an engineer likes: the file, what can be wrong with it, the board that follows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.province import Province
from tests.tui.screen import _no_record, lines, press, text, until
from tui import themes
from tui.app import Board
from tui.forms import Form
from tui.lists import SitesScreen
from tui.screens import BoardScreen, HelpScreen, SheetScreen
from tui.settings import USUAL, Settings, SettingsError, read_settings, settings_path
from tui.speaker import Speaker


def write(folder: Path, text: str) -> Path:
    path = folder / "board.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_all_is_usual(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert settings_path() == tmp_path / "canh" / "board.toml"
    assert read_settings() == USUAL


def test_every_setting_is_read(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        'language = "en"\ntheme = "light"\nascii = true\nbell = true\n'
        '[keys]\nsites = "d"\nhelp = "f2"\ntake = "ctrl+a"\n',
    )
    assert read_settings(path) == Settings(
        language="en",
        theme="light",
        ascii=True,
        bell=True,
        bound={"sites": "d", "help": "f2", "take": "ctrl+a"},
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("language = 'fr'", 'language: "fr" is none of vi, en'),
        ("theme = 'drak'", 'theme: "drak" is none of dark, light, contrast'),
        ("ascii = 1", "ascii: write true or false"),
        ("colour = 'x'", '"colour" is no setting'),
        ("themes = 'x'", 'did you mean "theme"?'),
        ("keys = 'x'", "keys: write a table"),
        ("[keys]\ntakee = 'b'", 'keys.takee: there is no such key; did you mean "take"?'),
        ("[keys]\ntake = 'hyper+b'", 'keys.take: "hyper+b" is no key'),
        ("[keys]\ntake = 5", 'keys.take: "5" is no key'),
        ("[keys]\ntake = 'q'", "is the key of take as well"),
        ("[keys]\ntake = 'b'\nnote = 'b'", '"b" is the key of take as well'),
        ("[keys]\ntake = ','", 'keys.earlier: "comma" is the key of take as well'),
        ("[keys", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(said: str, told: str, tmp_path: Path) -> None:
    path = write(tmp_path, said)
    with pytest.raises(SettingsError) as error:
        read_settings(path)
    assert f"{path}: " in str(error.value)
    assert told in str(error.value)


def test_a_sign_is_named_as_the_terminal_tells_it(tmp_path: Path) -> None:
    path = write(tmp_path, "[keys]\ntake = '-'\nnote = '+'\nwork = 'ctrl+_'\n")
    bound = {"take": "minus", "note": "plus", "work": "ctrl+underscore"}
    assert read_settings(path).bound == bound


async def test_signs_and_letters_of_ones_own_work_and_never_trap_anybody_in_a_form() -> None:
    province = Province()
    province.fail("d-525-cpe1")
    settings = Settings(bound={"take": "minus", "back": "b", "open": "o"})
    board = Board(
        province.reader,
        language="en",
        ascii_only=False,
        settings=settings,
        speaker=Speaker(_no_record, "an"),
    )
    async with board.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: len(board.scene.known.roots) == 1)
        assert " - take" in lines(board)[-1]
        await press(pilot, "-", "b", "o")
        assert isinstance(board.screen, Form)
        assert board.screen.values["note"] == "bo"
        assert "Esc back" in lines(board)[-1]
        await press(pilot, "enter")
        await until(pilot, lambda: "takes no words" in text(board))
        await press(pilot, "escape", "slash", "b", "escape", "escape")
        assert isinstance(board.screen, BoardScreen)
        await press(pilot, "o")
        await until(pilot, lambda: isinstance(board.screen, SheetScreen))
        await press(pilot, "b")
        assert isinstance(board.screen, BoardScreen)


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no such file"):
        read_settings(tmp_path / "none.toml")


async def test_a_key_bound_anew_works_is_shown_and_leaves_its_old_place() -> None:
    province = Province()
    settings = Settings(bound={"sites": "d", "help": "f2"}, theme="light")
    board = Board(province.reader, language="vi", ascii_only=False, settings=settings)
    async with board.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: board.scene.heard_s is not None)
        assert " 1 2 d 4 5 6 7 màn hình" in lines(board)[-1]
        assert board.scene.theme == themes.LIGHT
        await press(pilot, "3")
        assert not isinstance(board.screen, SitesScreen)
        await press(pilot, "d")
        assert isinstance(board.screen, SitesScreen)
        await press(pilot, "f2")
        await press(pilot, "G")
        assert isinstance(board.screen, HelpScreen)
        assert any(line.strip(" >").startswith("f2") for line in text(board).splitlines())


async def test_the_bell_rings_once_for_what_is_new_and_needs_somebody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    province = Province()
    province.fail("d-525-cpe1", ago_s=100)
    board = Board(province.reader, language="vi", ascii_only=False, settings=Settings(bell=True))
    rung: list[int] = []
    monkeypatch.setattr(board, "bell", lambda: rung.append(1))
    async with board.run_test() as pilot:
        await until(pilot, lambda: len(board.scene.known.roots) == 1)
        assert rung == []
        province.fail("d-527-cpe1", ago_s=10, acknowledged=True)
        await until(pilot, lambda: len(board.scene.known.roots) == 2)
        assert rung == []
        province.fail("d-529-cpe1", ago_s=10)
        province.fail("d-530-cpe1", ago_s=5)
        await until(pilot, lambda: len(board.scene.known.roots) == 4)
        assert rung == [1]

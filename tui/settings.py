"""What one engineer likes: keys, colours, language, from `board.toml` in the home folder."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textual.keys import Keys, _character_to_key

from inventory.phrases import LANGUAGES
from inventory.problems import did_you_mean, quoted
from tui.keys import ALL
from tui.themes import DARK, NAMES

_CHOICES = {"language": LANGUAGES, "theme": NAMES}
_NAMES = {key.value for key in Keys}
_HELD = ("ctrl+", "shift+", "alt+")


class SettingsError(Exception):
    """The file cannot be used; the text names the file, the place and the remedy."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`bound`: name of a key of the board → the key that it is on now, as Textual names it."""

    language: str | None = None
    theme: str = DARK
    ascii: bool = False
    bell: bool = False
    bound: Mapping[str, str] = field(default_factory=dict)


USUAL = Settings()


def settings_path() -> Path:
    """$XDG_CONFIG_HOME/canh/board.toml, else in ~/.config."""
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "canh" / "board.toml"


def read_settings(path: Path | None = None) -> Settings:
    """The usual ones where there is no file. SettingsError tells all that is wrong with it."""
    file = path or settings_path()
    try:
        said = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        if path is not None:
            raise SettingsError(f"{file}: there is no such file") from None
        return USUAL
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not valid TOML: {error}") from error
    if problems := list(_problems(said)):
        raise SettingsError("\n".join(f"{file}: {problem}" for problem in problems))
    bound = {name: _named(pressed) for name, pressed in said.pop("keys", {}).items()}
    return Settings(**said, bound=bound)


def _problems(said: Mapping[str, Any]) -> Iterator[str]:
    known = ("language", "theme", "ascii", "bell", "keys")
    for name, value in said.items():
        if name not in known:
            hint = did_you_mean(name, known) or f"known are {', '.join(known)}"
            yield f"{quoted(name)} is no setting; {hint}"
        elif name in _CHOICES and value not in _CHOICES[name]:
            yield f"{name}: {quoted(str(value))} is none of {', '.join(_CHOICES[name])}"
        elif name in ("ascii", "bell") and not isinstance(value, bool):
            yield f"{name}: write true or false"
        elif name == "keys":
            yield from _wrong_keys(value)


def _wrong_keys(bound: Any) -> Iterator[str]:
    if not isinstance(bound, dict):
        yield 'keys: write a table: [keys] and a line for each, as take = "b"'
        return
    names = {key.name: key for key in ALL}
    for name, pressed in bound.items():
        if name not in names:
            hint = did_you_mean(name, names) or f"one of {', '.join(names)}"
            yield f"keys.{name}: there is no such key; {hint}"
        elif not isinstance(pressed, str) or not _is_key(pressed):
            yield f'keys.{name}: {quoted(str(pressed))} is no key; write one as "b", "f5", "ctrl+b"'
    taken: dict[str, str] = {}
    for name, key in names.items():
        for pressed in (_named(str(bound[name])),) if name in bound else key.keys:
            other = taken.setdefault(pressed, name)
            if other != name and {name, other} & bound.keys():
                yield f"keys.{name}: {quoted(pressed)} is the key of {other} as well"


def _bare(pressed: str) -> str:
    for held in _HELD:
        pressed = pressed.removeprefix(held)
    return pressed


def _named(pressed: str) -> str:
    """As Textual names it: `,` is comma."""
    bare = _bare(pressed)
    return pressed.removesuffix(bare) + _character_to_key(bare) if len(bare) == 1 else pressed


def _is_key(pressed: str) -> bool:
    bare = _bare(pressed)
    return (len(bare) == 1 and bare.isprintable() and bare != " ") or bare in _NAMES

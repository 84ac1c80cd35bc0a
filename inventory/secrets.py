"""Secrets: `secret:NAME` in sites.toml, the value in secrets.toml or in the environment."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from inventory.kinds import Fault, wrong_type

PREFIX = "secret:"
PLAIN = "public"  # the community that everybody knows is no secret
FILE = "secrets.toml"
_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}")


@dataclass(frozen=True, slots=True)
class Named:
    """A secret by its name, as sites.toml has it."""

    name: str

    @property
    def variable(self) -> str:
        return f"CANH_SECRET_{self.name.upper()}"


def secret(raw: object) -> Named | Fault:
    """`secret:NAME`. What stands there instead may be a secret: it is never quoted."""
    if not isinstance(raw, str):
        return wrong_type(raw, 'a text "secret:NAME"')
    if not raw.startswith(PREFIX):
        return Fault(
            "a secret stands here plainly",
            f'write "secret:NAME" and put NAME = "…" into {FILE}, or set $CANH_SECRET_NAME',
        )
    if not _NAME.fullmatch(raw.removeprefix(PREFIX)):
        return Fault("is no name of a secret", 'write "secret:NAME" with A-Z a-z 0-9 _')
    return Named(raw.removeprefix(PREFIX))


def token(raw: object) -> Named | str | Fault:
    """`secret:NAME`, or the token itself, which opens nothing but one thing's own sign of life."""
    if isinstance(raw, str) and raw.startswith(PREFIX):
        return secret(raw)
    if not isinstance(raw, str):
        return wrong_type(raw, "a text")
    if not _TOKEN.fullmatch(raw):
        return Fault(
            "is no token: it stands in a URL, and nobody should guess it",
            "16 to 128 of A-Z a-z 0-9 _ -, as `openssl rand -hex 16` gives",
        )
    return raw


def community(raw: object) -> Named | str | Fault:
    """The only secret that may stand plainly is "public"."""
    return PLAIN if raw == PLAIN else secret(raw)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Values by name; what could not be read is told in `faults` as (line, what, hint)."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    faults: tuple[tuple[int, str, str], ...] = ()

    def value(self, wanted: Named, environment: Mapping[str, str]) -> str | None:
        """The environment goes before the file; None: found in neither."""
        return environment.get(wanted.variable) or self.values.get(wanted.name)


def load(path: Path) -> Secrets:
    """Read secrets.toml; one that others can read is refused, a missing one is empty."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & 0o077:
                what = f"others can read it (mode {mode & 0o777:04o})"
                return Secrets(faults=((1, what, f"chmod 600 {path}"),))
            return _parse(file.read())
    except FileNotFoundError:
        return Secrets()
    except OSError as error:
        return Secrets(faults=((1, f"cannot be read: {error.strerror}", ""),))


def _parse(data: bytes) -> Secrets:
    """tomllib's own words are not passed on: they may quote what stands there."""
    try:
        found = tomllib.loads(data.decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        return Secrets(faults=((int(line[1]) if line else 1, "is not valid TOML", ""),))
    except (UnicodeDecodeError, RecursionError, ValueError):
        return Secrets(faults=((1, "is not valid TOML in UTF-8", ""),))
    good = {name: value for name, value in found.items() if isinstance(value, str) and value}
    if len(good) < len(found):
        return Secrets(good, ((1, "a value is no text or is empty", 'write NAME = "…"'),))
    return Secrets(good)

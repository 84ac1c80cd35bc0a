"""Finds the configuration and the data folder, and loads the network for the other commands."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from inventory.model import Network

FILE = "sites.toml"
RECORD = "record.db"


def locate(args: argparse.Namespace) -> Path:
    """The configuration: --config, $CANH_CONFIG, then the usual places. Ends with 2 if none."""
    for source, named in (("--config", args.config), ("$CANH_CONFIG", _environ("CANH_CONFIG"))):
        if named:
            path = Path(named).expanduser()
            return path if path.is_file() else _refuse(f"{source}: there is no file {named}")
    places = (Path(FILE), _xdg() / "canh" / FILE, Path("/etc/canh") / FILE)
    for place in places:
        if place.is_file():
            return place
    looked = ", ".join(["--config", "$CANH_CONFIG", f"./{FILE}", *map(str, places[1:])])
    return _refuse(f"no {FILE} found (looked at {looked}); `canh init` writes one to start from")


def data_dir(args: argparse.Namespace, config: Path) -> Path:
    """Where the record is kept: --data, $CANH_DATA, else beside the configuration.

    Of a database URL: the folder of its file, or the usual one where the database has none.
    """
    named = str(args.data or _environ("CANH_DATA") or "")
    if "://" in named:
        from store.urls import sqlite_file

        file = sqlite_file(named)
        return config.parent / "canh-data" if file is None else file.parent
    return Path(named).expanduser() if named else config.parent / "canh-data"


def data_home(config: Path) -> Path:
    """Where files stand of a record that a server has: $STATE_DIRECTORY of systemd, else beside
    the configuration."""
    state = _environ("STATE_DIRECTORY")
    return Path(state.partition(":")[0]) if state else config.parent / "canh-data"


def record_url(args: argparse.Namespace, config: Path) -> str:
    """Where the record is: a file in the data folder, or the database that --data names by URL."""
    named = str(args.data or _environ("CANH_DATA") or "")
    if "://" in named:
        return named
    from store.urls import sqlite_url

    return sqlite_url(data_dir(args, config) / RECORD)


def load(args: argparse.Namespace) -> Network:
    """The network; on errors prints every problem and ends with 1."""
    return load_from(locate(args))[0]


def load_from(path: Path) -> tuple[Network, tuple[str, ...]]:
    """The network, and the patterns by which its file names others; likewise."""
    from inventory.sites_toml import read  # not for those that ask the record alone

    reading = read(path)
    if reading.network is None:
        for problem in reading.problems:
            sys.stderr.write(f"{problem}\n")
        raise SystemExit(1)
    return reading.network, reading.includes


def _environ(name: str) -> str | None:
    return os.environ.get(name) or None


def _xdg() -> Path:
    """$XDG_CONFIG_HOME, which counts only when absolute (XDG Base Directory), else ~/.config."""
    named = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    return named if named.is_absolute() else Path("~/.config").expanduser()


def _refuse(why: str) -> NoReturn:
    sys.stderr.write(f"canh: {why}\n")
    raise SystemExit(2)

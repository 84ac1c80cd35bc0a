"""`canh init`: writes a commented sites.toml to start from."""

from __future__ import annotations

import argparse
import sys
from importlib import resources
from pathlib import Path


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", nargs="?", default=".", help="default: here")


def run(args: argparse.Namespace) -> int:
    """0: written; 1: there is one already, or the folder cannot be written."""
    path = Path(args.dir) / "sites.toml"
    text = resources.files("inventory").joinpath("starter.toml").read_text("utf-8")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return _fail(f"{path} is there already; move it away first, or name another folder")
    except OSError as error:
        return _fail(f"{path} cannot be written: {error.strerror}")
    sys.stderr.write(f"wrote {path}; put your network into it, then: canh check --config {path}\n")
    return 0


def _fail(why: str) -> int:
    sys.stderr.write(f"canh: {why}\n")
    return 1

"""`canh init`: writes a commented sites.toml to start from, and the units of a province."""

from __future__ import annotations

import argparse
import json
import re
import sys
from importlib import resources
from pathlib import Path

from inventory.acts import Act, provinces, read_act, shipped
from inventory.edition import Edition
from inventory.reorganise import draft
from inventory.schema import DIRECTIVE, FILE, schema
from inventory.toml_text import table_text
from inventory.written import write_all

UNITS = "units.toml"
_EXAMPLES = re.compile(r"^# ---- Đơn vị hành chính.*?(?=^# ---- )", re.MULTILINE | re.DOTALL)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dir", metavar="DIR", nargs="?", default=".", help="default: here")
    parser.add_argument(
        "--units",
        action="store_true",
        help=f"also write {UNITS}: the units of Quảng Ngãi and Kon Tum, from 2020 to today",
    )


def run(args: argparse.Namespace) -> int:
    """0: written; 1: there is one already, or the folder cannot be written."""
    path = Path(args.dir) / "sites.toml"
    starter = resources.files("inventory").joinpath("starter.toml").read_text("utf-8")
    text = f"{DIRECTIVE}\n{starter}"
    files: dict[Path, str | bytes] = {path: text}
    if args.units:
        include = f'include = ["{UNITS}"]             '
        bare = _EXAMPLES.sub("", text).replace('# include = ["sites.d/*.toml"]', include, 1)
        files = {path.with_name(UNITS): units_text(), path: bare}
    files[path.with_name(FILE)] = json.dumps(schema(), ensure_ascii=False, indent=1) + "\n"
    for target in files:
        if target.exists():
            return _fail(f"{target} is there already; move it away first, or name another folder")
    try:
        write_all(files)
    except OSError as error:
        return _fail(f"{error.filename} cannot be written: {error.strerror}")
    for target in files:
        sys.stderr.write(f"wrote {target}\n")
    sys.stderr.write(f"put your network into it, then: canh check --config {path}\n")
    return 0


def units_text() -> str:
    """All units that come along, with what the acts made of them."""
    tables = [table_text("[[unit]]", unit) for units in provinces().values() for unit in units]
    path = Path(UNITS).resolve()
    edition = Edition(path, {path: "\n\n".join(tables) + "\n"})
    for file in shipped().values():
        act = read_act(file)
        assert isinstance(act, Act)
        problems = draft(edition, act, {}).problems
        assert not problems, problems
        edition = edition.again()
    return _HEAD + edition.texts()[path]


_HEAD = """\
# Các đơn vị hành chính của Quảng Ngãi và Kon Tum từ năm 2020 đến nay; tên và mã là thật.
# The units of Quảng Ngãi and Kon Tum from 2020 to today; names and codes are real.

"""


def _fail(why: str) -> int:
    sys.stderr.write(f"canh: {why}\n")
    return 1

"""Runs `canh` as a user does: a process of its own, in a folder with a sites.toml."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

NETWORK = """\
[network]
name = "Mạng thử"
timezone = "Asia/Ho_Chi_Minh"
"""
PLACES = """
[[unit]]
id = "51"
code = "51"
name = "Tỉnh Quảng Ngãi"
level = "province"

[[site]]
id = "p"
name = "Trung tâm Dữ liệu tỉnh"
unit = "51"

[[site]]
id = "d"
name = "Ủy ban nhân dân thành phố Quảng Ngãi"
unit = "51"
uplink = ["p"]
"""
SITES = f"""\
{NETWORK}
anchor = ["r1"]

[defaults]
ping_interval_s = 1
ping_timeout_s = 0.5
{PLACES}
[[device]]
id = "r1"
site = "p"
role = "router"
address = "127.77.0.1"

[[device]]
id = "r2"
site = "d"
role = "router"
address = "127.77.0.2"
"""


def folder(path: Path, text: str = SITES) -> Path:
    (path / "sites.toml").write_text(text, "utf-8")
    return path


def start(where: Path, *words: str, **about: Any) -> subprocess.Popen[str]:
    """The command in `where`, its output kept apart."""
    home = Path(__file__).parents[2]
    env = {k: v for k, v in os.environ.items() if not k.startswith("CANH_")}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "cli.main", *words],
        cwd=where,
        env=env | {"PYTHONPATH": str(home), "XDG_CONFIG_HOME": str(where)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **about,
    )


def canh(where: Path, *words: str, **about: Any) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of the finished command."""
    process = start(where, *words, **about)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def answer(where: Path, *words: str) -> Any:
    """The JSON document of a command that must succeed."""
    code, out, err = canh(where, *words, "--json")
    assert code == 0, err
    return json.loads(out)

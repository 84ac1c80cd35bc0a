"""The tutorial is carried out as it is written: every command, on loopback, with what it prints."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, blocks

PAGE = DOCS / "tutorial.md"
INSTALL = "pip install"  # its block is not for a test: CI installs the wheel as a stranger
SCREENS = ("canh board", "canh serve")  # they stay open until somebody leaves them
UNTIL = {  # a command → what it must say in the end: the reader is told to wait
    "canh status": "devices  up 3",
    "canh outages --open": "site office",
    "canh outages": "first_good|down .* office-router .*→ 20",
}
PATIENCE_S = 500
pytestmark = pytest.mark.timeout(PATIENCE_S + 60)  # its waits are those of a reader
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+\d\d:\d\d")
NUMBER = re.compile(r"^ +\d+ ")


def steps() -> list[tuple[str, list[str]]]:
    """(command, what the page says that it prints), in order."""
    found: list[tuple[str, list[str]]] = []
    for block in blocks(PAGE):
        if block.language != "console" or INSTALL in block.text:
            continue
        for line in block.text.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def script(folder: Path) -> str:
    """A shell script of the whole tutorial; each command's output goes to a file of its number."""
    [settings] = [block.text for block in blocks(PAGE) if block.language == "toml"]
    (folder / "wanted.toml").write_text(settings, "utf-8")
    lines = ["set -e", "trap 'kill $(cat *.pid) 2>/dev/null' EXIT"]
    for number, (command, _) in enumerate(steps()):
        out = folder / f"out-{number}"
        if command in SCREENS:
            lines.append(f"{command} --help > {out}")
        elif command in UNTIL:
            seen = f"{command} > {out} 2>&1; grep -Eq '{UNTIL[command]}' {out}"
            lines.append(f"until {seen}; do sleep 1; done")
        elif command.endswith(".pid") or command.startswith(("cd ", "kill ")):
            lines.append(command)
        else:
            lines.append(f"{command} > {out} 2>&1")
        if command == "cd net":
            lines.append(f"cp {folder}/wanted.toml sites.toml")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tutorial")
    canh = folder / "bin" / "canh"
    canh.parent.mkdir()
    canh.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m cli.main "$@"\n')
    canh.chmod(0o755)
    ran = subprocess.run(
        ["bash", "-c", script(folder)],
        cwd=folder,
        env={"PATH": f"{canh.parent}:/usr/bin:/bin", "PYTHONPATH": str(ROOT), "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return folder


def test_the_tutorial_prints_what_it_says(done: Path) -> None:
    told = 0
    for number, (command, wanted) in enumerate(steps()):
        if wanted:
            printed = (done / f"out-{number}").read_text("utf-8")
            lines = [one for one in printed.splitlines() if not one.startswith("canh report: ")]
            assert _bare(lines) == _bare(wanted), command
            told += 1
    assert told >= 4


def test_the_tutorial_ends_with_a_report_of_the_pulled_cable(done: Path) -> None:
    report = (done / "net" / "month.html").read_text("utf-8")
    for told in ("office-router", "phường Lê Hồng Phong", "đứt cáp quang", "Nối lại cáp"):
        assert told in report


def test_the_page_of_json_names_the_keys_that_are_printed(done: Path) -> None:
    page = (DOCS / "json.md").read_text("utf-8")
    for command in ("status", "outages"):
        printed = subprocess.run(
            [sys.executable, "-P", "-m", "cli.main", command, "--json"],
            cwd=done / "net",
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            check=True,
        )
        document = json.loads(printed.stdout)
        keys = {
            key
            for things in document.values()
            if isinstance(things, list)
            for one in things
            if isinstance(one, dict)
            for key in one
        }
        assert [key for key in sorted(keys) if f"`{key}`" not in page] == []


def _bare(lines: list[str]) -> list[str]:
    """Without moments and numbers of outages; what was written in one moment has no order."""
    return sorted(NUMBER.sub("# ", MOMENT.sub("T", line)).rstrip() for line in lines if line)

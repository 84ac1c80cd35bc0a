"""Claims about the project itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

from cli.main import COMMANDS
from docs.reference import PAGES
from inventory.phrases import LANGUAGES, say, table

HOME = Path(__file__).parents[2]
ROOMS = ("wire", "inventory", "store", "probes", "reports", "tui", "demo", "cli")
SOURCES = sorted(path for room in ROOMS for path in (HOME / room).rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(HOME)))
def test_the_first_line_of_a_file_says_its_job(path: Path) -> None:
    text = path.read_text("utf-8")
    doc = ast.get_docstring(ast.parse(text))
    assert text.startswith('"""'), path
    assert doc
    assert doc.splitlines()[0].endswith((".", ":", ";", ","))


def test_no_file_is_so_long_that_it_is_two_rooms() -> None:
    long = {
        str(path.relative_to(HOME)): len(path.read_text("utf-8").splitlines()) for path in SOURCES
    }
    assert {name: lines for name, lines in long.items() if lines > 410} == {}


@pytest.mark.parametrize("page", PAGES)
def test_the_reference_pages_are_up_to_date(page: str) -> None:
    if page.startswith("commands.") and sys.version_info[:2] != (3, 11):
        pytest.skip("argparse words its help differently in each Python; the page is that of 3.11")
    assert (HOME / "docs" / page).read_text("utf-8") == PAGES[page](), "run: make reference"


def test_every_command_stands_in_the_docs() -> None:
    told = (HOME / "docs/commands.md").read_text("utf-8")
    assert all(f"## `canh {name}`" in told for name in COMMANDS)


def test_every_phrase_has_both_languages_with_the_same_places() -> None:
    for key, texts in table().items():
        assert set(texts) == set(LANGUAGES)
        places = [sorted(re.findall(r"{(\w+)", text)) for text in texts.values()]
        assert places[0] == places[1], key
        assert say("vi", key)


def test_every_phrase_key_that_the_code_names_exists() -> None:
    named = set()
    for path in SOURCES:
        named |= set(re.findall(r'say\(\s*[\w.]+,\s*"([\w.]+)"', path.read_text("utf-8")))
    assert named
    assert named - table().keys() == set()


def test_lock_files_carry_hashes_and_no_index_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (HOME / name).read_text()
        assert "://" not in text
        pins = re.findall(r"^[a-z0-9._-]+(?:\[[a-z,]+\])?==", text, re.MULTILINE)
        assert len(pins) > 40
        assert text.count("--hash=sha256:") >= len(pins)


def test_every_direct_dependency_stands_in_the_lock() -> None:
    project = tomllib.loads((HOME / "pyproject.toml").read_text())["project"]
    lock = (HOME / "requirements.txt").read_text()
    for wanted in project["dependencies"]:
        name = re.split(r"[<>=\[]", wanted)[0]
        assert re.search(rf"^{re.escape(name)}(\[.*\])?==", lock, re.MULTILINE), name


def test_pictures_and_pages_that_the_readme_names_exist() -> None:
    told = (HOME / "README.md").read_text("utf-8")
    for target in re.findall(r"\]\(([^)#]+)\)", told):
        assert (HOME / target).exists(), target


def test_make_alone_lists_its_targets() -> None:
    done = subprocess.run(["make"], cwd=HOME, capture_output=True, text=True, check=True)
    for target in ("demo", "test", "check", "bench", "soak", "lock"):
        assert re.search(rf"^{target}\s", done.stdout, re.MULTILINE)


def test_the_wheel_holds_what_the_program_reads_and_no_tests() -> None:
    [made] = WheelBuilder(str(HOME)).build(directory=str(HOME / "dist"), versions=["standard"])
    names = zipfile.ZipFile(made).namelist()
    for wanted in (
        "demo/sites.toml",
        "inventory/starter.toml",
        "inventory/phrases/report.tsv",
        "reports/templates/month.html.j2",
        "reports/templates/web/board.html.j2",
        "reports/web/static/page.js",
        "store/migrations/versions/0001_the_first_schema.py",
    ):
        assert wanted in names
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", "docs/"))]
    Path(made).unlink()

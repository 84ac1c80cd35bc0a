"""The JSON Schema takes what `canh check` takes, and marks the slips that an editor can see."""

from __future__ import annotations

import json
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from cli.main import main
from inventory.schema import DIRECTIVE, FILE, schema
from inventory.tables import TABLES

VALIDATOR = Draft7Validator(schema())
HEAD = '[network]\nname = "m"\ntimezone = "UTC"\n'


def faults(text: str) -> list[str]:
    """Dates are strings to a schema."""
    found: Any = json.loads(json.dumps(tomllib.loads(text), default=str))
    return [error.message for error in VALIDATOR.iter_errors(found)]


def test_it_is_a_schema_and_knows_every_key() -> None:
    Draft7Validator.check_schema(schema())
    known = schema()["properties"]
    assert known.keys() == TABLES.keys()
    for name, table in TABLES.items():
        one = known[name].get("items") or known[name]
        one = one["additionalProperties"] if table.shape == "named" else one
        assert one["properties"].keys() == table.keys.keys()
        assert all(" · " in key["description"] for key in one["properties"].values())


@pytest.mark.parametrize("name", ["every_key", "sites", "starter"])
def test_sound_files_pass(name: str) -> None:
    paths = {
        "every_key": Path(__file__).with_name("every_key.toml"),
        "sites": Path("sites.toml"),
        "starter": Path(str(resources.files("inventory").joinpath("starter.toml"))),
    }
    assert faults(paths[name].read_text("utf-8")) == []


@pytest.mark.parametrize(
    "slip",
    [
        '[[site]]\nid = "a"\nname = "A"\nunit = "u"\ncomunity = "x"\n',
        '[[site]]\nid = "a"\nname = "A"\n',
        '[[sites]]\nid = "a"\n',
        '[[link]]\nid = "l"\na = "x"\nb = "y"\nmedium = "fiber"\n',
        '[[device]]\nid = "d"\nsite = "s"\nrole = "r"\nsnmp = true\n',
        '[[device]]\nid = 7\nsite = "s"\nrole = "r"\n',
        "[traps]\nlisten = 162\n",
        '[site]\nid = "a"\n',
    ],
)
def test_slips_are_marked(slip: str) -> None:
    assert faults(HEAD + slip)


def test_init_writes_it_beside_the_file_that_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path)]) == 0
    assert (tmp_path / "sites.toml").read_text("utf-8").splitlines()[0] == DIRECTIVE
    assert json.loads((tmp_path / FILE).read_text("utf-8")) == schema()

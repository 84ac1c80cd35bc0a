"""`canh check` and `canh init` as a person uses them, and where the configuration is looked for."""

from __future__ import annotations

import argparse
import json
import resource
from pathlib import Path

import pytest

from cli import config
from cli.main import main
from tests.inventory.small import SOUND


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to stand in, and no configuration of the machine's own."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("CANH_CONFIG", "CANH_DATA", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    return folder


def put(path: Path, text: str = SOUND) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def args(config: Path | None = None, data: Path | None = None) -> argparse.Namespace:
    named = {"config": config, "data": data}
    return argparse.Namespace(**{key: value and str(value) for key, value in named.items()})


Captured = pytest.CaptureFixture[str]


def test_init_writes_a_file_that_check_finds_sound(capsys: Captured) -> None:
    assert main(["init"]) == 0
    assert main(["check"]) == 0
    out, told = capsys.readouterr()
    assert out == ""
    assert "0 errors, 0 warnings; 3 units, 2 sites, 4 devices, 1 link, 1 service" in told


def test_init_makes_the_folder_and_never_overwrites(nowhere: Path, capsys: Captured) -> None:
    assert main(["init", "a/b"]) == 0
    path = nowhere / "a" / "b" / "sites.toml"
    path.write_text("mine")
    assert main(["init", "a/b"]) == 1
    assert path.read_text() == "mine"
    assert "is there already" in capsys.readouterr().err


def test_init_says_why_it_cannot_write(nowhere: Path, capsys: Captured) -> None:
    put(nowhere / "file")
    assert main(["init", "file/sub"]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_init_on_a_full_disk_leaves_nothing(nowhere: Path, capsys: Captured) -> None:
    assert main(["init", "whole"]) == 0
    sizes = [path.stat().st_size for path in (nowhere / "whole").iterdir()]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max(sizes) - 1, hard))
    try:
        assert main(["init", "full"]) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "cannot be written" in capsys.readouterr().err
    assert not list((nowhere / "full").iterdir())


def test_check_prints_problems_on_stdout_and_counts_on_stderr(
    nowhere: Path, capsys: Captured
) -> None:
    put(nowhere / "sites.toml", SOUND.replace('unit = "522"', 'unit = "523"\nnmae = 1'))
    assert main(["check"]) == 1
    out, told = capsys.readouterr()
    assert out.splitlines() == [
        'sites.toml:31: site "hub": unit: there is no unit "523"; did you mean "522"?',
        'sites.toml:32: site "hub": unknown key "nmae"; did you mean "name"?',
    ]
    assert told == "sites.toml: 2 errors, 0 warnings\n"


def test_check_exits_0_on_warnings_alone(nowhere: Path, capsys: Captured) -> None:
    put(nowhere / "sites.toml", SOUND.replace('anchor = ["dc-r"]\n', ""))
    assert main(["check"]) == 0
    assert capsys.readouterr().out.startswith("sites.toml:1: [network]: warning: no anchor")


def test_check_json_is_one_document(nowhere: Path, capsys: Captured) -> None:
    put(nowhere / "sites.toml", SOUND.replace('unit = "522"', 'unit = "523"'))
    assert main(["check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "problems": [
            {
                "file": "sites.toml",
                "line": 31,
                "thing": 'site "hub"',
                "what": 'unit: there is no unit "523"',
                "hint": 'did you mean "522"?',
                "level": "error",
            }
        ],
        "errors": 1,
        "warnings": 0,
    }


def test_the_configuration_is_looked_for_in_order(
    nowhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = put(tmp_path / "home" / ".config" / "canh" / "sites.toml")
    assert config.locate(args()) == home
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "xdg"))
    xdg = put(tmp_path / "xdg" / "canh" / "sites.toml")
    assert config.locate(args()) == xdg
    put(nowhere / "sites.toml")
    assert config.locate(args()) == Path("sites.toml")
    monkeypatch.setenv("CANH_CONFIG", str(put(tmp_path / "env.toml")))
    assert config.locate(args()) == tmp_path / "env.toml"
    assert config.locate(args(put(tmp_path / "flag.toml"))) == tmp_path / "flag.toml"


def test_where_there_is_none_the_error_lists_every_place(capsys: Captured, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        config.locate(args())
    assert ended.value.code == 2
    told = capsys.readouterr().err
    home = tmp_path / "home" / ".config" / "canh" / "sites.toml"
    for place in ("--config", "$CANH_CONFIG", "./sites.toml", str(home), "/etc/canh/sites.toml"):
        assert place in told
    assert told.count("\n") == 1


def test_a_named_file_that_is_not_there_is_never_replaced_by_another(
    nowhere: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(nowhere / "sites.toml")
    assert_ends_with_2(args(Path("none.toml")))
    monkeypatch.setenv("CANH_CONFIG", "none.toml")
    assert_ends_with_2(args())
    assert "$CANH_CONFIG: there is no file none.toml" in capsys.readouterr().err


def assert_ends_with_2(given: argparse.Namespace) -> None:
    with pytest.raises(SystemExit) as ended:
        config.locate(given)
    assert ended.value.code == 2


def test_data_stands_beside_the_configuration_unless_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sites.toml"
    assert config.data_dir(args(), path) == tmp_path / "canh-data"
    monkeypatch.setenv("CANH_DATA", "/srv/canh")
    assert config.data_dir(args(), path) == Path("/srv/canh")
    assert config.data_dir(args(data=Path("/flag")), path) == Path("/flag")


def test_load_gives_the_network_or_prints_every_problem_and_ends_with_1(
    nowhere: Path, capsys: Captured
) -> None:
    put(nowhere / "sites.toml")
    assert config.load(args()).name == "Tỉnh"
    put(nowhere / "sites.toml", SOUND.replace('unit = "522"', 'unit = "523"\nnmae = 1'))
    with pytest.raises(SystemExit) as ended:
        config.load(args())
    assert ended.value.code == 1
    assert len(capsys.readouterr().err.splitlines()) == 2

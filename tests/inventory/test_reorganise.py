"""`canh reorganise`: a preview writes nothing, acts fit, refusals name the cure."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import main
from inventory.sites_toml import read

FILES = """\
[network]
name = "Mạng"
timezone = "Asia/Ho_Chi_Minh"
anchor = []

# the province
[[unit]]
id = "p"
code = "51"
name = "Tỉnh"
level = "province"

[[unit]]
id = "d"
code = "522"
name = "Huyện"
level = "district"
parent = "p"

[[unit]]
id = "a"
code = "1"
name = "Xã A"   # as people write it
level = "commune"
parent = "d"

[[unit]]
id = "b"
code = "2"
name = "Xã B"
level = "commune"
parent = "d"

# offices
[[site]]
id = "s-a"
name = "UBND xã A"
unit = "a"
uplink = ["s-d"]

[[site]]
id = "s-b"
name = "UBND xã B"
unit = "b"

[[site]]
id = "s-d"
name = "UBND huyện"
unit = "d"
"""
ACT = '[act]\nname = "Nghị quyết 1"\nvalid_from = 2025-07-01\n'
MERGE = """\
[[unit]]
id = "n"
code = "1"
name = "Xã N"
level = "commune"
parent = "p"
of = ["a", "b"]
"""
UP = '[[change]]\nid = "p"\nof = ["d"]\n'
SPLIT = MERGE.replace('"a", "b"', '"a"') + MERGE.replace('"n"', '"m"').replace('"a", "b"', '"a"')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sites.toml").write_text(FILES, "utf-8")
    return tmp_path


def run(folder: Path, act: str, *options: str) -> int:
    (folder / "act.toml").write_text(act, "utf-8")
    config = ("--config", str(folder / "sites.toml"))
    return main(["reorganise", str(folder / "act.toml"), *config, *options])


def test_a_preview_tells_all_and_writes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, ACT + MERGE + UP) == 0
    told = capsys.readouterr()
    assert (folder / "sites.toml").read_text("utf-8") == FILES
    assert "district      1 → 0" in told.out
    assert "commune       2 → 1" in told.out
    assert "begins   Xã N (n) of Xã A (a), Xã B (b)" in told.out
    assert "s-d UBND huyện: Huyện → Tỉnh, without links: retire it?" in told.out
    assert "nothing is written yet" in told.err


def test_an_applied_act_is_sound_keeps_comments_and_is_refused_a_second_time(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, ACT + MERGE + UP, "--apply") == 0
    path = folder / "sites.toml"
    text = path.read_text("utf-8")
    assert [line for line in FILES.split("\n") if line not in text.split("\n")] == []
    network = read(path).network
    assert network is not None
    assert network.units["n"].act == "Nghị quyết 1"
    assert network.units["a"].into == ("n",)
    capsys.readouterr()
    assert run(folder, ACT + MERGE + UP, "--apply") == 1
    assert "stands in the files already" in capsys.readouterr().err
    assert path.read_text("utf-8") == text


def test_json_has_every_site(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, ACT + MERGE + UP, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["units"]["commune"] == {"before": 2, "after": 1}
    assert [(one["id"], one["to"], one["level"]) for one in found["sites"]] == [
        ("s-a", "n", "commune"),
        ("s-b", "n", "commune"),
        ("s-d", "p", "transit"),
    ]
    assert found["applied"] is False


def test_a_site_of_a_split_unit_must_say_where_it_stands(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, ACT + SPLIT, "--apply") == 1
    assert 'site "s-a" stands in "a", split into n, m; say where: --place s-a=n' in (
        capsys.readouterr().err
    )
    assert (folder / "sites.toml").read_text("utf-8") == FILES
    assert run(folder, ACT + SPLIT, "--apply", "--place", "s-a=m") == 0
    network = read(folder / "sites.toml").network
    assert network is not None
    assert network.sites["s-a"].unit == "m"
    assert [(one.site, one.unit) for one in network.placements] == [("s-a", "a")]


def test_an_act_may_say_itself_where_a_site_stands(folder: Path) -> None:
    move = '[[site]]\nid = "s-a"\nunit = "m"\n'
    assert run(folder, ACT + SPLIT + move, "--apply") == 0


def test_a_site_that_moved_or_was_retired_by_the_day_is_not_in_the_way_of_a_split(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = 'id = "s-a"\nretired = 2025-07-01'
    moved = '[[placement]]\nsite = "s-b"\nunit = "a"\nvalid_to = 2025-07-01\n'
    files = FILES.replace('id = "s-a"', gone) + moved
    (folder / "sites.toml").write_text(files, "utf-8")
    assert run(folder, ACT + SPLIT, "--apply", "--json") == 0
    assert json.loads(capsys.readouterr().out)["sites"] == []
    assert read(folder / "sites.toml").network is not None


def test_a_site_that_moves_on_the_day_of_its_move_moves_once(folder: Path) -> None:
    moved = '[[placement]]\nsite = "s-a"\nunit = "b"\nvalid_to = 2025-07-01\n'
    (folder / "sites.toml").write_text(FILES + moved, "utf-8")
    assert run(folder, ACT + SPLIT, "--apply", "--place", "s-a=m") == 0
    network = read(folder / "sites.toml").network
    assert network is not None
    assert network.sites["s-a"].unit == "m"
    assert [(one.site, one.unit) for one in network.placements] == [("s-a", "b")]


def test_a_unit_that_goes_on_tells_what_it_takes_up(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, ACT + UP) == 0
    assert "changes  Tỉnh (p): takes up Huyện (d)" in capsys.readouterr().out


@pytest.mark.parametrize(("stranger", "told"), [("608", "--with 62 adds"), ("x-1", "be found\n")])
def test_units_of_a_province_that_comes_along_are_offered(
    stranger: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, ACT + MERGE.replace('"a", "b"', f'"a", "{stranger}"')) == 0
    assert told in capsys.readouterr().out


LATER = FILES.replace('id = "b"\n', 'id = "b"\nvalid_to = 2026-01-01\ninto = ["a"]\n', 1)
PLACED = FILES + '[[placement]]\nsite = "s-a"\nunit = "b"\nvalid_to = 2026-01-01\n'
INLINE = (
    'unit = [{id = "p", code = "51", name = "T", level = "province"},'
    ' {id = "a", code = "1", name = "A", level = "commune", parent = "p"},'
    ' {id = "b", code = "2", name = "B", level = "commune", parent = "p"}]\n'
    + FILES.split("# the province")[0]
)


@pytest.mark.parametrize(
    ("files", "act", "told"),
    [
        (LATER, ACT + MERGE + UP, 'unit "b" ends on 2026-01-01 in the files'),
        (LATER, ACT + '[[change]]\nid = "b"\nname = "B2"\n', "ends on 2026-01-01 in the files"),
        (PLACED, ACT + SPLIT.replace('"a"', '"b"'), 'site "s-a" has a [[placement]] after'),
        (INLINE, ACT + MERGE, "is written inline"),
    ],
)
def test_what_would_be_lost_or_undone_is_refused(
    files: str, act: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "sites.toml").write_text(files, "utf-8")
    places = ("--place", "s-a=m", "--place", "s-b=m") if "placement" in told else ()
    assert run(folder, act, "--apply", *places) == 1
    assert told in capsys.readouterr().err
    assert (folder / "sites.toml").read_text("utf-8") == files


def test_a_second_act_of_one_day_tells_its_own_work_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, ACT + MERGE, "--apply") == 0
    capsys.readouterr()
    assert run(folder, ACT + UP, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["begins"] == []
    assert [one["id"] for one in found["ends"]] == ["d"]
    assert [one["id"] for one in found["sites"]] == ["s-d"]


def test_rows_of_a_unit_may_stand_in_any_order(folder: Path) -> None:
    newer = '[[unit]]\nid = "b"\ncode = "2"\nname = "Xã B"\nlevel = "commune"\nparent = "d"\n'
    newer += "valid_from = 2020-01-01\n\n"
    old = FILES.replace('name = "Xã B"\n', 'name = "Xã B cũ"\nvalid_to = 2020-01-01\n')
    text = old.replace('[[unit]]\nid = "b"', f'{newer}[[unit]]\nid = "b"')
    (folder / "sites.toml").write_text(text, "utf-8")
    assert run(folder, ACT + MERGE + UP, "--apply") == 0
    network = read(folder / "sites.toml").network
    assert network is not None
    assert network.units["b"].into == ("n",)


def test_units_of_another_province_come_along_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(Path("sites.toml").read_text("utf-8"), "utf-8")
    words = ["1677", "--with", "62", "--place", "c-o-21142=21157-202507", "--config", str(path)]
    assert main(["reorganise", *words, "--apply"]) == 0
    assert main(["reorganise", *words]) == 1
    assert "stands in the files already" in capsys.readouterr().err


REFUSED = {
    "no act": (MERGE, "does not say which act it is"),
    "unknown key": (ACT + MERGE + 'off = ["a"]\n', 'did you mean "of"?'),
    "no toml": (ACT + "[[unit]\n", "not valid TOML"),
    "unknown unit": (ACT + '[[change]]\nid = "x"\nname = "X"\n', 'there is no unit "x"'),
    "unknown parent": (ACT + MERGE.replace('"p"', '"q"'), 'there is no unit "q"'),
    "id in use": (
        ACT + MERGE.replace('"n"', '"b"').replace(', "b"]', "]"),
        'unit "b" is there already',
    ),
    "twice": (ACT + MERGE + MERGE, "the unit stands already"),
    "into itself": (ACT + '[[change]]\nid = "a"\nof = ["a"]\n', "cannot pass into itself"),
    "made and ended in one act": (
        ACT + MERGE + MERGE.replace('"n"', '"m"').replace('"a", "b"', '"n"'),
        'of: "n" begins in this act',
    ),
    "a parent that ends": (ACT + UP + MERGE.replace('"p"', '"d"'), 'no unit "d" on 2025-07-01'),
    "a day before all days": (
        ACT.replace("2025-07-01", "0001-01-01") + '[[change]]\nid = "x"\n',
        'no unit "x"',
    ),
    "a site into what is not there": (
        ACT + MERGE + '[[site]]\nid = "s-d"\nunit = "x"\n',
        'cannot stand in "x"',
    ),
    "a site twice": (
        ACT + MERGE + 2 * '[[site]]\nid = "s-d"\nunit = "p"\n',
        "the site stands already",
    ),
    "unknown site": (ACT + MERGE + '[[site]]\nid = "s-x"\nunit = "n"\n', 'no site "s-x"'),
    "below its own tier": (
        ACT + '[[change]]\nid = "b"\nparent = "a"\n',
        'a commune cannot belong to "a", a commune',
    ),
}


@pytest.mark.parametrize("fault", REFUSED)
def test_what_does_not_fit_is_refused_with_its_place(
    fault: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    act, wanted = REFUSED[fault]
    assert run(folder, act, "--apply") == 1
    told = capsys.readouterr()
    assert wanted in told.err
    assert told.out == ""
    assert (folder / "sites.toml").read_text("utf-8") == FILES


def test_an_unknown_act_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reorganise", "1678", "--config", "sites.toml"]) == 2
    assert 'did you mean "1677"?' in capsys.readouterr().err


def test_init_writes_the_units_of_today_with_all_that_they_were(tmp_path: Path) -> None:
    assert main(["init", "--units", str(tmp_path)]) == 0
    found = read(tmp_path / "sites.toml", secrets=False)
    assert [one for one in found.problems if "secret" not in one.what] == []
    assert found.network is not None
    standing = [unit for unit in found.network.units.values() if unit.valid_to is None]
    assert len(standing) == 97
    assert main(["init", str(tmp_path)]) == 1

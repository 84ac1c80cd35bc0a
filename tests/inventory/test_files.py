"""Several files make one network; each that cannot be read says so and hides no other."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from inventory import topology
from inventory.model import Network
from inventory.sites_toml import Reading, read
from tests.inventory.small import SOUND, only, reading

INCLUDING = SOUND.replace("[network]\n", '[network]\ninclude = ["sites.d/*.toml"]\n')
CLINIC = '[[site]]\nid = "clinic"\nname = "Trạm y tế"\nunit = "522"\nuplink = ["hub"]\n'


def with_parts(folder: Path, **parts: str) -> Reading:
    (folder / "sites.d").mkdir()
    for name, text in parts.items():
        (folder / "sites.d" / f"{name}.toml").write_text(text, "utf-8")
    return reading(folder, INCLUDING)


def sound(found: Reading) -> Network:
    assert found.problems == ()
    assert found.network is not None
    return found.network


def test_included_files_belong_to_the_network(tmp_path: Path) -> None:
    network = sound(with_parts(tmp_path, b=CLINIC.replace("clinic", "b"), a=CLINIC))
    assert list(network.sites) == ["dc", "hub", "clinic", "b"]


def test_problems_of_all_files_are_told_at_once_each_with_its_file(tmp_path: Path) -> None:
    found = with_parts(
        tmp_path, a=CLINIC.replace("522", "523"), b="\n" + CLINIC, c=CLINIC + "nmae = 1"
    )
    told = [str(problem).replace(f"{tmp_path}/", "") for problem in found.problems]
    assert told == [
        'sites.d/a.toml:4: site "clinic": unit: there is no unit "523"; did you mean "522"?',
        'sites.d/b.toml:3: site "clinic": the id stands already at sites.d/a.toml:1',
        'sites.d/c.toml:2: site "clinic": the id stands already at sites.d/a.toml:1',
        'sites.d/c.toml:6: site "clinic": unknown key "nmae"; did you mean "name"?',
    ]


def test_a_file_that_is_no_toml_is_told_with_its_line_and_the_others_are_still_checked(
    tmp_path: Path,
) -> None:
    found = with_parts(
        tmp_path, a=CLINIC + "kind = office\n", b=CLINIC.replace("clinic", "x") + "nmae = 1\n"
    )
    told = [str(problem).removeprefix(f"{tmp_path}/") for problem in found.problems]
    assert told[0].startswith("sites.d/a.toml:6: not valid TOML: ")
    assert told[1].startswith('sites.d/b.toml:6: site "x": unknown key "nmae"')
    assert len(told) == 2


def test_ids_of_a_broken_file_do_not_make_the_others_dangle(tmp_path: Path) -> None:
    user = '[[device]]\nid = "x"\nsite = "clinic"\nrole = "ups"\n'
    found = with_parts(tmp_path, a=CLINIC + "kind = \n", b=user)
    assert only(found).file.endswith("a.toml")


def test_ids_of_a_file_in_another_encoding_do_not_make_the_others_dangle(tmp_path: Path) -> None:
    (tmp_path / "sites.d").mkdir()
    (tmp_path / "sites.d" / "a.toml").write_bytes(b'id = "clinic"\n\xff')
    user = '[[device]]\nid = "x"\nsite = "clinic"\nrole = "ups"\n'
    (tmp_path / "sites.d" / "b.toml").write_text(user)
    assert only(reading(tmp_path, INCLUDING)).what == "is not UTF-8"


def test_names_of_files_cannot_steer_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "sites.d").mkdir()
    (tmp_path / "sites.d" / "\x1b[31m.toml").write_text("x")
    assert str(only(reading(tmp_path, INCLUDING))).isprintable()


def test_an_unclosed_text_is_told_at_the_end_of_the_file(tmp_path: Path) -> None:
    told = only(reading(tmp_path, SOUND + 'x = """\n\n'))
    assert told.line == SOUND.count("\n") + 3


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 5000, "x = " + "9" * 5000, "x = 0x" + "f" * 9000, "a." * 3000 + "b=1"]
)
def test_monstrous_values_are_problems_too(tmp_path: Path, text: str) -> None:
    found = reading(tmp_path, text)
    assert found.network is None
    assert found.problems


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "sites.toml"
    path.write_bytes(b'[network]\nname = "T\xf9"\n')
    assert str(only(read(path))) == f"{path}:2: is not UTF-8; save it as UTF-8"


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    assert only(read(tmp_path / "none.toml")).what == "cannot be read: No such file or directory"
    assert only(read(tmp_path)).what == "cannot be read: Is a directory"


def test_an_empty_file_lacks_the_network(tmp_path: Path) -> None:
    assert "no table [network]" in only(reading(tmp_path, "")).what


def test_a_pattern_may_match_nothing_and_a_file_that_includes_itself_is_read_once(
    tmp_path: Path,
) -> None:
    text = SOUND.replace("[network]\n", '[network]\ninclude = ["sites.d/*", "*.toml"]\n')
    assert sound(reading(tmp_path, text)).devices.keys() == {"dc-r", "hub-r"}


@pytest.mark.parametrize("pattern", ["", "/", "..", "**", "a**b", "[", "\\u0000", "/etc/**/x.toml"])
def test_odd_patterns_raise_nothing(tmp_path: Path, pattern: str) -> None:
    text = SOUND.replace("[network]\n", f'[network]\ninclude = ["{pattern}"]\n')
    reading(tmp_path, text)


def test_the_fingerprint_covers_every_file(tmp_path: Path) -> None:
    before = sound(with_parts(tmp_path, a=CLINIC)).sha256
    (tmp_path / "sites.d" / "a.toml").write_text(CLINIC + "# x\n", "utf-8")
    assert sound(read(tmp_path / "sites.toml")).sha256 != before
    assert len(before) == 64


def test_text_typed_in_another_form_of_unicode_becomes_nfc(tmp_path: Path) -> None:
    text = unicodedata.normalize("NFD", SOUND.replace('"Cổng"', '"Ủy ban xã Bờ Y"'))
    assert text != unicodedata.normalize("NFC", text)
    service = sound(reading(tmp_path, text)).services["portal"]
    assert service.name == unicodedata.normalize("NFC", "Ủy ban xã Bờ Y")
    assert unicodedata.is_normalized("NFC", service.name)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    sound(reading(tmp_path, "\ufeff" + SOUND))


def test_a_long_chain_of_sites_without_gear_is_followed_to_its_end(tmp_path: Path) -> None:
    chain = [
        f'[[site]]\nid = "s{n}"\nname = "x"\nunit = "522"\nuplink = ["{upper}"]'
        for n, upper in enumerate(["dc", *(f"s{n}" for n in range(1499))])
    ]
    last = '[[device]]\nid = "end"\nsite = "s1499"\nrole = "cpe"\naddress = "192.0.2.9"'
    network = sound(reading(tmp_path, "\n".join([SOUND, *chain, last])))
    assert topology.build(network).ways["end"] == ((None, "dc-r"),)

"""The look-up over the record: two hundred questions, and everything that has a number."""

from __future__ import annotations

import random
import shutil
import unicodedata
from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from inventory import lookup
from inventory.acts import Act, read_act, shipped
from inventory.atlas import Atlas
from inventory.edition import Edition
from inventory.lookup import Entry, Hit, Index, Text
from inventory.model import Network
from inventory.reorganise import draft
from inventory.sites_toml import read
from store.changes import Batch, DeviceSaid, FactsSaid, Interface, ModuleFact
from store.reader import open_questions
from tests.store.keeping import NOW, bring, network, writing

QUESTIONS = Path("tests/inventory/queries.tsv")
RIGHT = 0.95
SPLIT = {"1279": {"c-o-21286": "21238"}, "1677": {"c-o-21142": "21157-202507"}}


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Network:
    """The sample after both acts, with Kon Tum's units."""
    folder = tmp_path_factory.mktemp("province")
    path = folder / "sites.toml"
    text = Path("sites.toml").read_text("utf-8")
    path.write_text(text.replace("anchor = ", 'include = ["62.toml"]\nanchor = ', 1), "utf-8")
    shutil.copy(str(resources.files("inventory").joinpath("units", "62.toml")), folder / "62.toml")
    for number, file in shipped().items():
        act = read_act(file)
        assert isinstance(act, Act)
        edition = Edition(path)
        assert draft(edition, act, SPLIT[number]).problems == []
        edition.write()
    network = read(path).network
    assert network is not None
    return network


@pytest.fixture(scope="module")
def index(province: Network, tmp_path_factory: pytest.TempPathFactory) -> Index:
    url = f"sqlite:///{tmp_path_factory.mktemp('record') / 'record.db'}"
    bring(url, province, NOW)
    return look(url)


def test_a_mac_is_found_by_its_beginning_and_its_pairs_are_no_words() -> None:
    texts = (Text("name", "Tủ ngoài trời"), Text("port Gi0/1", "00:1b:ba:da:de:12", 0.9))
    device = Entry("device", "x", "Tủ ngoài trời", "", texts)
    village = Entry("unit", "v", "Xã Ba Dê", "", (Text("name", "Xã Ba Dê"),))
    found = Index([device, village])
    for question in (
        "00:1b:ba:da:de:12",
        "001B-BADA-DE12",
        "001b.bada.de12",
        "00:1b:ba",
        "001b.ba",
    ):
        [hit] = found.find(question)
        assert (hit.entry.key, hit.text) == ("x", "00:1b:ba:da:de:12"), question
    for question in ("ba", "de", "ba de", "ba dê"):
        assert [hit.entry.key for hit in found.find(question)] == ["v"], question


def test_words_are_sorted_in_portions_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(4)
    words = ["".join(dice.choices("abđ0", k=dice.randrange(9))) for _ in range(3_000)]
    words = [*dict.fromkeys(words), *("z" * n for n in range(300))]
    monkeypatch.setattr(lookup, "_AT_ONCE", 3)
    order = lookup._order(words, range(len(words)))
    assert [words[place] for place in order] == sorted(words)


def look(url: str) -> Index:
    reader = open_questions(url)
    try:
        return reader.lookup()
    finally:
        reader.close()


def named(hits: list[Hit]) -> list[str]:
    return [f"{hit.entry.kind}:{hit.entry.key}" for hit in hits]


def test_the_first_hit_is_right_for_nearly_all_questions(index: Index) -> None:
    lines = QUESTIONS.read_text("utf-8").splitlines()
    asked = [line.split("\t") for line in lines if not line.startswith("#")]
    assert len(asked) >= 200
    wrong = [
        (kind, question, named(found))
        for kind, question, right in asked
        if not (found := index.find(question, 1)) or named(found)[0] not in right.split()
    ]
    assert len(wrong) <= (1 - RIGHT) * len(asked), wrong


def test_son_ha_finds_son_ha_and_son_ha_with_the_other_tone(index: Index) -> None:
    first = index.find("son ha", 6)
    assert {"unit:21289-202507", "unit:21292-202507"} == set(named(first[:2]))
    assert {"Xã Sơn Hà", "Xã Sơn Hạ"} == {hit.entry.name for hit in first[:2]}
    assert index.find("Sơn Hạ", 1)[0].entry.name == "Xã Sơn Hạ"
    assert index.find("Sơn Hà", 1)[0].entry.name == "Xã Sơn Hà"


def test_every_site_is_found_by_each_name_of_each_unit_that_it_stood_in(
    index: Index, province: Network
) -> None:
    atlas = Atlas.of(province)
    for site in province.sites.values():
        for stay in atlas.stays(site):
            for unit in atlas.rows[stay.unit]:
                found = {hit.entry.key: hit for hit in index.find(unit.name, 200)}
                if unit.level != "province":  # of which there are too many
                    assert site.id in found, (site.id, unit.name)


def test_a_name_in_another_normal_form_or_tone_place_is_the_same(index: Index) -> None:
    apart = unicodedata.normalize("NFD", "Lê Hồng Phong")
    assert named(index.find(apart, 1)) == named(index.find("Lê Hồng Phong", 1))
    assert named(index.find("Tịnh Hoà", 1))[0] in ("site:c-o-21187", "unit:21187")


def test_addresses_and_codes_with_the_same_digits_are_told_apart() -> None:
    def one(key: str, address: str, serial: str) -> Entry:
        texts = (Text("address", address), Text("serial", serial))
        return Entry("device", key, key, "", texts)

    found = Index([one("aa", "127.11.1.1", "AB-1-23"), one("zz", "127.1.11.1", "AB-12-3")])
    assert [hit.entry.key for hit in found.find("127.1.11.1")] == ["zz"]
    assert [hit.entry.key for hit in found.find("127.11.1.1")] == ["aa"]
    assert found.find("127.111.1") == []
    assert found.find("AB-12-3")[0].entry.key == "zz"
    assert found.find("AB-1-23")[0].entry.key == "aa"


def test_offices_are_found_by_their_usual_abbreviation(index: Index) -> None:
    assert index.find("UBND xã Sơn Hạ", 1)[0].entry.key == "c-o-21292"
    assert index.find("ubnd tp quang ngai", 1)[0].entry.key == "d-522"


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("TP. Quảng Ngãi", "d-522"),
        ("tp.quảng ngãi", "d-522"),
        ("tx. đức phổ", "d-534"),
        ("UBND: xã Sơn Hạ", "c-o-21292"),
    ],
)
def test_an_abbreviation_may_carry_its_sign(index: Index, question: str, first: str) -> None:
    assert index.find(question, 1)[0].entry.key == first


PHONES = {"an": "0905 123 456", "bình": "+84 905 222 333", "cúc": "0255.3822.123"}


def phones() -> Index:
    texts = {key: (Text("name", key), Text("phone", phone)) for key, phone in PHONES.items()}
    return Index(Entry("contact", key, key, "", told) for key, told in texts.items())


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("0905123456", "an"),
        ("0905.123.456", "an"),
        ("0905-123 456", "an"),
        ("(+84) 905.123.456", "an"),
        ("0084 905 123 456", "an"),
        ("+84905222333", "bình"),
        ("0905 222 333", "bình"),
        ("02553822123", "cúc"),
        ("0255 3822 123", "cúc"),
        ("0255-3822123", "cúc"),
        ("0255 38.22.123", "cúc"),
    ],
)
def test_a_telephone_number_is_found_in_any_grouping(question: str, right: str) -> None:
    [hit] = phones().find(question)
    assert (hit.entry.key, hit.field) == (right, "phone")


def test_a_number_and_an_address_with_the_same_digits_are_told_apart() -> None:
    texts = {"number": "0192168100 20", "host": "192.168.100.20", "serial": "008412345"}
    found = Index(Entry("device", key, key, "", (Text("x", it),)) for key, it in texts.items())
    for question, right in (
        ("192.168.100", "host"),
        ("192.168.100.", "host"),
        ("192.168.100.20 192", "host"),
        ("0192.168.100.20", "number"),
        ("008412345", "serial"),
        ("8412345", "serial"),
    ):
        assert named(found.find(question)) == [f"device:{right}"], question


def test_nothing_is_found_for_nothing_and_for_nonsense(index: Index) -> None:
    for question in ("", "   ", "?!", "zzqqxxww", "x" * 5000):
        assert index.find(question) == []


PORT = Interface(
    if_index=7,
    if_name="Gi0/7",
    if_descr=None,
    if_alias="Sang Sở Y tế",
    if_type=6,
    mac="00:1a:2b:3c:4d:5e",
    speed_bps=None,
    admin_status=1,
    oper_status=1,
)


def test_what_devices_say_is_found_too(url: str) -> None:
    device = bring(url, network()).ids["device", "p-r"]
    name = "qni-core-01.quangngai.example"
    said = DeviceSaid(thing_id=device, status="ok", detail="", sys_name=name, interfaces=(PORT,))
    parts = (ModuleFact("module", "SFP", serial="AGM1712XY"),)
    facts = FactsSaid(device_id=device, serial="FOC2233X0AB", modules=parts)
    with writing(url) as writer:
        writer.submit(Batch(at_ms=NOW + 1, said=(said,))).result(timeout=30)
        writer.submit(Batch(at_ms=NOW + 2, facts=(facts,))).result(timeout=30)
    found = look(url)
    for question in (
        "qni-core-01",
        "foc2233x0ab",
        "FOC2233XOAB",
        "sang so y te",
        "001A.2B3C.4D5E",
        "00-1a-2b-3c-4d-5e",
        "agm1712xy",
        "127.51.0.1",
    ):
        assert named(found.find(question, 1)) == ["device:p-r"], question
    assert found.find("001a2b3c4d5e", 1)[0].field == "port Gi0/7"
    assert named(found.find("1800-0000", 1)) == ["provider:vnpt"]


def test_an_old_name_of_a_site_is_found_and_said_to_be_one(url: str) -> None:
    old = network()
    bring(url, old)
    sites = dict(old.sites) | {"d": replace(old.sites["d"], name="Trung tâm hành chính Cẩm Thành")}
    bring(url, replace(old, sites=sites), NOW + 1000)
    hit = look(url).find("ubnd thanh pho quang ngai", 1)[0]
    assert (hit.entry.key, hit.field) == ("d", "name before")
    assert hit.entry.name == "Trung tâm hành chính Cẩm Thành"

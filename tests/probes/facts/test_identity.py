"""Who a device is: the vendor file that demands most of what holds, else the standard tables."""

from __future__ import annotations

from dataclasses import replace

from probes.facts.identity import STANDARD, asks, identity
from probes.facts.physical import Body
from probes.facts.rules import Own, System, Vendor, at, chassis, coded, descr, first, fixed, joined
from probes.facts.vendors import vendors
from wire import ber

ACME = Vendor(
    name="acme",
    numbers=(99999,),
    systems=(
        System(
            os="acmeos",
            numbers=("99999",),
            model=(at("99999.1.1.0"), descr(r"^(\S+)")),
            version=(joined(at("99999.1.2.0"), "{}", at("99999.1.3.0"), " ({})"),),
            serial=(first("99999.2.1"),),
        ),
        System(os="acme-olt", numbers=("99999.7",), model=(coded({"99999.7.3": "OLT-3"}),)),
        System(os="acme-x", numbers=("99999",), says=at("99999.9.0"), model=(fixed("X"),)),
    ),
)
PLAIN = Own(descr="SW24 Switch, Version 1.2.3", number="99999.1")


def own(**values: object) -> Own:
    said = {ber.oid(f"1.3.6.1.4.1.{oid}"): value for oid, value in values.items()}
    return replace(PLAIN, values=said)  # type: ignore[arg-type]


def test_a_vendor_file_tells_model_version_and_serial() -> None:
    said = own(
        **{"99999.1.1.0": b"SW24-PoE", "99999.1.2.0": b"1.2.3", "99999.1.3.0": b"rc1",
           "99999.2.1.10": b"later", "99999.2.1.9": b"S-9"}
    )  # fmt: skip
    told = identity(said, (ACME,))
    assert (told.vendor, told.os, told.model) == ("acme", "acmeos", "SW24-PoE")
    assert (told.version, told.serial) == ("1.2.3 (rc1)", "S-9")


def test_the_longer_number_wins_and_so_does_what_demands_more() -> None:
    assert identity(replace(PLAIN, number="99999.7.3"), (ACME,)).os == "acme-olt"
    assert identity(replace(PLAIN, number="99999.7.3"), (ACME,)).model == "OLT-3"
    assert identity(own(**{"99999.9.0": b"here"}), (ACME,)).os == "acme-x"
    assert identity(PLAIN, (ACME,)).os == "acmeos"
    assert identity(replace(PLAIN, number="999990.1"), (ACME,)).os is None, "no part of a number"


def test_what_must_be_asked_follows_from_the_system_group() -> None:
    asked = asks(PLAIN, (ACME,))
    assert set(asked.scalars) == set(STANDARD) | {
        ber.oid(f"1.3.6.1.4.1.99999.{k}.0") for k in ("1.1", "1.2", "1.3", "9")
    }
    assert asked.columns == (ber.oid("1.3.6.1.4.1.99999.2.1"),)
    assert asks(replace(PLAIN, number="8888"), (ACME,)).scalars == STANDARD


def test_without_a_vendor_file_the_standard_tables_tell() -> None:
    case = Body(
        index=1, kind=3, model="SW24", serial="S1", software="4.5.6", maker="Acme", descr="Switch"
    )
    told = identity(Own(descr="Some box", number="77777.1", bodies=(case,)), ())
    assert (told.vendor, told.model, told.version, told.serial) == ("acme", "SW24", "4.5.6", "S1")
    assert told.os is None


def test_without_any_table_the_description_tells_what_it_can() -> None:
    said = "GS1900-24E Gigabit switch, Firmware Version 2.60(AAHK.1)"
    told = identity(Own(descr=said, number="890.1.15"), ())
    assert (told.vendor, told.model, told.version) == ("zyxel", "GS1900-24E", "2.60(AAHK.1)")


def test_what_says_nothing_is_none() -> None:
    for word in (b"N/A", b" - ", b"unknown", b"", b"\0"):
        told = identity(own(**{"99999.1.2.0": word}), (ACME,))
        assert told.version == "1.2.3", "the description's, not the word for nothing"


def test_the_chassis_speaks_where_a_rule_asks_it() -> None:
    rule = chassis("model", r"^FGT_(\w+)$", "FortiGate {0}")
    said = Own(bodies=(Body(index=1, kind=3, model="FGT_60F"), Body(index=2, kind=9, model="no")))
    assert rule.read(said) == "FortiGate 60F"


def test_every_vendor_file_is_found_and_none_claims_the_number_of_another() -> None:
    found = vendors()
    assert len(found) > 30
    numbers = [number for vendor in found for number in vendor.numbers]
    assert len(numbers) == len(set(numbers))
    for vendor in found:
        for system in vendor.systems:
            assert system.os, vendor.name
            assert system.numbers or system.descr or system.says, f"{system.os} fits all devices"
            for rule in system.rules():  # every pattern and every form is sound
                rule.read(replace(PLAIN, values=dict.fromkeys(rule.scalars(), b"a1 b2 c3 d4")))

"""Allied Telesis: AlliedWare Plus, the older AlliedWare, and what Radlan made for them.

MIBs: AT-RESOURCE, AT-SETUP, AtiStackSwitch, RADLAN-Physicaldescription, ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, chassis, coded, descr, first

_BOARD = "207.8.4.4.3.21.1.1"  # rscBoardEntry of AT-RESOURCE-MIB
_STACK = "207.8.17.1.3.1"  # of AtiStackSwitch-MIB, unit 1: 5 version, 6 model, 8 serial
_UNIT = "89.53.14.1"  # rlPhdUnitGenParamEntry
_CHASSIS = {"207.1.14.86": "AT-SBx8112", "207.1.14.114": "AT-SBx8106"}  # full of boards

VENDOR = Vendor(
    name="allied-telesis",
    numbers=(207,),
    systems=(
        System(
            os="awplus",
            numbers=("207",),
            descr=r"AW\+|Software \(AlliedWare Plus\)",
            model=(coded(_CHASSIS), first(f"{_BOARD}.4"), chassis("model")),
            version=(at("207.8.4.4.4.500.2.1.1.0"), descr(r"(?:AW\+ v|Version )(\d\S*)")),
            serial=(first(f"{_BOARD}.8"), chassis("serial")),
        ),
        System(
            os="allied",
            numbers=("207",),
            model=(
                descr(r"(AT-\S+)"),
                at(f"{_STACK}.6.1"),
                descr(r"(?:Allied Telesyn|Allied Telesis)\s+(\S+)"),
                chassis("model"),
            ),
            version=(
                descr(r"[Vv]ersion[: ]+(?:AWF?\+? )?(?:AT-S\d+ )?v?(\d[^\s,]*)"),
                at(f"{_STACK}.5.1"),
            ),
            serial=(at(f"{_STACK}.8.1"), chassis("serial")),
        ),
        System(
            os="radlan",
            numbers=tuple(f"207.1.4.{number}" for number in (125, 126, 127, 128, 143, 144, 145)),
            model=(first(f"{_UNIT}.11"), chassis("model"), descr(r"(AT-\S+)")),
            version=(first(f"{_UNIT}.2"), chassis("software")),
            serial=(first(f"{_UNIT}.5"), chassis("serial")),
        ),
        System(
            os="allied-tq",
            numbers=("207.1.13",),
            model=(descr(r"(AT-\S+)"), chassis("model")),
            version=(descr(r"[Vv]ersion[: ]+v?(\d[^\s,]*)"), chassis("software")),
            serial=(chassis("serial"),),
        ),
    ),
)

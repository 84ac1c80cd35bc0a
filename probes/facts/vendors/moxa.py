"""Moxa: EDS switches, NPort and AWK, whose tables stand below the number of each model.

MIBs: MOXA-EDSG508E and its kin, MOXA-SYSTEM-INFO, MOXA-AWK4131A, those of the NPort series.
"""

from __future__ import annotations

from probes.facts.rules import Rule, System, Vendor, at, descr

_NUMBERS = (
    6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 19, 24, 27, 29, 33, 37, 38, 41, 52, 56, 69, 70, 71, 72, 73,
    79, 84, 85, 86, 101, 102, 108, 109, 114, 116, 117, 128, 156, 158, 161, 162, 163, 164, 168, 169,
    170, 199, 203, 205,
)  # fmt: skip
_PRODUCT = "8691.602.1.1.2.2"  # siStatProductInfo, of all newer ones
_MODEL = (at(f"{_PRODUCT}.5.0"), descr(r"^(\S+)"))
_VERSION = (at(f"{_PRODUCT}.1.0"),)
_SERIAL = (at(f"{_PRODUCT}.3.0"),)
_AWK = "8691.15.34.1.1"  # overview, of AWK-4131A


def _switch(number: int) -> System:
    below = f"8691.7.{number}.1"

    def asked(place: int) -> tuple[Rule, ...]:
        return (at(f"{below}.{place}.0"),)

    return System(
        os="moxa-etherdevice",
        numbers=(f"8691.7.{number}",),
        model=(*asked(2), descr(r"^(\S+)")),
        version=asked(4),
        serial=asked(78),
    )


def _server(number: int) -> System:
    overview = f"8691.2.{number}.1.1"
    return System(
        os="moxa-np",
        numbers=(f"8691.2.{number}",),
        model=(at(f"{overview}.1.0"), descr(r"^(\S+)")),
        version=(at(f"{overview}.3.0"), descr(r"(\d+\.\d+\S*)")),
        serial=(at(f"{overview}.2.0"),),
    )


VENDOR = Vendor(
    name="moxa",
    numbers=(8691,),
    systems=(
        System(os="moxa", numbers=("8691",), model=_MODEL, version=_VERSION, serial=_SERIAL),
        System(
            os="moxa-etherdevice",
            numbers=("8691.7",),
            model=_MODEL,
            version=_VERSION,
            serial=_SERIAL,
        ),
        System(
            os="moxa-np",
            numbers=("8691.2",),
            model=(descr(r"^(\S+)"),),
            version=(descr(r"(\d+\.\d+\S*)"),),
        ),
        System(
            os="moxa-awk",
            numbers=("8691.15",),
            model=(at(f"{_AWK}.1.0"), descr(r"^(\S+)")),
            version=(at(f"{_AWK}.5.0"),),
            serial=(at(f"{_AWK}.3.0"),),
        ),
        *map(_server, (8, 11, 13, 21)),
        *map(_switch, _NUMBERS),
    ),
)

"""Dell: PowerConnect, Force10 and OS10 switches, iDRAC, storage; SonicWall once was theirs.

MIBs: Dell-Vendor, F10-S-SERIES-CHASSIS, DELL-NETWORKING-CHASSIS, DELLEMC-OS10-CHASSIS, IDRAC,
DELL-RAC, EQLMEMBER, DELL-STORAGE-SC.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, body, chassis, descr, first, joined

_DNOS = "674.10895.3000.1.2.100"  # productIdentification
_IDRAC = "674.10892.5"
_RAC = "674.10892.2.1"  # before it: drsInfoGroup
_NETWORKING = (  # of 674.10895: the N series
    3042, 3044, 3045, 3046, 3053, 3054, 3055, 3056, 3057, 3058, 3059, 3060, 3061, 3063, 3066,
)  # fmt: skip
_DNOS_MODEL = (
    descr(r"Series: ?(\S+)"),
    at(f"{_DNOS}.1.0"),
    chassis("model"),
    descr(r"^Dell (?:EMC )?Networking ([^,]+)"),
)
_DNOS_VERSION = (
    descr(r"(?:Application Software|Operating System|OS) Version: ?(\S+)"),
    descr(r", (\d[^,]+)"),
    chassis("software"),
)
_DNOS_SERIAL = (
    first("6027.3.10.1.2.2.1.12"),
    first("6027.3.26.1.3.4.1.11"),
    first(f"{_DNOS}.8.1.2"),
    chassis("serial"),
)
_MEMBER = "12740.2.1"  # eqlMember: 1 its versions, 11 its chassis
_SC = "674.11000.2000.500.1.2"

VENDOR = Vendor(
    name="dell",
    numbers=(674, 6027, 12740),
    systems=(
        System(
            os="powerconnect",
            numbers=("674.10895",),
            model=(
                at(f"{_DNOS}.1.0"),
                chassis("model"),
                descr(r"^(?:Dell )?([^,]+)"),
                chassis("descr"),
            ),
            version=(at(f"{_DNOS}.4.0"), descr(r", (\d[^,]+)"), chassis("software")),
            serial=(first(f"{_DNOS}.8.1.2"), chassis("serial")),
        ),
        System(
            os="dnos",
            numbers=("6027.1", *(f"674.10895.{number}" for number in _NETWORKING)),
            model=_DNOS_MODEL,
            version=_DNOS_VERSION,
            serial=_DNOS_SERIAL,
        ),
        System(
            os="dnos",
            numbers=("674.10895",),
            descr=r"Dell (?:EMC )?Networking|Dell Application Software|Force10|FTOS",
            model=_DNOS_MODEL,
            version=_DNOS_VERSION,
            serial=_DNOS_SERIAL,
        ),
        System(
            os="dell-os10",
            numbers=("674.11000.5000.100.2",),
            model=(chassis("model"), descr(r"System Type: ?(\S+)")),
            version=(descr(r"OS Version: ?(\S+)"), chassis("software")),
            serial=(chassis("serial"), first("674.11000.5000.100.4.1.1.3.1.7")),
        ),
        System(
            os="drac",
            numbers=("674.10892.2", "674.10892.5"),
            model=(at(f"{_IDRAC}.1.3.12.0"), at(f"{_RAC}.1.2.0")),
            version=(at(f"{_IDRAC}.1.1.8.0"), at(f"{_RAC}.2.1.0")),
            serial=(at(f"{_IDRAC}.1.3.2.0"), at(f"{_RAC}.1.11.0"), at(f"{_RAC}.1.6.0")),
        ),
        System(
            os="equallogic",
            numbers=("12740",),
            model=(first(f"{_MEMBER}.11.1.9"), first(f"{_MEMBER}.11.1.1")),
            version=(
                joined(
                    first(f"{_MEMBER}.1.1.21"),
                    "{}",
                    first(f"{_MEMBER}.1.1.22"),
                    ".{}",
                    first(f"{_MEMBER}.1.1.23"),
                    ".{}",
                ),
            ),
            serial=(first(f"{_MEMBER}.11.1.2"),),
        ),
        System(
            os="dell-compellent",
            numbers=("8072.3.2.8", "674.11000.2000.500.1"),
            says=at(f"{_SC}.4.0"),
            descr=r"compellen",
            model=(first(f"{_SC}.15.1.7"), body(3, "model")),
            version=(at(f"{_SC}.4.0"),),
            serial=(at(f"{_SC}.5.0"), first(f"{_SC}.15.1.9"), body(3, "serial")),
        ),
    ),
)

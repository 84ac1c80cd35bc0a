"""Eaton: MGE and Powerware UPS, rack power strips, transfer switches.

MG-SNMP-UPS-MIB, XUPS-MIB, EATON-EPDU-MIB, EATON-ATS2-MIB, EATON-OIDS.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, descr, joined

_UPS, _STRIP, _SWITCH = "534.1.1", "534.6.6.7.1.2.1", "534.10.2.1"

VENDOR = Vendor(
    name="eaton",
    numbers=(705, 534, 20677),
    systems=(
        System(
            os="eaton-mgeups",
            numbers=("705.1",),
            model=(joined(at("705.1.1.1.0"), "{}", at("705.1.1.2.0"), " {}"), descr(r"^(\S.*)")),
            version=(at("705.1.1.4.0"), at("705.1.12.12.0")),
            serial=(at("705.1.1.7.0"),),
        ),
        System(
            os="eatonups",
            numbers=("534.1", "534.2"),
            model=(at(f"{_UPS}.2.0"),),
            version=(at(f"{_UPS}.3.0"),),
            serial=(at(f"{_UPS}.6.0"),),
        ),
        System(
            os="eaton-ats",
            numbers=("534.10",),
            model=(at(f"{_SWITCH}.2.0"),),
            version=(at(f"{_SWITCH}.3.0"),),
            serial=(at(f"{_SWITCH}.5.0"),),
        ),
        System(
            os="eatonpdu",
            numbers=("534.6.6.7",),
            model=(at(f"{_STRIP}.2.0"), at(f"{_STRIP}.3.0")),
            version=(at(f"{_STRIP}.5.0"),),
            serial=(at(f"{_STRIP}.4.0"),),
        ),
    ),
)

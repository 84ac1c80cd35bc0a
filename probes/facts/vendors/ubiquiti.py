"""Ubiquiti: airMAX, UniFi, EdgeSwitch, EdgeRouter, AirFiber; many hide behind net-snmp's number.

UBNT-AirFIBER-, UBNT-UniFi-, UBNT-EdgeMAX-, UBNT-AFLTU-, UI-AF60-, IEEE802dot11-MIB.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, chassis, descr, first, fixed

_WIFI = "1.2.840.10036.3.1.2.1"  # dot11ResourceInfo: product name, product version
_UNIFI = "41112.1.6.3"
_HERE = ("10002.1", "41112", "8072.3.2.10")

VENDOR = Vendor(
    name="ubiquiti",
    numbers=(41112, 10002),
    systems=(
        System(
            os="airos",
            numbers=("10002.1", "41112.1.4"),
            descr=r"Linux",
            model=(first(f"{_WIFI}.3"),),
            version=(first(f"{_WIFI}.4", r"v(\d[\w.]+)"), first(f"{_WIFI}.4")),
        ),
        System(
            os="unifi",
            numbers=_HERE,
            descr=r"^(?:UAP|U6|U7|UBB|UniFi|UAL|UDM|USW-Flex)",
            model=(at(f"{_UNIFI}.3.0"), descr(r"^(\S+)")),
            version=(at(f"{_UNIFI}.6.0"), descr(r"^\S+ (\d\S+)")),
        ),
        System(
            os="unifi",
            numbers=_HERE,
            says=at(f"{_UNIFI}.3.0"),
            model=(at(f"{_UNIFI}.3.0"),),
            version=(at(f"{_UNIFI}.6.0"),),
        ),
        System(
            os="unifi-usp",
            numbers=_HERE,
            descr=r"^USP",
            model=(descr(r"^(\S+)"),),
            version=(descr(r"(\d+\.\d+\.\d+\S*)"),),
        ),
        System(
            os="edgeswitch",
            numbers=("4413", "41112"),
            descr=r"EdgeSwitch|EdgePoint|^(?:ES|EP)-|USW-|UniFi Switch",
            model=(descr(r"^([^,]+),"), chassis("descr", r"^([^,]+)")),
            version=(chassis("software"), descr(r"^[^,]+, (\d[^,]*)")),
            serial=(chassis("serial"),),
        ),
        System(
            os="edgeos",
            numbers=("41112.1.5", "30803"),
            descr=r"EdgeOS|EdgeRouter",
            model=(at("41112.1.5.1.1.0"), descr(r"(Edge(?:Router|Max)[^,]*)"), fixed("EdgeRouter")),
            version=(at("41112.1.5.1.3.0"), descr(r"EdgeOS v?([^,\s]+)")),
            serial=(at("41112.1.5.1.2.0"),),
        ),
        System(
            os="airos-af",
            numbers=("10002.1", "41112.1.3"),
            says=first("41112.1.3.2.1.40"),
            model=(first(f"{_WIFI}.3"), fixed("airFiber")),
            version=(first("41112.1.3.2.1.40", r"v(\d[\w.]+)"),),
        ),
        System(
            os="airos-af60",
            numbers=("41112.1.11", "10002.1"),
            says=first("41112.1.11.1.1.1"),
            model=(first("41112.1.11.1.2.2"), fixed("airFiber 60")),
            version=(first("41112.1.11.1.2.4"),),
        ),
        System(
            os="airos-af-ltu",
            numbers=("41112.1.10", "10002.1"),
            says=at("41112.1.10.1.3.4.0"),
            model=(at("41112.1.10.1.3.2.0"), fixed("airFiber LTU")),
            version=(at("41112.1.10.1.3.4.0", r"v(\d[\w.]+)"), at("41112.1.10.1.3.4.0")),
        ),
    ),
)

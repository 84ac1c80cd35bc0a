"""Cisco: IOS and its kin, Nexus, ASA, small-business switches, wireless controllers.

MIBs: ENTITY, OLD-CISCO-CHASSIS, AIRESPACE-SWITCHING, CISCOSB-Physicaldescription,
VIPTELA-OPER-SYSTEM, VIPTELA-HARDWARE, CISCO-UNIFIED-COMPUTING-COMPUTE.
"""

from __future__ import annotations

from probes.facts.rules import (
    System,
    Vendor,
    at,
    body,
    chassis,
    coded,
    descr,
    first,
    fixed,
    joined,
)

_OLD_SERIAL = at("9.3.6.3.0")  # chassisId of OLD-CISCO-CHASSIS-MIB
_VERSION = descr(r"Version ([^\s,]+)")
_MODEL = (
    chassis("model"),
    body(9, "model"),
    chassis("descr", r"^(\S*\d\S*)"),
    descr(r"Cisco IOS Software[^,]*, (\S+) Software \("),
    descr(r"IOS \(tm\) (\S+) Software"),
)
_SERIAL = (chassis("serial"), _OLD_SERIAL, body(11, "serial"), body(9, "serial"))
_WLC = "14179.1.1.1"  # agentInventory of AIRESPACE-SWITCHING-MIB
_UNIT = "9.6.1.101.53.14.1"  # rlPhdUnitGenParamEntry of CISCOSB-Physicaldescription-MIB
_SB_MODEL = (first(f"{_UNIT}.11"), chassis("model"), descr(r"^(\S*\d\S*)"))
_SB_VERSION = (
    joined(chassis("software"), "Software {}", chassis("firmware"), ", Firmware {}"),
    joined(first(f"{_UNIT}.2"), "Software {}", first(f"{_UNIT}.3"), ", Firmware {}"),
)
_SB_SERIAL = (chassis("serial"), first(f"{_UNIT}.5"))
_RACK = "9.9.719.1.9.35.1"  # cucsComputeRackUnitEntry
_VIPTELA = {  # systemStatusModel
    "1": "vSmart",
    "2": "vManage",
    "3": "vBond",
    "4": "vEdge-1000",
    "5": "vEdge-2000",
    "6": "vEdge-100",
    "7": "vEdge-100-W2",
    "8": "vEdge-100-WM",
    "9": "vEdge-100-M2",
    "10": "vEdge-100-M",
    "11": "vEdge-100-B",
    "12": "vEdge Cloud",
    "13": "vContainer",
    "14": "vEdge-5000",
}

VENDOR = Vendor(
    name="cisco",
    numbers=(9, 14179, 5596),
    systems=(
        System(
            os="ios",
            numbers=("9",),
            descr=r"\bIOS\b|Internetwork Operating System",
            model=_MODEL,
            version=(_VERSION,),
            serial=_SERIAL,
        ),
        System(
            os="iosxe",
            numbers=("9",),
            says=descr(r"(IOS[ -]?XE|LINUX_IOSD|CAT3K_CAA)"),
            descr=r"IOS Software|IOS[ -]XE",
            model=_MODEL,
            version=(
                descr(r"\(([\w-]+)\), (?:Experimental )?Version ([^\s,]+)", "{0} {1}"),
                _VERSION,
            ),
            serial=_SERIAL,
        ),
        System(
            os="iosxr",
            numbers=("9",),
            descr=r"IOS XR",
            says=fixed("xr"),
            model=(
                chassis("model"),
                descr(r"Cisco IOS XR Software \(Cisco ([^)]+)\)"),
                body(9, "model"),
            ),
            version=(descr(r"Version\s+([^\s\[,]+)"),),
            serial=_SERIAL,
        ),
        System(
            os="nxos",
            numbers=("9",),
            descr=r"NX-OS",
            model=(chassis("model"), body(9, "model"), chassis("descr")),
            version=(_VERSION,),
            serial=_SERIAL,
        ),
        System(
            os="asa",
            numbers=("9",),
            descr=r"(?:Adaptive|Industrial) Security Appliance",
            model=(chassis("model"), chassis("name")),
            version=(chassis("software"), _VERSION),
            serial=_SERIAL,
        ),
        System(
            os="ftd",
            numbers=("9",),
            descr=r"Threat Defense|Cisco FTD",
            model=(chassis("model"), descr(r"(Firepower \d\S*)")),
            version=(_VERSION, chassis("software")),
            serial=_SERIAL,
        ),
        System(
            os="fxos",
            numbers=("9",),
            descr=r"FX-OS",
            model=(chassis("model"), body(9, "model")),
            version=(_VERSION, chassis("software")),
            serial=_SERIAL,
        ),
        System(
            os="pixos",
            numbers=("9",),
            descr=r"PIX (?:Firewall|Security)",
            model=(chassis("model"), descr(r"(PIX \S+)")),
            version=(_VERSION,),
            serial=_SERIAL,
        ),
        System(
            os="ciscosb",
            numbers=("9.6.1", "3955.6"),
            model=_SB_MODEL,
            version=_SB_VERSION,
            serial=_SB_SERIAL,
        ),
        System(
            os="ciscosb",
            numbers=("9",),
            descr=r"Catalyst 1[23]00\b",
            model=_SB_MODEL,
            version=_SB_VERSION,
            serial=_SB_SERIAL,
        ),
        System(
            os="ciscowap",
            numbers=("9.6.1.31", "9.6.1.32", "9.6.1.34"),
            model=(descr(r"\b(WAP\d\S*)"), chassis("model")),
            version=(descr(r"Version (\d[^\s,]*)"), chassis("software")),
            serial=(chassis("serial"),),
        ),
        System(
            os="cimc",
            numbers=("9",),
            descr=r"Cisco Integrated Management Controller",
            model=(first(f"{_RACK}.32"), chassis("model")),
            version=(descr(r"\b(\d+\.\d+\([^)\s]+\))"),),
            serial=(first(f"{_RACK}.47"), chassis("serial")),
        ),
        System(
            os="ciscowlc",
            numbers=("9", "14179"),
            descr=r"Cisco Controller|Cisco Business Wireless",
            model=(at(f"{_WLC}.3.0"), chassis("model")),
            version=(at(f"{_WLC}.14.0"),),
            serial=(at(f"{_WLC}.4.0"), chassis("serial")),
        ),
        System(
            os="catos",
            numbers=("9",),
            descr=r"Catalyst Operating System|WS-C\S+ .*NmpSW",
            model=(descr(r"(WS-C\S+)"), chassis("model")),
            version=(descr(r"Version NmpSW: (\S+)"), _VERSION),
            serial=_SERIAL,
        ),
        System(
            os="ise",
            numbers=("9.1",),
            descr=r"Identity Services Engine|Cisco ISE",
            model=(descr(r"(?:Identity Services Engine|ISE)[ -]+(\S+)"),),
            version=(_VERSION,),
        ),
        System(
            os="ise",
            numbers=("9.1.1425", "9.1.1426", "9.1.2139"),
            version=(_VERSION,),
        ),
        System(
            os="viptela",
            numbers=("41916",),
            model=(coded(_VIPTELA, at("41916.11.1.47.0")),),
            version=(at("41916.11.1.2.0"), descr(r"(\d+(?:\.\d+)+)")),
            serial=(at("41916.3.1.1.1.5.1.0"),),
        ),
        System(
            os="cisco-telepresence",
            numbers=("5596",),
            model=(descr(r"(?:Model|HW): ([^\n,]+)"),),
            version=(descr(r"(?:SoftW|Software): (\S+)"),),
            serial=(descr(r"(?:Serial|SN): (\S+)"),),
        ),
    ),
)

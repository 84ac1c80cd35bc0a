"""Fortinet: FortiGate and its kin; entPhysicalTable says the model by its short name.

FORTINET-CORE-MIB and those of FORTIGATE, FORTIMANAGER-FORTIANALYZER and so on; MERU-WLAN-MIB.
"""

from __future__ import annotations

from probes.facts.rules import Rule, System, Vendor, at, chassis, descr

_SERIAL: tuple[Rule, ...] = (chassis("serial"), at("12356.100.1.1.1.0"))
_MODEL: tuple[Rule, ...] = (
    chassis("name", r"^FGT_?(\w+)$", "FortiGate {0}"),
    chassis("name", r"^FWF_?(\w+)$", "FortiWifi {0}"),
    chassis("name", r"^FGR_?(\w+)$", "FortiGateRugged {0}"),
    chassis("descr", r"Fortinet FGT_(\w+)", "FortiGate {0}"),
    chassis("descr", r"Fortinet (?:FWF|FW)_(\w+)", "FortiWifi {0}"),
    chassis("software", r"^(\S+) v\d"),
    descr(r"((?:Forti)\S+)"),
    chassis("model"),
)


def _system(
    os: str, *numbers: str, version: str, serial: str = "", model: tuple[Rule, ...] = ()
) -> System:
    return System(
        os=os,
        numbers=tuple(f"12356.{number}" for number in numbers),
        model=(*model, chassis("model"), chassis("name"), *_MODEL),
        version=(at(f"12356.{version}"), chassis("software", r"(v\d\S.*)")),
        serial=(at(f"12356.{serial}"), *_SERIAL) if serial else _SERIAL,
    )


def _own(os: str, number: str) -> System:
    """Of those that tell model, serial and version side by side."""
    return _system(
        os,
        number,
        version=f"{number}.1.3.0",
        serial=f"{number}.1.2.0",
        model=(at(f"12356.{number}.1.1.0"),),
    )


_SWITCH = at("12356.106.4.1.1.0", r"^(?!v\d)(\S+?)[- ]v\d", "FortiSwitch {0}")

VENDOR = Vendor(
    name="fortinet",
    numbers=(12356,),
    systems=(
        System(
            os="fortigate",
            numbers=("12356.101",),
            model=_MODEL,
            version=(at("12356.101.4.1.1.0"), chassis("software", r"(v\d\S.*)")),
            serial=_SERIAL,
        ),
        System(
            os="fortiswitch",
            numbers=("12356.106",),
            model=(_SWITCH, descr(r"(FortiSwitch\S*)"), chassis("model"), chassis("name")),
            version=(
                at("12356.106.4.1.1.0", r"(v\d\S*)"),
                at("12356.106.4.1.1.0"),
                chassis("software", r"(v\d\S.*)"),
            ),
            serial=(at("12356.106.1.1.1.0"), *_SERIAL),
        ),
        _system("fortios", "102", "103", version="103.2.1.7.0"),  # FortiAnalyzer and FortiManager
        _own("fortimail", "105"),
        _system("fortiweb", "107", version="107.2.1.2.0", model=(at("12356.107.2.1.1.0"),)),
        _own("fortiadc", "112"),
        _own("fortiauthenticator", "113"),
        _own("fortivoice", "115"),
        _system("fortisandbox", "118", version="118.3.1.1.0"),
        _system("fortiap", "120", version="120.1.1.0", serial="120.1.2.0"),
        System(os="fortiextender", numbers=("12356.121",), model=_MODEL, serial=_SERIAL),
        System(
            os="fortiwlc",
            numbers=("15983",),
            model=(descr(r"^(\S.*)"),),
            version=(at("15983.1.1.4.1.1.27.0"),),
        ),
    ),
)

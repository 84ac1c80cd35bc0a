"""Huawei: VRP switches and routers, access nodes, UPS and power, iBMC of servers.

MIBs: HUAWEI-ENTITY-EXTENT, HUAWEI-SYS-MAN, HUAWEI-DEVICE-EXT, HUAWEI-DEVICE, HUAWEI-UPS,
HUAWEI-SERVER-IBMC, UPS.
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

_ENTITY = "2011.5.25.31.1.1.2.1"  # hwRUModuleInfoEntry; column 11: hwEntityBoardType
_PATCH = "2011.5.25.19.1.8.5.1.1.4"  # hwPatchVersion
_DEVICE = "2011.5.25.188.1"  # hwDeviceExtObject: 1 hwDeviceEsn, 4 hwProductName
_UPS = "2011.6.174.1.2.100.1"  # hwUpsDeviceEntry: 2 model, 3 version, 5 serial
_ACTIVE_IBMC = "11.65.99.116.105.118.101.32.105.66.77.67"  # firmwareName `Active iBMC`, an index
_ACCESS = {  # sysObjectID of those whose sysDescr says no more than `Huawei Integrated Access`
    "2011.2.80.8": "MA5600T",
    "2011.2.109": "MA5606T",
    "2011.2.115": "MA5680T",
    "2011.2.123": "MA5603T",
    "2011.2.132": "MA5626E",
    "2011.2.133": "MA5683T",
    "2011.2.134": "MA5620G",
    "2011.2.169": "MA5616",
    "2011.2.185": "MA5620",
    "2011.2.186": "MA5626",
    "2011.2.248": "MA5608T",
}
_ACCESS_MODEL = (
    descr(r"\b(MA5\d\w+|EA58\w+)"),
    chassis("descr", r"\b(MA5\d\w+|EA58\w+)"),
    coded(_ACCESS),
)
_ACCESS_VERSION = (at("2011.6.3.1.999.0", r"(V\d{3}R\w+)"), descr(r"(V\d{3}R\w+)"))
_ACCESS_SERIAL = (chassis("serial"), at("2011.6.3.3.1.1.9.0", r"^(\w{8,})$"))


def _ibmc(server: str, vendor: str = "") -> System:
    """`server`: hwServer, below which xFusion goes on under a number of its own."""
    system = f"{server}.1.1.1"
    return System(
        os="ibmc",
        vendor=vendor,
        numbers=(server,),
        says=fixed("ibmc"),
        model=(at(f"{system}.6.0"),),
        version=(at(f"{server}.1.1.11.50.1.4.{_ACTIVE_IBMC}"),),
        serial=(at(f"{system}.7.0"),),
    )


VENDOR = Vendor(
    name="huawei",
    numbers=(2011,),
    systems=(
        System(
            os="vrp",
            numbers=("2011.2", "2011.1", "2011.10"),
            descr=r"VRP|Versatile Routing|Huawei|Quidway",
            model=(
                at("2011.5.25.31.6.5.0"),
                at(f"{_DEVICE}.4.0"),
                chassis("descr", r"Quidway (\S+)"),
                descr(
                    r"^\"?(?:Huawei |Quidway )?"
                    r"((?:AR|S|CE|NE|USG|ME|AC|AP|ATN|CX|NetEngine)\S*\d\S*)"
                ),
                first(f"{_ENTITY}.11"),
                chassis("model"),
            ),
            version=(
                joined(
                    descr(r"Version (\d[^\s,]*)"),
                    "{}",
                    descr(r"\(\S+ (V\w+)\)"),
                    " ({})",
                    first(_PATCH),
                    " [{}]",
                ),
                descr(r"(V\d{3}R\d{3}\w*)"),
            ),
            serial=(at(f"{_DEVICE}.1.0"), chassis("serial"), body(9, "serial")),
        ),
        System(
            os="smartax",
            numbers=("2011.2",),
            descr=r"Integrated Access|\bMA5\d{3}|\bEA58\d\d",
            says=descr(r"(Integrated Access|\bMA5\d{3}|\bEA58\d\d)"),
            model=_ACCESS_MODEL,
            version=_ACCESS_VERSION,
            serial=_ACCESS_SERIAL,
        ),
        System(
            os="smartax",
            numbers=(*_ACCESS, "2011.2.80", "2011.2.128", "2011.2.206", "2011.2.216", "2011.2.262"),
            says=fixed("smartax"),
            model=_ACCESS_MODEL,
            version=_ACCESS_VERSION,
            serial=_ACCESS_SERIAL,
        ),
        System(
            os="huaweiups",
            numbers=("8072.3.2.10",),
            descr=r"GSE200M|UPS",
            says=at("1.3.6.1.2.1.33.1.1.1.0", r"(Huawei)"),
            model=(first(f"{_UPS}.2"), at("1.3.6.1.2.1.33.1.1.2.0")),
            version=(first(f"{_UPS}.3"), at("1.3.6.1.2.1.33.1.1.3.0")),
            serial=(first(f"{_UPS}.5"),),
        ),
        _ibmc("2011.2.235"),
        _ibmc("58132.2.235", "xfusion"),
    ),
)

"""TP-Link: JetStream and Omada.

MIBs: TPLINK-SYSINFO, RMON2.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, descr

_SYSTEM = "11863.6.1.1"  # tpSysInfo: 5 hardware, 6 software, 8 serial
_MODEL = (at(f"{_SYSTEM}.5.0"), descr(r"^(T[LP]?-?\S*\d\S*)"))
_VERSION = (at(f"{_SYSTEM}.6.0"), at("1.3.6.1.2.1.16.19.2.0"))  # else probeSoftwareRev
_SERIAL = (at(f"{_SYSTEM}.8.0"),)

VENDOR = Vendor(
    name="tp-link",
    numbers=(11863,),
    systems=(
        System(
            os="jetstream",
            numbers=("11863.5",),
            model=_MODEL,
            version=_VERSION,
            serial=_SERIAL,
        ),
        System(
            os="jetstream",
            numbers=("11863",),
            descr=r"JetStream",
            model=_MODEL,
            version=_VERSION,
            serial=_SERIAL,
        ),
        System(
            os="tplink",
            numbers=("11863",),
            model=_MODEL,
            version=_VERSION,
            serial=_SERIAL,
        ),
    ),
)

"""ZTE: ZXR10 switches and routers, ZXA10 and ZXDSL access nodes.

MIBs: ZXR10-RACK, ZTE-AN-SOFTWARE, ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, chassis, descr, first

_MODEL = (
    descr(r"^ZTE (?:ZXR10 )?(\S+) Software"),
    descr(r"ZXR10 ROS Version .*?(?:ZXR10 )(\S+) Software"),
    descr(r"(ZXR10 \S+)"),
    chassis("model"),
)
_VERSION = (
    descr(r"Version ?: ?(V[^\s,]+)"),
    descr(r"Version (V[^\s,]+)"),
    chassis("software"),
)
_SERIAL = (chassis("serial"), first("3902.3.6002.1.2.1.18"))  # zxr10ShelfSerialNumber
_ACCESS_MODEL = (descr(r"^(?:ZXA10 )?(\S+) Version"), chassis("model", r"^(\w+?)_"))

VENDOR = Vendor(
    name="zte",
    numbers=(3902,),
    systems=(
        System(
            os="zxr10",
            numbers=("3902.3", "3902.15"),
            model=_MODEL,
            version=_VERSION,
            serial=_SERIAL,
        ),
        System(
            os="zxr10",
            numbers=("3902",),
            descr=r"ZXR10|ZTE Ethernet Switch|^ZTE \d{4}",
            model=_MODEL,
            version=_VERSION,
            serial=_SERIAL,
        ),
        System(
            os="zxa10",
            numbers=("3902.1082",),
            model=_ACCESS_MODEL,
            version=(descr(r"Version (V\S+)"), first("3902.1082.20.30.2.2.2.1.7")),
            serial=(chassis("serial"),),
        ),
        System(
            os="zxdsl",
            numbers=("3902.1004", "3902.1015"),
            model=_ACCESS_MODEL,
            version=(descr(r"Version (V\S+)"),),
            serial=(chassis("serial"),),
        ),
    ),
)

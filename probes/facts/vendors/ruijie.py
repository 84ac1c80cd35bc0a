"""Ruijie switches, routers, wireless; and FS, whose own are partly theirs.

MIBs: RUIJIE-SYSTEM, RUIJIE-ENTITY, ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, body, chassis, descr, first

_SYSTEM = "1.1.10.2.1.1"  # ruijieSystem: 2 software version, 24 serial
_DEVICE = "1.1.10.2.21.1.2.1"  # ruijieDeviceInfoEntry: 2 what it is, 8 software, 10 serial
_MODEL = (
    descr(r"\(([A-Z][\w/-]+\d[\w/-]*)\)"),
    descr(r"Ruijie.*?\(([^)]+)\)"),
    chassis("descr"),
    first(f"4881.{_DEVICE}.2"),
    descr(r"^(?:Ruijie )?(\S*\d\S*)"),
)

VENDOR = Vendor(
    name="ruijie",
    numbers=(4881,),
    systems=(
        System(
            os="ruijie",
            numbers=("4881",),
            model=_MODEL,
            version=(
                at(f"4881.{_SYSTEM}.2.0", r"(?:RGOS )?(\S.*)"),
                first(f"4881.{_DEVICE}.8"),
                chassis("software"),
                descr(r"(?:RGOS|Version) (\S+)"),
            ),
            serial=(
                at(f"4881.{_SYSTEM}.24.0"),
                first(f"4881.{_DEVICE}.10"),
                chassis("serial"),
            ),
        ),
        System(
            os="fs-switch",
            vendor="fs",
            numbers=("52642", "51134", "27975"),
            model=(
                descr(r"\(([A-Z][\w/-]+\d[\w/-]*)\)"),
                chassis("model"),
                chassis("descr"),
                descr(r"^(?:FS )?(\S*\d\S*)"),
            ),
            version=(
                at(f"52642.{_SYSTEM}.2.0", r"(?:FSOS )?(\S.*)"),
                chassis("software"),
                descr(r"(?:FSOS|Version) (\S+)"),
            ),
            serial=(at(f"52642.{_SYSTEM}.24.0"), chassis("serial")),
        ),
        System(
            os="fs-centec",
            vendor="fs",
            numbers=("52642.1.99",),
            model=(chassis("model"), descr(r"\b([SN]\d{4}\S*)")),
            version=(chassis("software"), descr(r"Version (\d[^\s,]*)")),
            serial=(chassis("serial"), body(9, "serial")),
        ),
    ),
)

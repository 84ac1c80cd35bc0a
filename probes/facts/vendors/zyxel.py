"""Zyxel: switches, access nodes, firewalls, wireless.

MIBs: ZYXEL-ES-COMMON, ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, body, chassis, descr

_NEW = "890.1.15.3.1"  # of ZYXEL-ES-COMMON: sysSwVersionString, sysProductModel, its serial
_MODEL = at(f"{_NEW}.11.0")
_VERSION = at(f"{_NEW}.6.0", r"^([^|]+?)\s*(?:\||$)")
_SERIAL = at(f"{_NEW}.12.0")
_ZYNOS_MODEL = (descr(r"^(\S.*?)(?: \d{8})?$"), _MODEL)
_ZYNOS_VERSION = (_VERSION, chassis("firmware"))
_ZYNOS_SERIAL = (_SERIAL, chassis("serial"), body(9, "serial"))

VENDOR = Vendor(
    name="zyxel",
    numbers=(890,),
    systems=(
        System(
            os="zynos",
            numbers=("890.1.5.8", "890.1.5.11", "890.1.15"),
            model=_ZYNOS_MODEL,
            version=_ZYNOS_VERSION,
            serial=_ZYNOS_SERIAL,
        ),
        System(
            os="zynos",
            numbers=("890",),
            descr=r"^(?:ES|GS|GES|MES|MGS|XS|XMG|XGS|ZyXEL)",
            model=_ZYNOS_MODEL,
            version=_ZYNOS_VERSION,
            serial=_ZYNOS_SERIAL,
        ),
        System(
            os="zywall",
            numbers=("890.1.6",),
            model=(_MODEL, descr(r"^(\S.*)")),
            version=(_VERSION,),
            serial=(_SERIAL,),
        ),
        System(
            os="zywall",
            numbers=("890.1.15",),
            descr=r"ZyWALL|USG|ATP|VPN\d|ZLD",
            model=(_MODEL, descr(r"^(\S.*)")),
            version=(_VERSION,),
            serial=(_SERIAL,),
        ),
        System(
            os="zyxelwlc",
            numbers=("890.1.6", "890.1.9", "890.1.15"),
            descr=r"^NXC",
            model=(_MODEL, descr(r"^(\S+)")),
            version=(_VERSION,),
            serial=(_SERIAL,),
        ),
        System(
            os="zyxelnwa",
            numbers=("890.1.6", "890.1.9", "890.1.15"),
            descr=r"^(?:NWA|WAC|WAX|WBE|NAP)",
            model=(_MODEL, descr(r"^(\S+)")),
            version=(_VERSION,),
            serial=(_SERIAL,),
        ),
        System(
            os="prestige",
            numbers=("890",),
            descr=r"^Prestige|^P-\S+-",
            model=(descr(r"^(\S.*)"),),
            version=(_VERSION,),
            serial=(_SERIAL,),
        ),
    ),
)

"""Zyxel: switches, access nodes, firewalls, wireless.

MIBs: ZYXEL-ES-COMMON, ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, body, chassis, descr

_NEW = "890.1.15.3.1"  # of ZYXEL-ES-COMMON: sysSwVersionString, sysProductModel, its serial
_MODEL = at(f"{_NEW}.11.0")
_VERSION = at(f"{_NEW}.6.0", r"^([^|]+?)\s*(?:\||$)")
_SERIAL = at(f"{_NEW}.12.0")

VENDOR = Vendor(
    name="zyxel",
    numbers=(890,),
    systems=(
        System(
            os="zynos",
            numbers=("890.1.5.8", "890.1.5.11", "890.1.15"),
            model=(descr(r"^(\S.*?)(?: \d{8})?$"), _MODEL),
            version=(_VERSION, chassis("firmware")),
            serial=(_SERIAL, chassis("serial"), body(9, "serial")),
        ),
        System(
            os="zynos",
            numbers=("890",),
            descr=r"^(?:ES|GS|GES|MES|MGS|XS|XMG|XGS|ZyXEL)",
            model=(descr(r"^(\S.*?)(?: \d{8})?$"), _MODEL),
            version=(_VERSION, chassis("firmware")),
            serial=(_SERIAL, chassis("serial"), body(9, "serial")),
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

"""H3C and HPE Comware.

MIBs: ENTITY alone; the numbers are of HH3C-PRODUCT-ID-MIB.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, body, chassis, descr

_MODEL = (
    descr(r"\n(?:HPE?|H3C|3Com) ((?!Comware)\S.*?)\s*(?:\r|\n|$)"),
    descr(r"^(?:H3C )?Switch (\S+) Software"),
    descr(r"^H3C (?!Comware)(?:Switch )?(\S+)"),
    chassis("model"),
    chassis("descr", r"(?:HPE?|H3C) (.*?) Software Version"),
    body(9, "model"),
)
_VERSION = (
    descr(r"Software Version (\d[^\s,]*)"),
    descr(r"Version (\d[^\s,]*)"),
    chassis("software", r"(\S+)"),
)
_SERIAL = (chassis("serial"), body(9, "serial"))

VENDOR = Vendor(
    name="h3c",
    numbers=(25506,),
    systems=(
        System(
            os="comware",
            numbers=("25506", "2011.10"),
            model=_MODEL,
            version=_VERSION,
            serial=_SERIAL,
        ),
        System(
            os="comware",
            vendor="hpe",
            numbers=("25506.11", "25506.1"),
            descr=r"\bHPE?\b|Hewlett",
            model=_MODEL,
            version=_VERSION,
            serial=_SERIAL,
        ),
        System(
            os="3com",
            vendor="3com",
            numbers=("43",),
            model=(chassis("model"), descr(r"3Com (.*?)(?: Software|,|$)")),
            version=(descr(r"Version (\S+)"), chassis("software")),
            serial=_SERIAL,
        ),
    ),
)

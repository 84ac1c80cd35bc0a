"""MikroTik: RouterOS and SwOS.

MIBs: MIKROTIK, ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, chassis, descr

VENDOR = Vendor(
    name="mikrotik",
    numbers=(14988,),
    systems=(
        System(
            os="routeros",
            numbers=("14988.1",),
            model=(
                at("14988.1.1.7.9.0"),
                descr(r"RouterOS (\S.*)"),
                chassis("descr", r" on (\S+)"),
            ),
            version=(
                at("14988.1.1.4.4.0"),
                at("14988.1.1.7.4.0"),
                chassis("descr", r"RouterOS (\S+)"),
            ),
            serial=(at("14988.1.1.7.3.0"),),
        ),
        System(
            os="swos",
            numbers=("14988.2",),
            model=(descr(r"^(?!SwOS)(\S+)"), at("14988.1.1.7.9.0")),
            version=(descr(r"SwOS v?(\d\S*)"), at("14988.1.1.7.4.0")),
            serial=(at("14988.1.1.7.3.0"),),
        ),
    ),
)

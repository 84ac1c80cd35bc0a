"""Sangfor: firewalls and wireless controllers; their MIB (SANGFOR-SYSTEM-MIB) has no identity."""

from __future__ import annotations

from probes.facts.rules import System, Vendor, descr

VENDOR = Vendor(
    name="sangfor",
    numbers=(35047,),
    systems=(
        System(
            os="sangfor",
            numbers=("35047",),
            model=(descr(r"Sangfor (\S+)"),),
        ),
    ),
)

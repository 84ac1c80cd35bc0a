"""Topsec firewalls: what stands in sysDescr; their MIB tells only loads."""

from __future__ import annotations

from probes.facts.rules import System, Vendor, descr

VENDOR = Vendor(
    name="topsec",
    numbers=(14331,),
    systems=(
        System(
            os="topsec",
            numbers=("14331",),
            model=(descr(r"Topsec\s+(\S+)"),),
            version=(descr(r"Version (\S+)"),),
        ),
    ),
)

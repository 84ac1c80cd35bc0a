"""DrayTek routers: all stands in sysDescr."""

from __future__ import annotations

from probes.facts.rules import System, Vendor, descr

VENDOR = Vendor(
    name="draytek",
    numbers=(7367,),
    systems=(
        System(
            os="draytek",
            numbers=("7367",),
            model=(descr(r"Router Model: ([^,]+)"), descr(r"(?:Model: ?|^)(Vigor[\w ]+?)(?:,|$)")),
            version=(descr(r"Version: ([^,]+)"),),
        ),
    ),
)

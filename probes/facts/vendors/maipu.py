"""Maipu switches and routers.

MIBs: ENTITY alone; the numbers are of MAIPU-SMI.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, chassis, descr

VENDOR = Vendor(
    name="maipu",
    numbers=(5651,),
    systems=(
        System(
            os="mypoweros",
            numbers=("5651",),
            model=(
                descr(r"^\s*(\S+) Device"),
                descr(r"MyPower (\S.*?) version"),
                descr(r"\b((?:SM|MP|S|IS)\d\S+)"),
            ),
            version=(
                descr(r"SoftWare Version (?:\S+?_)?(\d\S*)"),
                descr(r"Version:? (\S+)"),
                chassis("software"),
            ),
            serial=(chassis("serial"),),
        ),
    ),
)

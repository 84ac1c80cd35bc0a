"""APC: UPS, power strips, cooling, behind one management card (PowerNet-MIB)."""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, descr, joined

_APC = "318.1.1"

VENDOR = Vendor(
    name="apc",
    numbers=(318,),
    systems=(
        System(
            os="apc",
            numbers=("318.1",),
            model=(
                joined(at(f"{_APC}.1.1.1.1.0"), "{}", at(f"{_APC}.1.1.2.1.0"), " {}"),
                joined(at(f"{_APC}.12.1.5.0"), "{}", at(f"{_APC}.12.1.2.0"), " {}"),
                joined(at(f"{_APC}.26.2.1.8.1"), "{}", at(f"{_APC}.26.2.1.5.1"), " {}"),
                at(f"{_APC}.4.1.4.0"),
                at(f"{_APC}.8.1.5.0"),
                descr(r"MN: ?([^\s)]+)"),
            ),
            version=(
                joined(descr(r"PF:(v[^\s)]+)"), "AOS {}", descr(r"AF1:(v[^\s)]+)"), " / App {}"),
                at(f"{_APC}.1.1.2.1.0"),
                at(f"{_APC}.12.1.3.0"),
            ),
            serial=(
                at(f"{_APC}.1.1.2.3.0"),
                at(f"{_APC}.12.1.6.0"),
                at(f"{_APC}.26.2.1.9.1"),
                at(f"{_APC}.4.1.5.0"),
                at(f"{_APC}.8.1.6.0"),
                descr(r"SN: ?([^\s)]+)"),
            ),
        ),
    ),
)

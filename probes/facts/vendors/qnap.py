"""QNAP: its numbers stand beside those of net-snmp.

NAS-MIB and QTS-MIB.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, body, chassis, descr

VENDOR = Vendor(
    name="qnap",
    numbers=(24681, 55062),
    systems=(
        System(
            os="qnap",
            numbers=("24681", "55062"),
            model=(
                at("55062.1.12.3.0"),
                at("24681.1.2.12.0"),
                at("24681.1.4.1.1.1.1.1.2.1.3.1"),
                chassis("model"),
                chassis("name"),
            ),
            version=(
                at("55062.1.12.6.0"),
                body(9, "firmware"),
                descr(r"(\d+\.\d+\.\d+)"),
                chassis("firmware"),
            ),
            serial=(at("55062.1.12.5.0"), at("24681.1.4.1.1.1.1.1.2.1.4.1"), chassis("serial")),
        ),
        System(
            os="qnap",
            numbers=("8072.3.2.10",),
            says=at("24681.1.2.12.0"),
            model=(at("24681.1.2.12.0"),),
            version=(chassis("firmware"), descr(r"(\d+\.\d+\.\d+)")),
            serial=(chassis("serial"),),
        ),
    ),
)

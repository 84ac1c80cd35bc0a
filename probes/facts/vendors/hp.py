"""HPE: ProVision switches, Integrated Lights-Out, blade enclosures, printers, MSM.

MIBs: NETSWITCH, SEMI, CPQSINFO, CPQSM2, CPQRACK, JETDIRECT (PERIPHERAL), Printer,
COLUBRIS-SYSTEM.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, chassis, descr, first

VENDOR = Vendor(
    name="hp",
    numbers=(11, 232),
    systems=(
        System(
            os="procurve",
            numbers=("11.2.3.7.11", "11.2.3.7.8.5"),
            model=(
                descr(
                    r"(?:HPE?|Hewlett-Packard|Aruba|ProCurve)? ?"
                    r"(J[A-Z]?\d\w+ .*?|J[A-Z]?\d\w+)(?: Switch)?(?:,| \(|$)"
                ),
                chassis("descr", r"(?:HPE?|Aruba) (.*?)(?: Switch| \(|$)"),
                chassis("model"),
            ),
            version=(
                at("11.2.14.11.5.1.1.3.0"),
                descr(r"revision (\S+?)(?:,|$)"),
                chassis("software"),
            ),
            serial=(at("11.2.36.1.1.2.9.0"), chassis("serial")),
        ),
        System(
            os="jetdirect",
            numbers=("11.2.3.9",),
            model=(
                at("1.3.6.1.2.1.25.3.2.1.3.1"),
                descr(r"PID:([^,]+)"),
                at("11.2.3.9.1.1.7.0", r"MDL:([^;]+)"),
            ),
            version=(at("11.2.3.9.4.2.1.1.3.6.0"), descr(r"EEPROM (\S+?)(?:,|$)")),
            serial=(at("11.2.3.9.4.2.1.1.3.3.0"), first("1.3.6.1.2.1.43.5.1.1.17")),
        ),
        System(
            os="hpe-ilo",
            numbers=("232.9",),
            model=(at("232.2.2.4.2.0"),),
            serial=(at("232.2.2.2.1.0"),),
            version=(at("232.9.2.2.2.0"), descr(r"(\d+\.\d+)")),
        ),
        System(
            os="hpvc",
            numbers=("11.5.7.5",),
            model=(chassis("model"),),
            version=(chassis("software"),),
            serial=(chassis("serial"),),
        ),
        System(
            os="hpblmos",
            numbers=("11.5.7.1.2",),
            model=(first("232.22.2.3.1.1.1.3"),),
            serial=(first("232.22.2.3.1.1.1.7"),),
            version=(first("232.22.2.3.1.1.1.8"),),
        ),
        System(
            os="hpmsm",
            numbers=("8744",),
            vendor="hp",
            model=(at("8744.5.6.1.1.1.0"),),
            version=(at("8744.5.6.1.1.2.0"),),
            serial=(at("8744.5.6.1.1.5.0"),),
        ),
    ),
)

"""D-Link switches, access nodes and points.

MIBs: RMON2, AGENT-GENERAL, ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, body, chassis, descr, joined

_PROBE = "1.3.6.1.2.1.16.19"  # probeConfig of RMON2-MIB: 2 software, 3 hardware revision
_MODEL = descr(r"(D[A-Z]{1,3}-\d[\w/-]*)")

VENDOR = Vendor(
    name="d-link",
    numbers=(171,),
    systems=(
        System(
            os="dlink",
            numbers=("171",),
            model=(
                joined(
                    _MODEL, "{}", at(f"{_PROBE}.3.0", r"^(?:H/?W:? ?|Rev\.? ?)?(\w+)$"), " Rev. {}"
                ),
                _MODEL,
                descr(r"^(\S*\d\S*)"),
                chassis("model"),
            ),
            version=(at(f"{_PROBE}.2.0"), chassis("software"), descr(r"(?:Version|V)\s?(\d\S*)")),
            serial=(at("171.12.1.1.12.0"), chassis("serial"), body(9, "serial")),
        ),
        System(
            os="dlinkap",
            numbers=("171",),
            descr=r"Access Point|D-?Link .*\bAP\b|\bDAP-",
            model=(_MODEL,),
            version=(at("171.10.37.35.5.1.1.0"), descr(r"(\d+\.\d+\S*)")),
        ),
    ),
)

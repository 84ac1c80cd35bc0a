"""C-Data and its kin: EPON and GPON nodes that answer under several numbers.

NSCRTV-FTTX-EPON-MIB and FD-SYSTEM-MIB.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, first

_BOARD = "17409.2.3.1.3.1.1"
_MAIN = "34592.1.3.1.5.1"
_HEAD = "34592.1.3.1.5.2.1.1"  # of FD-SYSTEM-MIB: 4 hardware, 5 software of the board

VENDOR = Vendor(
    name="c-data",
    numbers=(17409, 34592),
    systems=(
        System(
            os="cdata",
            numbers=("17409", "34592"),
            model=(first("17409.2.3.1.2.1.1.3", r"^(.*[A-Za-z].*)"), at(f"{_HEAD}.4.0")),
            version=(
                first(f"{_BOARD}.8"),
                first(f"{_BOARD}.9"),
                at(f"{_HEAD}.5.0"),
                at(f"{_MAIN}.4.0"),
            ),
            serial=(first(f"{_BOARD}.12"), at("17409.2.3.1.1.13.0")),
        ),
    ),
)

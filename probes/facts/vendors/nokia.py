"""Nokia: service routers (TiMOS, SR Linux), ISAM access nodes, 1830 transport.

MIBs: TIMETRA-CHASSIS, ASAM-EQUIP, ASAM-SYSTEM, TROPIC-SHELF, TROPIC-SOFTWARE, ENTITY.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, body, chassis, descr, first

_HOLDER = "637.61.1.23.2.1"  # eqptHolderEntry; its row 17 is the first shelf
_SHELF = "7483.2.2.1.1.2.1.3.1"  # tnShelfRiDataEntry: 2 mnemonic, 7 serial

VENDOR = Vendor(
    name="nokia",
    numbers=(6527, 637, 94, 7483),
    systems=(
        System(
            os="timos",
            numbers=("6527",),
            model=(
                descr(
                    r"(?:ALCATEL|Nokia) (?:SR |SAS-?\S* )?"
                    r"(\d{4} ?[A-Z]\S*(?: [A-Z]+-?\S*)?|\S+-?\S*) Copyright"
                ),
                descr(r"\b(77\d\d \S+|72\d\d \S+|70\d\d \S+)"),
            ),
            version=(descr(r"TiMOS-\w+-(\S+)"),),
            serial=(first("6527.3.1.2.2.1.8.1.5"), chassis("serial")),
        ),
        System(
            os="nokia-isam",
            numbers=("637.61",),
            model=(at(f"{_HOLDER}.4.17"), chassis("model"), descr(r"^(\S*\d\S*)")),
            version=(
                at("637.61.1.9.28.1.0"),
                descr(r"(R\d\.\d\S*|R\d\d\S*)"),
                first("637.61.1.24.1.1.1.2", r"([^/]*\d[^/]*)$"),
            ),
            serial=(
                at(f"{_HOLDER}.13.17", r"^(?!NOT )(.+)"),
                first("637.61.1.23.3.1.19"),
                chassis("serial"),
            ),
        ),
        System(
            os="srlinux",
            numbers=("6527.1.20",),
            model=(descr(r"Nokia (\S+(?: \S+)?) Copyright"), chassis("model")),
            version=(descr(r"SRLinux-v?(\S+)"),),
            serial=(chassis("serial"), body(3, "serial")),
        ),
        System(
            os="nokia-1830",
            numbers=("7483",),
            model=(first(f"{_SHELF}.2"), descr(r"(1830 \S+)")),
            version=(at("7483.2.1.5.2.1.1.5.0"), descr(r"(\d+\.\d+\S*)")),
            serial=(first(f"{_SHELF}.7"),),
        ),
    ),
)

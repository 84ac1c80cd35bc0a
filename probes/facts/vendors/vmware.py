"""VMware ESXi and vCenter.

VMWARE-PRODUCTS-MIB and VMWARE-SYSTEM-MIB.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, chassis, descr

VENDOR = Vendor(
    name="vmware",
    numbers=(6876,),
    systems=(
        System(
            os="vmware-esxi",
            numbers=("6876.4.1",),
            model=(chassis("descr"), chassis("model")),
            version=(at("6876.1.2.0"), descr(r"ESXi (\S+)")),
            serial=(chassis("serial"),),
        ),
        System(
            os="vmware-vcsa",
            numbers=("6876.4.3", "6876.4.7"),
            version=(at("6876.1.2.0"), descr(r"vCenter\S* (\S+)")),
        ),
    ),
)

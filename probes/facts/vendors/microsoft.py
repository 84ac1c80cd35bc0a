"""Windows: which release a build is.

The numbers are those of MSFT-MIB.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, coded, descr

_SERVER = {
    "3790": "Server 2003", "6001": "Server 2008 SP1", "6002": "Server 2008 SP2",
    "6003": "Server 2008 SP2",
    "7600": "Server 2008 R2", "7601": "Server 2008 R2 SP1", "9200": "Server 2012",
    "9600": "Server 2012 R2",
    "14393": "Server 2016 (1607)", "16299": "Server 2016 (1709)", "17134": "Server 2016 (1803)",
    "17763": "Server 2019 (1809)", "18362": "Server 2019 (1903)", "18363": "Server 2019 (1909)",
    "19041": "Server 2019 (2004)", "19042": "Server 2019 (20H2)", "20348": "Server 2022 (21H2)",
    "25398": "Server 2022 (23H2)", "26100": "Server 2025 (24H2)",
}  # fmt: skip
_CLIENT = {
    "2600": "XP", "6000": "Vista", "6001": "Vista SP1", "6002": "Vista SP2", "7600": "7",
    "7601": "7 SP1",
    "9200": "8", "9600": "8.1", "10240": "10 (1507)", "10586": "10 (1511)", "14393": "10 (1607)",
    "15063": "10 (1703)", "16299": "10 (1709)", "17134": "10 (1803)", "17763": "10 (1809)",
    "18362": "10 (1903)", "18363": "10 (1909)", "19041": "10 (2004)", "19042": "10 (20H2)",
    "19043": "10 (21H1)", "19044": "10 (21H2)", "19045": "10 (22H2)", "22000": "11 (21H2)",
    "22621": "11 (22H2)", "22631": "11 (23H2)", "26100": "11 (24H2)", "26200": "11 (25H2)",
}  # fmt: skip
_BUILD = descr(r"\(Build (\d+)")
_NUMBER = descr(r"Windows (?:\w+ )?Version (\S+)")
_MODEL = (
    descr(r"Hardware: (Intel)64", "{0} x64"),
    descr(r"Hardware: (AMD)64", "{0} x64"),
    descr(r"Hardware: EM64T", "Intel x64"),
    descr(r"Hardware: ia64", "Intel Itanium IA-64"),
    descr(r"Hardware: (ARM)\S*", "{0}"),
    descr(r"Hardware: x86", "Generic x86"),
)
_HERE = "311.1.1.3"

VENDOR = Vendor(
    name="microsoft",
    numbers=(311,),
    systems=(
        System(
            os="windows",
            numbers=(f"{_HERE}.1.1",),
            model=_MODEL,
            version=(coded(_CLIENT, _BUILD), _NUMBER),
        ),
        System(
            os="windows",
            numbers=(_HERE, f"{_HERE}.1.2", f"{_HERE}.1.3"),
            model=_MODEL,
            version=(coded(_SERVER, _BUILD), _NUMBER),
        ),
    ),
)

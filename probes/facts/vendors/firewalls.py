"""Makers of firewalls of whom one system each is known.

PAN-COMMON-, CHECKPOINT-, SFOS-FIREWALL-, CYBEROAM-, SNWL-COMMON-, WATCHGUARD-SYSTEM-STATISTICS-,
STONESOFT-FIREWALL-, STORMSHIELD-PROPERTY-, F5-BIGIP-SYSTEM-, PHION-, HILLSTONE-SYSTEM-, A10-AX-
and NS-ROOT-MIB.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, chassis, descr, fixed

_CHECKPOINT = "2620.1.6"  # svn
_SFOS, _CYBEROAM = "2604.5.1.1", "21067.2.1.1"

VENDOR = Vendor(
    name="firewalls",
    systems=(
        System(
            os="panos",
            vendor="paloalto",
            numbers=("25461.2",),
            model=(
                descr(r"(PA-\S+|Panorama|VM-\S+) series", "{0}"),
                at("25461.2.1.2.2.1.0"),
                chassis("model"),
            ),
            version=(at("25461.2.1.2.1.1.0"),),
            serial=(at("25461.2.1.2.1.3.0"), chassis("serial")),
        ),
        System(
            os="splat",
            vendor="checkpoint",
            numbers=("2620", "8072.3.2.10"),
            says=at(f"{_CHECKPOINT}.5.1.0", r"SecurePlatform|SPLAT"),
            model=(at(f"{_CHECKPOINT}.16.7.0"),),
            version=(at(f"{_CHECKPOINT}.4.1.0"),),
            serial=(at(f"{_CHECKPOINT}.16.3.0"),),
        ),
        System(
            os="gaia",
            vendor="checkpoint",
            numbers=("2620", "8072.3.2.10"),
            says=at(f"{_CHECKPOINT}.4.1.0"),
            model=(at(f"{_CHECKPOINT}.16.7.0"),),
            version=(at(f"{_CHECKPOINT}.4.1.0"),),
            serial=(at(f"{_CHECKPOINT}.16.3.0"),),
        ),
        System(
            os="gaia",
            vendor="checkpoint",
            numbers=("2620.1.6.123",),
            model=(at(f"{_CHECKPOINT}.16.7.0"),),
            serial=(at(f"{_CHECKPOINT}.16.3.0"),),
        ),
        System(
            os="sophos-xg",
            vendor="sophos",
            numbers=("2604.5", "21067.2"),
            model=(at(f"{_SFOS}.2.0"), at(f"{_CYBEROAM}.2.0")),
            version=(at(f"{_SFOS}.3.0"), at(f"{_CYBEROAM}.3.0")),
            serial=(at(f"{_SFOS}.4.0"), at(f"{_CYBEROAM}.1.0")),
        ),
        System(
            os="sophos",
            vendor="sophos",
            numbers=("8072.3.2.10", "9789.1500"),
            descr=r"astaro|sophos|UTM",
            version=(descr(r"(\d+\.\d+\S*)"),),
        ),
        System(
            os="sonicwall",
            vendor="sonicwall",
            numbers=("8741",),
            model=(at("8741.2.1.1.1.0"), descr(r"SonicWALL (\S+(?: \S+)?) ?\(")),
            version=(at("8741.2.1.1.3.0"), descr(r"SonicOS (?:Enhanced )?(\S+?)\)")),
            serial=(at("8741.2.1.1.2.0"),),
        ),
        System(
            os="fireware",
            vendor="watchguard",
            numbers=("3097.1.5",),
            model=(descr(r"^(\S.*)"),),
            version=(at("3097.6.3.1.0", r"sysa:\s*([^>\s]+)"), at("3097.6.3.1.0", r"^(\d\S*)")),
        ),
        System(
            os="forcepoint",
            vendor="forcepoint",
            numbers=("1369", "47565"),
            version=(
                at("1369.5.2.1.1.0"),
                at("47565.1.1.1.1.0"),
                descr(r"(\d+\.\d+\S*)"),
            ),
        ),
        System(
            os="ns-bsd",
            vendor="stormshield",
            numbers=("11256.2.0", "11256"),
            model=(at("11256.1.18.1.0"), at("11256.1.0.1.0")),
            version=(at("11256.1.18.2.0"), at("11256.1.0.2.0")),
            serial=(at("11256.1.18.3.0"), at("11256.1.0.3.0")),
        ),
        System(
            os="f5",
            vendor="f5",
            numbers=("3375.2",),
            model=(at("3375.2.1.3.5.2.0"), at("3375.2.1.3.5.1.0")),
            version=(at("3375.2.1.4.2.0"),),
            serial=(at("3375.2.1.3.3.3.0"),),
        ),
        System(
            os="barracudangfirewall",
            vendor="barracuda",
            numbers=("10704.1.10",),
            version=(at("10704.1.2.0"),),
        ),
        System(
            os="stoneos",
            vendor="hillstone",
            numbers=("28557",),
            model=(descr(r"^(\S*\d\S*)"),),
            version=(at("28557.2.2.1.2.0"),),
            serial=(at("28557.2.2.1.1.0"),),
        ),
        System(
            os="acos",
            vendor="a10",
            numbers=("22610.1.3",),
            model=(descr(r"^(?:Thunder Series Unified Application Service Gateway )?(\S+)"),),
            version=(descr(r"ACOS (\d\S*?),?(?:\s|$)"),),
            serial=(at("22610.2.4.1.6.2.0"),),
        ),
        System(
            os="netscaler",
            vendor="citrix",
            numbers=("5951.1",),
            model=(at("5951.4.1.1.11.0"), fixed("NetScaler")),
            version=(at("5951.4.1.1.1.0", r"NS(\S+?):"),),
            serial=(at("5951.4.1.1.14.0"),),
        ),
    ),
)

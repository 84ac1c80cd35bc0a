"""Hosts that answer with net-snmp: Linux, the BSDs, and appliances that are Linux inside.

NET-SNMP-TC, UCD-SNMP-MIB, UBNT-UniFi-MIB; the number of bsnmpd (BEGEMOT).
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, descr, first, fixed

_HOST = "8072.3.2"
_MODEL = (
    at("41112.1.6.3.3.0"),
    first("1.3.6.1.2.1.47.1.1.1.1.13"),
    descr(r"(x86_64)", "Generic x86 64-bit"),
    descr(r" (i[3-6]86|i86pc)\b", "Generic x86"),
    descr(r" (amd64)\b", "Generic x86 64-bit"),
    descr(r" (aarch64|arm\w*|mips\w*|ppc\w*|riscv\w*|sparc\w*)\s*$", "Generic {0}"),
)
_LINUX = (descr(r"^Linux \S+ (\S+)"),)

VENDOR = Vendor(
    name="net-snmp",
    numbers=(8072, 2021),
    systems=(
        System(
            os="linux",
            numbers=(f"{_HOST}.10",),
            model=_MODEL,
            version=_LINUX,
        ),
        System(  # "": many say no number at all
            os="linux",
            numbers=("", "8072", "2021"),
            descr=r"^Linux ",
            model=_MODEL,
            version=_LINUX,
        ),
        System(
            os="pfsense",
            vendor="netgate",
            numbers=(f"{_HOST}.8", "12325.1.1.2.1"),
            descr=r"pfSense",
            model=(fixed("pfSense"),),
            version=(descr(r"pfSense \S+ (\d\S*)"),),
        ),
        System(
            os="opnsense",
            vendor="opnsense",
            numbers=(f"{_HOST}.8", f"{_HOST}.255"),
            descr=r"OPNsense",
            version=(descr(r"OPNsense \S* ?(\d\S*)"),),
        ),
        System(
            os="truenas",
            vendor="truenas",
            numbers=(f"{_HOST}.8", f"{_HOST}.10", "50536"),
            descr=r"TrueNAS|FreeNAS",
            version=(descr(r"(?:True|Free)NAS-(?:SCALE-)?(\d[^\s]*?)\.?(?:\s|$)"),),
        ),
        # after those that say FreeBSD too
        System(
            os="freebsd",
            vendor="freebsd",
            numbers=(f"{_HOST}.8", "12325.1.1.2.1"),
            descr=r"FreeBSD",
            model=_MODEL,
            version=(descr(r"FreeBSD (?:\S+ )?(\d\S*)"),),
        ),
        System(
            os="dragonfly",
            vendor="dragonfly",
            numbers=(f"{_HOST}.17",),
            model=_MODEL,
            version=(descr(r"DragonFly \S+ (\d\S*)"),),
        ),
        System(
            os="openbsd",
            vendor="openbsd",
            numbers=(f"{_HOST}.12", "30155.23.1"),
            descr=r"OpenBSD",
            model=_MODEL,
            version=(descr(r"OpenBSD \S+ (\S+)"),),
        ),
        System(
            os="netbsd",
            vendor="netbsd",
            numbers=(f"{_HOST}.7",),
            descr=r"NetBSD",
            model=_MODEL,
            version=(descr(r"NetBSD \S+ (\S+)"),),
        ),
        System(
            os="solaris",
            vendor="oracle",
            numbers=(f"{_HOST}.3", "42.2.1.1"),
            model=_MODEL,
            version=(descr(r"(?:SunOS|Solaris) (?:\S+ )?(\d\S*)"),),
        ),
        System(
            os="macosx",
            vendor="apple",
            numbers=(f"{_HOST}.16", f"{_HOST}.255"),
            descr=r"Darwin",
            version=(descr(r"Darwin \S+ (\S+)"),),
        ),
        System(
            os="proxmox",
            vendor="proxmox",
            numbers=(f"{_HOST}.10",),
            descr=r"-pve\b",
            model=_MODEL,
            version=_LINUX,
        ),
        System(
            os="vyos",
            vendor="vyos",
            descr=r"VyOS",
            version=(descr(r"VyOS\s(\S+)"),),
            model=(fixed("VyOS"),),
        ),
        System(os="vyos", vendor="vyos", numbers=("44641",), model=(fixed("VyOS"),)),
        System(
            os="vyatta",
            vendor="vyatta",
            descr=r"Vyatta(?! ?VyOS)",
            version=(descr(r"Vyatta\s(?:VyOS )?(\S+)"),),
        ),
        System(
            os="openwrt",
            vendor="openwrt",
            numbers=(f"{_HOST}.10",),
            descr=r"OpenWrt",
            version=(descr(r"OpenWrt (\S+)"),),
        ),
        System(
            os="dd-wrt",
            vendor="dd-wrt",
            numbers=(f"{_HOST}.10",),
            descr=r"dd-wrt",
            version=_LINUX,
        ),
    ),
)

"""Which commands are sent to which platform (netmiko's names), and what each of them tells.

Nothing else is ever sent but `SETUP`: what netmiko needs to log in and to switch paging off for
the one session.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum


class Topic(StrEnum):
    VERSION = "version"
    INVENTORY = "inventory"
    INTERFACES = "interfaces"
    TRANSCEIVERS = "transceivers"
    NEIGHBOURS = "neighbours"
    MACS = "macs"
    ARP = "arp"
    CONFIG = "config"


Commands = dict[Topic, tuple[str, ...]]
T = Topic

_IOS: Commands = {
    T.VERSION: ("show version",),
    T.INVENTORY: ("show inventory",),
    T.INTERFACES: ("show interfaces",),
    T.NEIGHBOURS: ("show lldp neighbors detail", "show cdp neighbors detail"),
    T.MACS: ("show mac address-table",),
    T.ARP: ("show ip arp",),
    T.CONFIG: ("show running-config",),
}
_PROCURVE: Commands = {
    T.VERSION: ("show version", "show system"),
    T.INVENTORY: ("show modules",),
    T.INTERFACES: ("show interfaces brief",),
    T.NEIGHBOURS: ("show lldp info remote-device detail", "show cdp neighbors detail"),
    T.MACS: ("show mac-address",),
    T.ARP: ("show arp",),
    T.CONFIG: ("show running-config",),
}

PLATFORMS: Mapping[str, Commands] = {
    "cisco_ios": _IOS,
    "cisco_xe": _IOS,
    "cisco_xr": _IOS | {T.CONFIG: ("show running-config",), T.ARP: ("show arp",)},
    "cisco_nxos": _IOS
    | {
        T.INTERFACES: ("show interface",),
        T.TRANSCEIVERS: ("show interface transceiver",),
    },
    "cisco_asa": {
        T.VERSION: ("show version",),
        T.INVENTORY: ("show inventory",),
        T.INTERFACES: ("show interface",),
        T.ARP: ("show arp",),
        T.CONFIG: ("show running-config",),
    },
    "cisco_s300": {
        T.VERSION: ("show version", "show system"),
        T.INVENTORY: ("show inventory",),
        T.INTERFACES: ("show interfaces status",),
        T.NEIGHBOURS: ("show lldp neighbors",),
        T.MACS: ("show mac address-table",),
        T.ARP: ("show arp",),
        T.CONFIG: ("show running-config",),
    },
    "huawei_vrp": {
        T.VERSION: ("display version",),
        T.INVENTORY: ("display device", "display sn license"),
        T.INTERFACES: ("display interface",),
        T.NEIGHBOURS: ("display lldp neighbor",),
        T.MACS: ("display mac-address",),
        T.ARP: ("display arp all",),
        T.CONFIG: ("display current-configuration",),
    },
    "huawei_smartax": {
        T.VERSION: ("display version",),
        T.INVENTORY: ("display board 0",),
        T.CONFIG: ("display current-configuration",),
    },
    "hp_comware": {
        T.VERSION: ("display version",),
        T.INVENTORY: ("display device manuinfo",),
        T.INTERFACES: ("display interface",),
        T.NEIGHBOURS: ("display lldp neighbor-information verbose",),
        T.MACS: ("display mac-address",),
        T.ARP: ("display arp",),
        T.CONFIG: ("display current-configuration",),
    },
    "hp_procurve": _PROCURVE,
    "aruba_osswitch": _PROCURVE,
    "aruba_aoscx": {
        T.VERSION: ("show system",),
        T.INVENTORY: ("show module",),
        T.INTERFACES: ("show interface",),
        T.NEIGHBOURS: ("show lldp neighbors-info detail",),
        T.MACS: ("show mac-address-table",),
        T.ARP: ("show arp all-vrfs",),
        T.CONFIG: ("show running-config",),
    },
    "juniper_junos": {
        T.VERSION: ("show version",),
        T.INVENTORY: ("show chassis hardware",),
        T.INTERFACES: ("show interfaces",),
        T.NEIGHBOURS: ("show lldp neighbors",),
        T.ARP: ("show arp no-resolve",),
        T.CONFIG: ("show configuration",),
    },
    "mikrotik_routeros": {
        T.VERSION: ("/system resource print", "/system routerboard print"),
        T.INVENTORY: ("/system routerboard print",),
        T.INTERFACES: ("/interface print detail",),
        T.NEIGHBOURS: ("/ip neighbor print detail",),
        T.MACS: ("/interface bridge host print terse without-paging",),
        T.ARP: ("/ip arp print without-paging",),
        T.CONFIG: ("/export",),
    },
    "fortinet": {
        T.VERSION: ("get system status",),
        T.INVENTORY: ("get system status",),
        T.INTERFACES: ("get system interface physical",),
        T.ARP: ("get system arp",),
        T.CONFIG: ("show",),
    },
    "zte_zxros": {
        T.VERSION: ("show version",),
        T.INVENTORY: ("show version",),
        T.INTERFACES: ("show interface",),
        T.ARP: ("show arp",),
        T.CONFIG: ("show running-config",),
    },
    "ubiquiti_edgerouter": {
        T.VERSION: ("show version",),
        T.INVENTORY: ("show version",),
        T.INTERFACES: ("show interfaces",),
        T.ARP: ("show arp",),
        T.CONFIG: ("show configuration commands",),
    },
    "arista_eos": _IOS
    | {
        T.INTERFACES: ("show interfaces",),
        T.TRANSCEIVERS: ("show interfaces transceiver hardware",),
    },
    "allied_telesis_awplus": {
        T.VERSION: ("show system",),
        T.INVENTORY: ("show system",),
        T.CONFIG: ("show running-config",),
    },
    "paloalto_panos": {
        T.VERSION: ("show system info",),
        T.INVENTORY: ("show system info",),
        T.CONFIG: ("show config running",),
    },
    "linux": {
        T.VERSION: ("uname -a",),
        T.INVENTORY: ("dmidecode -t system",),
        T.INTERFACES: ("ip link show",),
        T.ARP: ("arp -a",),
    },
    "dlink_ds": {
        T.VERSION: ("show switch",),
        T.INVENTORY: ("show switch",),
        T.ARP: ("show arpentry",),
        T.CONFIG: ("show config current_config",),
    },
}
# Switching paging off would be written into their configuration: they are paged through.
PAGED = frozenset(("fortinet", "dlink_ds"))
# Where netmiko's class for Telnet has another name.
TELNET: Mapping[str, str] = {
    "aruba_osswitch": "aruba_procurve_telnet",
    "huawei_smartax": "huawei_olt_telnet",
    "huawei_vrp": "huawei_telnet",
}
# Where a second word opens the commands that show all.
ENABLED = frozenset(
    (
        "allied_telesis_awplus",
        "arista_eos",
        "aruba_osswitch",
        "cisco_asa",
        "cisco_ios",
        "cisco_s300",
        "cisco_xe",
        "hp_procurve",
        "huawei_smartax",
        "zte_zxros",
    )
)
READ_ONLY = frozenset(
    command
    for commands in PLATFORMS.values()
    for several in commands.values()
    for command in several
)
SETUP = re.compile(
    r"enable(?: \d+)?|login|exit|quit|logout|/quit|show curpriv"
    r"|terminal (?:length|width|pager|datadump|no monitor|monitor)\b.*|no pag(?:e|ing)"
    r"|screen-(?:length|width) [\w ]+|undo terminal (?:monitor|logging)|scroll|infoswitch cli OFF"
    r"|undo (?:smart|alarm output all)|mmi-mode original-output"
    r"|set cli (?:screen-(?:length|width) \d+|complete-on-space off|scripting-mode on"
    r"|terminal width \d+|pager off)|disable cli prompting"
    r"|get system status \| grep \w+|get system console|show full-configuration system console"
)
# The platform of a device whose system is known and whose platform is not declared.
BY_OS: Mapping[str, str] = {
    "arista_eos": "arista_eos",
    "arubaos-cx": "aruba_aoscx",
    "asa": "cisco_asa",
    "awplus": "allied_telesis_awplus",
    "ciscosb": "cisco_s300",
    "comware": "hp_comware",
    "dlink": "dlink_ds",
    "edgeos": "ubiquiti_edgerouter",
    "fortigate": "fortinet",
    "ios": "cisco_ios",
    "iosxe": "cisco_xe",
    "iosxr": "cisco_xr",
    "junos": "juniper_junos",
    "linux": "linux",
    "nxos": "cisco_nxos",
    "panos": "paloalto_panos",
    "procurve": "hp_procurve",
    "routeros": "mikrotik_routeros",
    "smartax": "huawei_smartax",
    "vrp": "huawei_vrp",
    "zxr10": "zte_zxros",
}

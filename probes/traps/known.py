"""The traps that we act on, by what they mean; all others are only counted.

Sources: RFC 3418 and RFC 2863 (generic ones), RFC 6933, RFC 1628 (UPS), and the MIBs of APC, Eaton,
MGE and Voltronic, which many UPS of other names speak too.
"""

from __future__ import annotations

from collections.abc import Iterator

from wire.ber import oid

LINK_DOWN, LINK_UP = "linkDown", "linkUp"
ABOUT_A_PORT = frozenset({LINK_DOWN, LINK_UP})
AUTHENTICATION_FAILURE = oid("1.3.6.1.6.3.1.1.5.5")  # counted: anybody can cause it

_NAMES = {
    "1.3.6.1.6.3.1.1.5.1": "coldStart",
    "1.3.6.1.6.3.1.1.5.2": "warmStart",
    "1.3.6.1.6.3.1.1.5.3": LINK_DOWN,
    "1.3.6.1.6.3.1.1.5.4": LINK_UP,
    "1.3.6.1.2.1.47.2.0.1": "entConfigChange",
    "1.3.6.1.2.1.33.2.1": "upsTrapOnBattery",
    "1.3.6.1.2.1.33.2.3": "upsTrapAlarmEntryAdded",
    "1.3.6.1.2.1.33.2.4": "upsTrapAlarmEntryRemoved",
    "1.3.6.1.4.1.318.0.5": "upsOnBattery",
    "1.3.6.1.4.1.318.0.9": "powerRestored",
    "1.3.6.1.4.1.935.0.5": "upsOnBattery",
    "1.3.6.1.4.1.935.0.9": "powerRestored",
    "1.3.6.1.4.1.534.1.11.4.1.0.3": "xupstdOnBattery",
    "1.3.6.1.4.1.534.1.11.4.1.0.5": "xupstdUtilityPowerRestored",
    "1.3.6.1.4.1.705.1.11.0.11": "upsmgOnBattery",
    "1.3.6.1.4.1.705.1.11.0.12": "upsmgReturnFromBattery",
}


def _both_ways() -> Iterator[tuple[bytes, str]]:
    """A trap of version 1 gets a zero before its last number, which those of RFC 1628 lack."""
    for dotted, name in _NAMES.items():
        yield oid(dotted), name
        above, _, last = dotted.rpartition(".")
        if dotted.startswith("1.3.6.1.2.1.33."):
            yield oid(f"{above}.0.{last}"), name


ACTED_ON = dict(_both_ways())  # encoded OID → name

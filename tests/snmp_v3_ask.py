"""Whom tests ask by SNMPv3: a real snmpd, or the agent of our own."""

from __future__ import annotations

from typing import Any

from probes.results import SnmpTarget
from tests.snmp_v3_agent import AUTH_KEY as AUTH_V3
from tests.snmp_v3_agent import PRIV_KEY as PRIV_V3
from tests.snmp_v3_agent import USER
from tests.snmpd import AUTH_KEY, PRIV_KEY, USERS


def aim(port: int, user: str = "sha256aes128", **changes: Any) -> SnmpTarget:
    auth, priv = USERS[user][:2] if user in USERS else ("sha256", "aes128")
    asked: dict[str, Any] = {"node": 7, "address": "127.0.0.1", "port": port, "version": "3"}
    asked |= {"user": user, "auth": auth, "auth_key": AUTH_KEY, "priv": priv, "priv_key": PRIV_KEY}
    return SnmpTarget(**asked | {"timeout_s": 0.3} | changes)


def own(port: int, **changes: Any) -> SnmpTarget:
    """The agent of our own."""
    secrets: dict[str, Any] = {"auth": "sha256", "auth_key": AUTH_V3, "priv_key": PRIV_V3}
    return aim(port, USER, **secrets | changes)

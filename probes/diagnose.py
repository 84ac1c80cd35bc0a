"""Why an SNMPv3 agent does not answer us: user, authentication key or privacy key."""

from __future__ import annotations

from probes.results import SnmpStatus, SnmpTarget
from probes.snmp_talk import End
from wire import ber, usm
from wire.usm_keys import AUTH, PRIV

SILENCE_V3 = "no SNMPv3 answer: source not allowed, agent off or without SNMPv3"
_KEY_MIN = 8


def impossible(target: SnmpTarget) -> End | None:
    """What need not even be tried."""
    if target.auth not in (None, *AUTH) or target.priv not in (None, *PRIV):
        known = f"auth is one of {', '.join(AUTH)}; priv one of {', '.join(PRIV)}"
        return End(SnmpStatus.BAD_ANSWER, f"unknown SNMPv3 protocol in the profile: {known}")
    if target.priv and not target.auth:
        return End(SnmpStatus.BAD_ANSWER, "the profile has privacy without authentication")
    if target.auth and len((target.auth_key or "").encode()) < _KEY_MIN:  # RFC 3414 section 11.2
        detail = f"the authentication key has fewer than {_KEY_MIN} bytes"
        return End(SnmpStatus.WRONG_AUTH_KEY, detail)
    if target.priv and len((target.priv_key or "").encode()) < _KEY_MIN:
        detail = f"the privacy key has fewer than {_KEY_MIN} bytes"
        return End(SnmpStatus.WRONG_PRIV_KEY, detail)
    return None


def meant(report: bytes, target: SnmpTarget) -> End:
    """What a report says of our user and keys; `report` is the OID of its counter."""
    if report == usm.UNKNOWN_USER:
        detail = f"the agent does not know the user {target.user!r}"
        return End(SnmpStatus.UNKNOWN_USER, detail)
    if report == usm.WRONG_DIGEST:
        detail = f"wrong authentication key or protocol ({target.auth}) for user {target.user!r}"
        return End(SnmpStatus.WRONG_AUTH_KEY, detail)
    if report == usm.UNSUPPORTED_LEVEL and target.priv is None:
        level = "authentication" if target.auth is None else "privacy"
        detail = f"the agent wants {level} of the user {target.user!r}"
        return End(
            SnmpStatus.WRONG_AUTH_KEY if target.auth is None else SnmpStatus.WRONG_PRIV_KEY, detail
        )
    if report in (usm.UNSUPPORTED_LEVEL, usm.DECRYPTION_ERROR):
        return wrong_privacy(target)
    try:
        name = ber.dotted(report)
    except ber.Malformed:
        name = "without a name"
    return End(SnmpStatus.BAD_ANSWER, f"unusable SNMPv3 answer: report {name}")


def wrong_privacy(target: SnmpTarget) -> End:
    detail = f"wrong privacy key or protocol ({target.priv}) for user {target.user!r}"
    return End(SnmpStatus.WRONG_PRIV_KEY, detail)


def ignored(target: SnmpTarget) -> End:
    """It speaks SNMPv3, but not to us."""
    context = f" or its context {target.context!r}" if target.context else ""
    detail = f"the agent speaks SNMPv3 but ignores the user {target.user!r}{context}"
    return End(SnmpStatus.NO_ANSWER, detail)

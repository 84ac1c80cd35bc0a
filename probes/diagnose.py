"""Why an SNMPv3 agent does not answer us: port, user, authentication key or privacy key."""

from __future__ import annotations

import asyncio
import importlib
import random
import socket
import warnings
from typing import Any

from probes.results import SnmpStatus, SnmpTarget
from wire import usm

Verdict = tuple[SnmpStatus, str]

SILENCE_V3 = "no SNMPv3 answer: source not allowed, agent off or without SNMPv3"
_AUTH = {
    "sha1": "USM_AUTH_HMAC96_SHA",
    "sha256": "USM_AUTH_HMAC192_SHA256",
    "sha512": "USM_AUTH_HMAC384_SHA512",
}
_PRIV = {"aes128": "USM_PRIV_CFB128_AES", "aes256": "USM_PRIV_CFB256_AES_BLUMENTHAL"}
_NOT_V3 = (SnmpStatus.BAD_ANSWER, "what came was no SNMPv3")
_KEY_MIN = 8
_SYS_UPTIME = "1.3.6.1.2.1.1.3.0"


def key_problem(target: SnmpTarget) -> Verdict | None:
    """Keys that no agent can have: passwords of fewer than 8 characters (RFC 3414 section 11.2)."""
    if target.auth and len((target.auth_key or "").encode()) < _KEY_MIN:
        return SnmpStatus.WRONG_AUTH_KEY, f"the authentication key has fewer than {_KEY_MIN} bytes"
    if target.priv and len((target.priv_key or "").encode()) < _KEY_MIN:
        return SnmpStatus.WRONG_PRIV_KEY, f"the privacy key has fewer than {_KEY_MIN} bytes"
    return None


async def reach(target: SnmpTarget) -> Verdict | None:
    """Does anything speak SNMPv3 there? None: yes. It needs no key, and no slow library."""
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in target.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        try:
            sock.connect((target.address, target.port))
            for _ in range(target.retries + 1):
                sock.send(usm.discovery(random.randrange(1, 0x7FFF_FFFF)))
                try:
                    heard = await asyncio.wait_for(loop.sock_recv(sock, 65_535), target.timeout_s)
                except TimeoutError:
                    continue
                return None if usm.is_v3(heard) else _NOT_V3
        except ConnectionRefusedError:
            detail = f"nothing listens on UDP port {target.port} (ICMP port unreachable)"
            return SnmpStatus.PORT_UNREACHABLE, detail
        except OSError as error:
            return SnmpStatus.NO_ANSWER, f"could not ask {target.address}: {error.strerror}"
    return SnmpStatus.NO_ANSWER, SILENCE_V3


async def diagnose(target: SnmpTarget) -> Verdict:
    """Ask once more in ways that tell the reasons apart, some of them by a slow full library.

    A wrong privacy key makes an agent fall silent, as it cannot read the question: it is proved
    by an answer of any kind to the same user without privacy, which proves the other key right.
    """
    verdict = key_problem(target) or await reach(target)
    if verdict is not None:
        return verdict
    library = await asyncio.to_thread(_library)
    said = await _ask(library, target, privacy=target.priv is not None)
    verdict = _judge(said, target)
    if verdict is not None or target.priv is None:
        return verdict or (SnmpStatus.NO_ANSWER, "the agent speaks SNMPv3 but ignores this user")
    said = await _ask(library, target, privacy=False)
    if said == "RequestTimedOut":
        return SnmpStatus.NO_ANSWER, "the agent speaks SNMPv3 but ignores this user"
    verdict = _judge(said, target)
    if verdict is not None and verdict[0] in (SnmpStatus.UNKNOWN_USER, SnmpStatus.WRONG_AUTH_KEY):
        return verdict
    return SnmpStatus.WRONG_PRIV_KEY, _wrong_privacy(target)


def _library() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own deprecations
        return importlib.import_module("pysnmp.hlapi.v3arch.asyncio")


def _wrong_privacy(target: SnmpTarget) -> str:
    return f"wrong privacy key or protocol ({target.priv}) for user {target.user!r}"


def _judge(said: str, target: SnmpTarget) -> Verdict | None:
    """The library's word for what happened → our verdict; None where the agent stayed silent."""
    if said == "RequestTimedOut":
        return None
    if said == "":
        return SnmpStatus.NO_ANSWER, "the answer got lost; asked again, the agent answered"
    if said == "UnknownUserName":
        return SnmpStatus.UNKNOWN_USER, f"the agent does not know the user {target.user!r}"
    if said in ("WrongDigest", "AuthenticationFailure", "AuthenticationError"):
        detail = f"wrong authentication key or protocol ({target.auth}) for user {target.user!r}"
        return SnmpStatus.WRONG_AUTH_KEY, detail
    if said in ("DecryptionError", "UnsupportedSecurityLevel"):
        return SnmpStatus.WRONG_PRIV_KEY, _wrong_privacy(target)
    return SnmpStatus.BAD_ANSWER, f"unusable SNMPv3 answer: {said}"


async def _ask(library: Any, target: SnmpTarget, *, privacy: bool) -> str:
    """One GET of sysUpTime → the name of the error, or nothing when it was answered."""
    engine = library.SnmpEngine()
    place = (target.address, target.port)
    transport = library.Udp6TransportTarget if ":" in target.address else library.UdpTransportTarget
    try:
        error, _, _, _ = await library.get_cmd(
            engine,
            _user(library, target, privacy=privacy),
            await transport.create(place, timeout=target.timeout_s, retries=target.retries),
            library.ContextData(contextName=target.context),
            library.ObjectType(library.ObjectIdentity(_SYS_UPTIME)),
            lookupMib=False,
        )
    except Exception as problem:  # its texts may hold keys: only the name may go on
        return type(problem).__name__
    finally:
        engine.close_dispatcher()
    return type(error).__name__ if error else ""


def _user(library: Any, target: SnmpTarget, *, privacy: bool) -> Any:
    keys: dict[str, Any] = {}
    if target.auth:
        keys["authKey"] = (target.auth_key or "").encode()
        keys["authProtocol"] = getattr(library, _AUTH[target.auth])
    if target.priv and privacy:
        keys["privKey"] = (target.priv_key or "").encode()
        keys["privProtocol"] = getattr(library, _PRIV[target.priv])
    return library.UsmUserData(target.user or "", **keys)

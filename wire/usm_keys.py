"""Keys of SNMPv3's user-based security: from passwords to signatures, and to sealed bytes.

Sources: RFC 3414 (passwords, SHA-1), RFC 7860 (SHA-2), RFC 3826 (AES-128), and the draft of
Blumenthal for AES-256, whose way to lengthen keys Net-SNMP follows.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import NamedTuple

from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES

AUTH = {"sha1": 12, "sha256": 24, "sha512": 48}  # our word, also hashlib's → bytes of a signature
PRIV = {"aes128": 16, "aes256": 32}  # → bytes of the key
SALT_SIZE = 8

_EXPANDED = 1_048_576  # bytes of repeated password that make the master key


class Keys(NamedTuple):
    """The keys of one user at one engine; an empty one: not at this level."""

    auth: str
    auth_key: bytes
    priv_key: bytes

    @property
    def signature_size(self) -> int:
        return AUTH[self.auth] if self.auth else 0

    def signature(self, message: bytes) -> bytes:
        """Of a message whose own signature is zeros."""
        return hmac.digest(self.auth_key, message, self.auth)[: AUTH[self.auth]]

    def encrypted(self, content: bytes, boots: int, time: int, salt: bytes) -> bytes:
        start = CFB(_start(boots, time, salt))
        return Cipher(_aes(self.priv_key), start).encryptor().update(content)

    def decrypted(self, content: bytes, boots: int, time: int, salt: bytes) -> bytes:
        start = CFB(_start(boots, time, salt))
        return Cipher(_aes(self.priv_key), start).decryptor().update(content)


NO_KEYS = Keys("", b"", b"")


def keys_at(
    engine_id: bytes, auth: str, auth_password: str, priv: str = "", priv_password: str = ""
) -> Keys:
    """The user's keys, which each engine has for itself. Empty names: no such level."""
    if not auth:
        return NO_KEYS
    auth_key = _localized(auth, _master(auth, auth_password), engine_id)
    if not priv:
        return Keys(auth, auth_key, b"")
    priv_key = _localized(auth, _master(auth, priv_password), engine_id)
    while len(priv_key) < PRIV[priv]:
        priv_key += hashlib.new(auth, priv_key).digest()
    return Keys(auth, auth_key, priv_key[: PRIV[priv]])


@lru_cache(maxsize=256)
def _master(auth: str, password: str) -> bytes:
    """RFC 3414 A.2 hashes a megabyte for it: once a profile, not once a device."""
    encoded = password.encode()
    repeated = encoded * (_EXPANDED // len(encoded) + 1)
    return hashlib.new(auth, repeated[:_EXPANDED]).digest()


def _localized(auth: str, master: bytes, engine_id: bytes) -> bytes:
    return hashlib.new(auth, master + engine_id + master).digest()


@lru_cache(maxsize=4096)
def _aes(key: bytes) -> AES:
    return AES(key)


def _start(boots: int, time: int, salt: bytes) -> bytes:
    return boots.to_bytes(4, "big") + time.to_bytes(4, "big") + salt

"""Passwords: which are taken, and how they are kept: scrypt, its parameters beside each hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass

from store.speech import Refused, refused

SHORTEST, LONGEST, FEWEST = 12, 1_000, 5  # characters; different ones among them
_SALT, _LENGTH = 16, 32  # bytes


@dataclass(frozen=True, slots=True)
class Cost:
    """RFC 7914: work is n × p, memory 128 × n × r bytes."""

    n: int
    r: int
    p: int

    @property
    def bytes(self) -> int:
        return 128 * self.r * (self.n + self.p + 2)


COST = Cost(2**14, 8, 5)  # one of OWASP's equal choices, that with the least memory: 17 MB


def unfit(password: str, name: str) -> Refused | None:
    """Why it is not taken; None: it is."""
    text = _nfc(password)
    if len(text) < SHORTEST:
        return refused("password_short", least=SHORTEST)
    if len(text) > LONGEST:
        return refused("password_long", most=LONGEST)
    if len(set(text)) < FEWEST:
        return refused("password_alike", least=FEWEST)
    plain, own = text.casefold(), _nfc(name).casefold()
    if plain.replace(own, "") == "" or (own in plain and len(plain) - len(own) < FEWEST):
        return refused("password_name")
    return None


def hashed(password: str, cost: Cost = COST) -> str:
    """`scrypt$n$r$p$salt$hash`. Takes some hundred milliseconds."""
    salt = secrets.token_bytes(_SALT)
    parts = (salt, _scrypt(password, salt, cost))
    told = (base64.b64encode(part).decode() for part in parts)
    return "$".join(("scrypt", str(cost.n), str(cost.r), str(cost.p), *told))


def fits(password: str, kept: str) -> bool:
    """Whether it is the password of that hash; takes as long as making it took."""
    _, n, r, p, salt, wanted = kept.split("$")
    found = _scrypt(password, base64.b64decode(salt), Cost(int(n), int(r), int(p)))
    return hmac.compare_digest(found, base64.b64decode(wanted))


def outdated(kept: str, cost: Cost = COST) -> bool:
    """It was made at another cost than is usual now."""
    return kept.split("$")[1:4] != [str(cost.n), str(cost.r), str(cost.p)]


def _scrypt(password: str, salt: bytes, cost: Cost) -> bytes:
    given = _nfc(password[: 2 * LONGEST]).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(
        given, salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=2 * cost.bytes, dklen=_LENGTH
    )


def _nfc(text: str) -> str:
    """However a keyboard composes ệ, it is the same letter (RFC 8265)."""
    return unicodedata.normalize("NFC", text)

"""Object identifiers: as text, as numbers, and as the content bytes in which they travel (X.690).

Whatever is wrong with them raises `Malformed` and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

MAX_ARCS = 128  # sub-identifiers in an OID, RFC 3416 section 4.1


class Malformed(ValueError):  # noqa: N818, the field's own word
    """The bytes are not what they claim to be."""


@lru_cache(maxsize=4096)
def oid(text: str) -> bytes:
    """`1.3.6.1.2.1.1.5.0` → encoded content bytes (without tag and length)."""
    try:
        arcs_ = [int(arc) for arc in text.strip().removeprefix(".").split(".")]
    except ValueError:
        raise Malformed(f"not an OID: {text!r}") from None
    return encode_arcs(arcs_)


def encode_arcs(arcs_: Iterable[int]) -> bytes:
    """`(1, 3, 6, 1)` → encoded content bytes."""
    numbers = list(arcs_)
    if not 2 <= len(numbers) <= MAX_ARCS or not _first_arcs_fit(*numbers[:2]):
        raise Malformed(f"not an OID: {numbers[:MAX_ARCS]}")
    return subids((numbers[0] * 40 + numbers[1], *numbers[2:]))


def _first_arcs_fit(first: int, second: int) -> bool:
    return 0 <= first <= 2 and (second < 40 or first == 2)


def subids(numbers: Iterable[int]) -> bytes:
    """Sub-identifiers in base 128: the index part of an OID, as `column + subids((7,))`."""
    out = bytearray()
    for number in numbers:
        if not 0 <= number <= 0xFFFF_FFFF:
            raise Malformed(f"not a sub-identifier: {number}")
        if number < 128:
            out.append(number)
            continue
        digits = [number & 127]
        while number := number >> 7:
            digits.append(128 | number & 127)
        out += bytes(reversed(digits))
    return bytes(out)


def arcs(encoded: bytes) -> tuple[int, ...]:
    """Encoded OID → its numbers. Compare OIDs by these: encoded bytes do not sort in OID order."""
    numbers = suffix_arcs(encoded)
    if not 0 < len(numbers) < MAX_ARCS:  # the first one stands for two
        raise Malformed(f"OID of {len(numbers)} numbers")
    first = min(numbers[0] // 40, 2)
    return first, numbers[0] - first * 40, *numbers[1:]


def suffix_arcs(encoded: bytes) -> tuple[int, ...]:
    """The index part of an OID → its numbers (no rule for the first one)."""
    numbers = []
    number = 0
    for byte in encoded:
        if byte == 0x80 and number == 0:
            raise Malformed("padded sub-identifier")
        number = number << 7 | byte & 127
        if number > 0xFFFF_FFFF:
            raise Malformed("sub-identifier above 32 bits")
        if byte < 128:
            numbers.append(number)
            number = 0
    if encoded and encoded[-1] > 127:
        raise Malformed("OID ends within a sub-identifier")
    if len(numbers) > MAX_ARCS:
        raise Malformed(f"OID of more than {MAX_ARCS} numbers")
    return tuple(numbers)


def dotted(encoded: bytes) -> str:
    """Encoded content bytes → `1.3.6.1.2.1.1.5.0`."""
    return ".".join(map(str, arcs(encoded)))

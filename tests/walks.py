"""Recorded walks of real devices, and a program that replays them as agents with faults.

Both lie outside of the checkout, where they are there at all; without them tests are skipped.
"""

from __future__ import annotations

import contextlib
import re
import select
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from wire import ber

SHARED = Path(__file__).parents[1].parent / "shared"
WALKS = SHARED / "corpus" / "snmprec"
REPLAY = SHARED / "tools" / "snmpreplay.py"
COMMUNITY = "public"
_START_S = 60.0
_NUMBERS = {"2": None, "65": 1 << 32, "66": 1 << 32, "67": 1 << 32, "70": 1 << 64}
_ESCAPED = re.compile(rb"\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.)", re.DOTALL)
_SHORT = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}

_COUNTER64 = b"70"

Walk = Mapping[bytes, ber.Value]  # encoded OID → value, as our walker gives it


@dataclass(frozen=True)
class Place:
    """A running agent, and the name of the walk that it replays."""

    name: str
    address: str
    port: int


def names() -> list[str]:
    """All walks, or nothing where they are not there."""
    return sorted(path.stem for path in WALKS.glob("*.snmprec")) if WALKS.is_dir() else []


def need_walks() -> None:
    if not names() or not REPLAY.is_file():
        pytest.skip(f"the recorded walks are not there: {WALKS}")


@lru_cache(maxsize=128)
def walk(name: str, version: str = "2c") -> Walk:
    """What a device says. Lines that no agent can serve are left out; of equal OIDs the first.

    Version 1 has no 64-bit numbers: what holds one is passed over.
    """
    found: dict[bytes, ber.Value] = {}
    for line in (WALKS / f"{name}.snmprec").read_bytes().splitlines():
        with contextlib.suppress(ValueError):
            left, tag, raw = line.split(b"|", 2)
            oid = ber.oid(left.decode("ascii").strip().strip("."))
            if version != "1" or not tag.startswith(_COUNTER64):
                found.setdefault(oid, _value(tag.decode("ascii"), raw))
    return found


def _value(tag: str, raw: bytes) -> ber.Value:
    tag, _, varied = tag.partition(":")
    if varied:  # a value that a simulator would vary: the agent serves the first one
        options = dict(option.partition(b"=")[::2] for option in raw.split(b","))
        raw = options.get(b"value", options.get(b"initial", b"0"))
    kind = tag.rstrip("xe")
    if tag.endswith("x"):
        raw = bytes.fromhex(raw.decode("ascii") + "0" * (len(raw) % 2))
    elif tag.endswith("e"):
        raw = _ESCAPED.sub(_unescaped, raw)
    if kind in _NUMBERS:
        modulus = _NUMBERS[kind]
        return int(raw) % modulus if modulus else int(raw)
    if kind in ("4", "68"):
        return raw
    if kind == "6":
        text = raw.decode("ascii").strip().strip(".")
        return ber.oid(text if "." in text else f"{text or 0}.0")
    if kind == "64":
        return raw if tag != "64" and len(raw) == 4 else IPv4Address(raw.decode("ascii")).packed
    raise ValueError(f"no value of type {tag}")


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match.group(1)
    if code[:1] == b"x" and len(code) == 3:
        return bytes((int(code[1:], 16),))
    if code[:1].isdigit():
        return bytes((int(code, 8) & 0xFF,))
    return _SHORT.get(code, code)


@contextlib.contextmanager
def replayed(
    only: Sequence[str],
    faults: Mapping[str, str],
    *words: str,
    first: str,
    port: int,
    walks: Path = WALKS,
) -> Iterator[list[Place]]:
    """Each walk at an address of its own; `faults`: name or pattern → `drop=30,delay=20`."""
    command = [sys.executable, str(REPLAY), *(str(walks / f"{name}.snmprec") for name in only)]
    command += ["--addresses", f"{first}:{port}", "--community", COMMUNITY, *words]
    for pattern, fault in faults.items():
        command += ["--fault", f"{pattern}:{fault}"]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield list(_places(child))
    finally:
        child.terminate()
        child.communicate(timeout=10)


def _places(child: subprocess.Popen[str]) -> Iterator[Place]:
    assert child.stdout is not None
    if not select.select([child.stdout], [], [], _START_S)[0]:
        raise RuntimeError(f"the agents did not start within {_START_S:g} s")
    for line in child.stdout:
        if line.startswith("READY"):
            return
        _, place, name = line.split()
        address, _, port = place.rpartition(":")
        yield Place(name, address, int(port))
    raise RuntimeError("the agents ended")

"""Fills the templates of the pages, off the loop, and keeps what everybody is shown.

A page is packed where it is printed. What is one reader's own (a name, the token of the forms)
goes between the packed parts when it is sent, in blocks of its own: thus nothing that somebody
writes into a page can be compared with a token by the size of the answer (BREACH).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import zlib
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from markupsafe import escape

from reports.hypertext import clean
from reports.templating import environment
from reports.web.visitor import Visitor

MOST_KEPT = 100  # pages of one revision
# A page that everybody is shown has these where the reader's own words stand.
CSRF, NAME = b"\x02csrf\x03", b"\x02name\x03"
_OWN = re.compile(b"(%b|%b)" % (CSRF, NAME))
_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_LAST_BLOCK = b"\x01\0\0\xff\xff"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages need. Its address changes with its content, so that it is kept for ever."""

    path: Path
    url: str


class Press:
    """One for the whole site."""

    def __init__(self) -> None:
        self._stamp: Hashable = None
        self._kept: dict[Hashable, asyncio.Future[Printed]] = {}

    @cached_property
    def _environment(self) -> Any:
        made = environment()
        made.filters["clean"] = clean
        made.globals |= {
            "asset": lambda name: self.assets[name].url,
            "csrf": CSRF.decode(),
            "name": NAME.decode(),
        }
        return made

    @cached_property
    def assets(self) -> Mapping[str, Asset]:
        """By name, such as `page.css`."""
        root = Path(str(resources.files("reports.web").joinpath("static")))
        found = {}
        for path in sorted(root.rglob("*")):
            if path.is_file():
                name = path.relative_to(root).as_posix()
                version = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
                found[name] = Asset(path, f"/static/{version}/{name}")
        return found

    def printed(self, template: str, about: Mapping[str, Any]) -> Printed:
        """Blocking: call it in a worker thread."""
        page: str = self._environment.get_template(f"web/{template}").render(about)
        return Printed.of(page.encode())

    async def kept(
        self,
        stamp: Hashable,
        key: Hashable | None,
        make: Callable[[], Printed],
        work: Callable[[Callable[[], Printed]], Awaitable[Printed]],
    ) -> Printed:
        """The page of that key, made once a stamp however many ask at the same time."""
        if key is None:
            return await work(make)
        if stamp != self._stamp or len(self._kept) > MOST_KEPT:
            self._stamp, self._kept = stamp, {}
        kept = self._kept
        if key not in kept:
            kept[key] = asyncio.ensure_future(work(make))
        try:
            return await asyncio.shield(kept[key])
        except Exception:
            kept.pop(key, None)
            raise


@dataclass(frozen=True, slots=True)
class Printed:
    """A page: `parts`, plain and deflated, and which of the reader's own stands between them."""

    parts: tuple[bytes, ...]
    packed: tuple[bytes, ...]
    own: tuple[bytes, ...]

    @classmethod
    def of(cls, page: bytes) -> Printed:
        pieces = _OWN.split(page)
        parts = tuple(pieces[::2])
        return cls(parts, tuple(map(_deflated, parts)), tuple(pieces[1::2]))

    def plain(self, visitor: Visitor) -> bytes:
        return b"".join(self._filled(self.parts, visitor))

    def gzipped(self, visitor: Visitor) -> bytes:
        """As one gzip member (RFC 1952)."""
        crc = size = 0
        for part in self._filled(self.parts, visitor):
            crc, size = zlib.crc32(part, crc), size + len(part)
        said = tuple(map(_stored, self._said(visitor)))
        body = b"".join(_between(self.packed, said))
        tail = crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
        return _HEAD + body + _LAST_BLOCK + tail

    def _filled(self, parts: tuple[bytes, ...], visitor: Visitor) -> Iterator[bytes]:
        return _between(parts, self._said(visitor))

    def _said(self, visitor: Visitor) -> tuple[bytes, ...]:
        words = {CSRF: visitor.csrf.encode(), NAME: str(escape(visitor.name)).encode()}
        return tuple(words[one] for one in self.own)


def _between(parts: tuple[bytes, ...], own: tuple[bytes, ...]) -> Iterator[bytes]:
    yield parts[0]
    for said, part in zip(own, parts[1:], strict=True):
        yield said
        yield part


def _deflated(part: bytes) -> bytes:
    """Blocks that need nothing from before and end on a byte."""
    packer = zlib.compressobj(5, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(part) + packer.flush(zlib.Z_FULL_FLUSH)


def _stored(text: bytes) -> bytes:
    """A block that is not compressed; names and tokens are shorter than its 65,535 bytes."""
    size = len(text)
    return b"\0" + size.to_bytes(2, "little") + (size ^ 0xFFFF).to_bytes(2, "little") + text

"""Fills the templates of the pages, off the loop, and keeps what everybody is shown.

A page is packed where it is printed. What is one reader's own (a name, the token of the forms)
goes between the packed parts when it is sent, in blocks of its own: thus nothing that somebody
writes into a page can be compared with a token by the size of the answer (BREACH).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
import zlib
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from reports.shown import shown
from reports.templating import environment
from reports.web.visitor import Visitor

MOST_KEPT = 100  # pages
REST_S = 0.5  # a page is made no more often
STALE_S = 1.0  # and given so long while its next one is made
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
        self._kept: dict[Hashable, _Copy] = {}

    @cached_property
    def _environment(self) -> Any:
        made = environment(finalize=_seen)
        made.globals |= {
            "asset": lambda name: self.assets[name].url,
            "csrf": Markup(CSRF.decode()),  # noqa: S704  they are ours
            "name": Markup(NAME.decode()),  # noqa: S704
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
        """The page of that key, made once a stamp however many ask at the same time.

        While the record changes again and again a page that was right a moment ago is given at
        once, and the next one is made meanwhile: nobody waits for the press.
        """
        if key is None:
            return await work(make)
        copy, now_s = self._kept.get(key), time.monotonic()
        if copy is None or copy.stamp != stamp:
            if len(self._kept) > MOST_KEPT:
                self._kept = {}
            last = None if copy is None else copy.best
            if copy is None or (copy.made.done() and now_s - copy.began_s >= REST_S):
                copy = _Copy(stamp, now_s, asyncio.ensure_future(work(make)), last)
                self._kept[key] = copy
            if last is not None and now_s - last.began_s <= STALE_S:
                return last.made.result()
        try:
            return await asyncio.shield(copy.made)
        except Exception:
            if self._kept.get(key) is copy:
                del self._kept[key]
            raise


@dataclass(slots=True)
class _Copy:
    """A page being made, and the one before that may be given meanwhile."""

    stamp: Hashable
    began_s: float
    made: asyncio.Future[Printed]
    last: _Copy | None

    @property
    def best(self) -> _Copy | None:
        """The newest that is ready."""
        if self.made.done() and not self.made.cancelled() and self.made.exception() is None:
            self.last = None
            return self
        return self.last


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
        words = {CSRF: visitor.csrf.encode(), NAME: str(escape(shown(visitor.name))).encode()}
        return tuple(words[one] for one in self.own)


def _seen(value: object) -> object:
    """Texts without controls and signs that turn the reading; what is markup is ours."""
    if type(value) is not str or value.isprintable():
        return value
    return "\n".join(map(shown, value.split("\n")))


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

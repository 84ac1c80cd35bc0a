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
from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

from jinja2.runtime import Context
from markupsafe import Markup, escape

from reports.shown import shown
from reports.templating import environment
from reports.web.visitor import Visitor

MOST_KEPT = 100  # pages
MOST_SENT = 32  # readers for whom a page is kept as it was sent
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
        made.context_class = _Context
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
        used: list[_Context] = []
        try:
            filled = self._environment.get_template(f"web/{template}").render(about, _used=used)
        finally:
            for one in used:
                one.let_go()
        return Printed.of(filled.encode())

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
        copy = self._kept.get(key)
        if copy is None or copy.stamp != stamp:
            if len(self._kept) > MOST_KEPT:
                self._kept = {}
            copy = self._kept[key] = _Copy(stamp, asyncio.ensure_future(work(make)))
        try:
            return await asyncio.shield(copy.made)
        except Exception:
            if self._kept.get(key) is copy:
                del self._kept[key]
            raise


class _Context(Context):
    """What a template knows. Macros hold it and it holds them: who let that stand would leave all
    that a page was made of to the collector, and everybody waits while that is taken away."""

    def __init__(self, environment: Any, parent: dict[str, Any], *more: Any, **named: Any) -> None:
        super().__init__(environment, parent, *more, **named)
        if (used := parent.get("_used")) is not None:  # else it is kept for all pages
            used.append(self)

    def let_go(self) -> None:
        self.vars.clear()
        self.parent.clear()


class _Copy(NamedTuple):
    """A page that is made, or being made."""

    stamp: Hashable
    made: asyncio.Future[Printed]


@dataclass(frozen=True, slots=True)
class Printed:
    """A page: `parts`, plain and deflated, and which of the reader's own stands between them."""

    parts: tuple[bytes, ...]
    packed: tuple[bytes, ...]
    own: tuple[bytes, ...]
    sent: dict[tuple[str, str], bytes] = field(default_factory=dict)  # gzipped, by name and token

    @classmethod
    def of(cls, page: bytes) -> Printed:
        pieces = _OWN.split(page)
        parts = tuple(pieces[::2])
        return cls(parts, tuple(map(_deflated, parts)), tuple(pieces[1::2]))

    def plain(self, visitor: Visitor) -> bytes:
        return b"".join(self._filled(self.parts, visitor))

    def gzipped(self, visitor: Visitor) -> bytes:
        """As one gzip member (RFC 1952)."""
        whose = (visitor.name, visitor.csrf) if self.own else ("", "")
        if whose not in self.sent:
            if len(self.sent) >= MOST_SENT:
                self.sent.clear()
            self.sent[whose] = self._member(visitor)
        return self.sent[whose]

    def _member(self, visitor: Visitor) -> bytes:
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

"""What a request brings is read here alone: a body that is broken is its sender's fault."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError
from multidict import MultiDictProxy

_BROKEN = (
    *(ValueError, LookupError, RuntimeError, AssertionError, zlib.error),
    *(HttpProcessingError, web.RequestPayloadError),
)


@contextmanager
def _whole() -> Iterator[None]:
    """400 for all that aiohttp says of letters, charsets, packings, lengths, parts."""
    try:
        yield
    except _BROKEN:
        raise web.HTTPBadRequest from None


async def body(request: web.Request) -> bytes:
    with _whole():
        return await request.read()


async def form(request: web.Request) -> MultiDictProxy[Any]:
    """Texts and files; nothing where the body is none."""
    with _whole():
        return await request.post()


async def given_up(request: web.Request, answer: web.StreamResponse) -> None:
    """For `on_response_prepare`: what follows a broken body is not read, the connection ends."""
    if request.content.exception() is not None:
        request.content.feed_eof()
        answer.force_close()
        answer.headers["Connection"] = "close"


class Part:
    """One field of a form that is read part by part."""

    def __init__(self, part: BodyPartReader) -> None:
        self._part = part
        self.name = part.name or ""

    async def read_chunk(self, size: int = 1 << 16) -> bytes:
        """Empty: that was all."""
        with _whole():
            return await self._part.read_chunk(size)


async def parts(request: web.Request) -> AsyncIterator[Part]:
    """Of a form, in its order; each is read before the next comes."""
    if request.content_type != "multipart/form-data":
        raise web.HTTPBadRequest
    with _whole():
        reader = await request.multipart()
    while True:
        with _whole():
            part = await reader.next()
            if part is None:
                return
            if not isinstance(part, BodyPartReader):
                raise web.HTTPBadRequest
            found = Part(part)
        yield found

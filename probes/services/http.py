"""Asks a web service as a browser would begin to: redirects, status, keyword; all of it bounded."""

from __future__ import annotations

import socket
import zlib
from http import HTTPStatus
from unicodedata import normalize

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from probes.names import Names
from probes.services import tls
from probes.services.check import Check
from probes.services.reach import broken, reach
from probes.services.results import Fault, Phase
from probes.services.talk import Talk
from probes.services.tls import Context, Verdict

MOST_REDIRECTS = 5
LARGEST_BODY = 1 << 20
USUAL_STATUS = ((200, 299),)
_TURNS = frozenset({301, 302, 303, 307, 308})
_HEADERS = {"User-Agent": "canh", "Accept": "*/*", "Accept-Encoding": "identity"}
_CHARSETS = ("iso-8859-1", "windows-1252", "windows-1258", "utf-16-le", "utf-16-be")


class _Given(AbstractResolver):
    """Gives the addresses that were already found."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._talk.addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


class _Browser:
    """One check: cookies live as long as it does, every request has its own connection."""

    def __init__(self, check: Check, talk: Talk, names: Names, context: Context) -> None:
        self._check, self._talk, self._names, self._context = check, talk, names, context

    async def ask(self) -> Verdict:
        trace = aiohttp.TraceConfig()
        trace.on_connection_create_end.append(self._connected)
        self._jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=_Given(self._talk), use_dns_cache=False, force_close=True
            ),
            cookie_jar=self._jar,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            headers=_HEADERS,
            auto_decompress=False,
            trace_configs=[trace],
        ) as self._session:
            return await self._follow(URL(self._check.url))

    async def _connected(self, *_: object) -> None:
        self._talk.enter(Phase.FIRST_BYTE)

    async def _follow(self, url: URL) -> Verdict:
        """Up to the answer that leads nowhere else."""
        seen: set[tuple[URL, frozenset[tuple[str, str]]]] = set()
        while True:
            here = url, frozenset((each.key, each.value) for each in self._jar)
            if here in seen:
                return Fault.REDIRECT_LOOP, f"the redirects lead back to {_short(url)}"
            seen.add(here)
            turn = await self._request(url)
            if not isinstance(turn, URL):
                return turn
            self._talk.redirects += 1
            if self._talk.redirects > MOST_REDIRECTS:
                return Fault.MANY_REDIRECTS, f"redirects more than {MOST_REDIRECTS} times"
            url = turn

    async def _request(self, url: URL) -> Verdict | URL:
        """A verdict, or where it redirects to."""
        talk, check = self._talk, self._check
        talk.begin()
        host = url.raw_host or ""
        ours = host == check.host
        context = self._context
        for second in (False, True):
            address = check.address if ours else None
            lost = await reach(host, talk, self._names, address=address, ours=ours)
            if lost is not None:
                return lost
            try:
                return await self._exchange(url, context, check.server_name if ours else None)
            except aiohttp.ClientConnectorCertificateError as error:
                found = tls.disbelief(error.certificate_error, talk.peers[-1])
                leaf = tls.leaf_of(talk.peers[-1])
                if second or found[0] is not Fault.CERT_INCOMPLETE or leaf is None:
                    return found
                talk.incomplete = found[1]
                context = tls.pinned(leaf)
            except (aiohttp.ClientError, OSError, ValueError) as error:
                return _why(error, talk, url.port or 0)
        raise AssertionError("the second time ends it")

    async def _exchange(self, url: URL, context: Context, name: str | None) -> Verdict | URL:
        talk = self._talk
        async with self._session.get(
            url, ssl=context, server_hostname=name, allow_redirects=False
        ) as answer:
            talk.enter(Phase.TRANSFER)
            talk.status = answer.status
            if answer.status in _TURNS and (to := answer.headers.get("Location")) is not None:
                return _turn(url, to)
            verdict = self._judge_status(answer.status)
            if verdict is None:
                body = await _read(answer)
                talk.size = len(body)
                verdict = self._judge_body(answer, body)
            answer.close()
        talk.enter(None)
        return verdict

    def _judge_status(self, status: int) -> Verdict | None:
        for low, high in self._check.expect_status or USUAL_STATUS:
            if low <= status <= high:
                return None
        fault = Fault.SERVER_ERROR if status >= 500 else Fault.WRONG_STATUS
        return fault, f"answered {status}{_phrase(status)}"

    def _judge_body(self, answer: aiohttp.ClientResponse, body: bytes) -> Verdict:
        keyword = self._check.keyword
        if keyword is None:
            return Fault.NONE, ""
        packed = answer.headers.get("Content-Encoding", "identity").lower()
        if packed in ("gzip", "deflate", "x-gzip"):
            body = _unpacked(body)
        if any(word in body for word in _spellings(keyword)):
            return Fault.NONE, ""
        told = "" if len(body) < LARGEST_BODY else " in its first MiB"
        return Fault.WRONG_KEYWORD, f"the answer has no “{keyword}”{told}"


async def check_http(check: Check, talk: Talk, names: Names, context: Context) -> Verdict:
    return await _Browser(check, talk, names, context).ask()


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """The body, as far as anybody should have to read."""
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) >= LARGEST_BODY:
            break
    return bytes(body[:LARGEST_BODY])


def _unpacked(body: bytes) -> bytes:
    """No longer than a plain body may be, whatever it would grow to."""
    try:
        return zlib.decompressobj(wbits=47).decompress(body, LARGEST_BODY)
    except zlib.error:
        return b""


def _spellings(keyword: str) -> list[bytes]:
    """The keyword in the encodings of the country, composed and decomposed.

    The page is not decoded: that would trust its word for the encoding, and cost what it likes.
    """
    found = {normalize(form, keyword).encode() for form in ("NFC", "NFD")}
    for charset in _CHARSETS:
        try:
            found.add(keyword.encode(charset))
        except UnicodeEncodeError:
            continue
    return sorted(found)


def _turn(url: URL, to: str) -> Verdict | URL:
    try:
        turned = url.join(URL(to))
        sound = turned.scheme in ("http", "https") and bool(turned.host) and bool(turned.port)
    except ValueError:
        sound = False
    if not sound:
        return Fault.BAD_REDIRECT, f"redirects to what is no web address: {to[:80]!r}"
    return turned.with_user(None).with_fragment(None)


def _why(error: Exception, talk: Talk, port: int) -> Verdict:
    """What the library's exceptions mean."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return broken(error.os_error, talk, port)
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError):
        return broken(ConnectionResetError(), talk, port)
    if isinstance(error, OSError):
        return broken(error, talk, port)
    return Fault.BAD_ANSWER, "what answers there does not speak HTTP, or too much of it"


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""


def _short(url: URL) -> str:
    text = str(url.with_query(None))
    return text if len(text) <= 80 else f"{text[:79]}…"

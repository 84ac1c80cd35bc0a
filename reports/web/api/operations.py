"""What a program may ask: one declaration each, of which routes and their description are made."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar
from zlib import crc32
from zoneinfo import ZoneInfo

from aiohttp import web

from reports.web import sent
from reports.web.api.values import ImplausibleError, Schema, UnreadableError, Value, read_all
from reports.web.faults import Problem
from reports.web.gate import Handler, needs, public, visitor_of
from reports.web.scope import Scope
from reports.web.site import Site
from reports.web.visitor import Role, Visitor
from store.questions import LiveRow
from store.reader import RecordReader
from store.speech import Done, Outcome, Refused
from store.states import Kind

BIG = 200  # items of a list, from which on it is written piece by piece
_MISSING = frozenset({"refused.no_outage", "refused.no_thing", "refused.no_work"})
_LATE = frozenset(
    {"refused.changed", "refused.over", "refused.not_taken"}
    | {"refused.work_cancelled", "refused.work_over"}
)
Found = TypeVar("Found")


@dataclass(frozen=True)
class Call:
    """One question or saying of a program, its values read."""

    site: Site
    request: web.Request
    values: Mapping[str, Any]

    @property
    def visitor(self) -> Visitor:
        return visitor_of(self.request)

    @cached_property
    def scope(self) -> Scope:
        return Scope.of(self.visitor, self.site.desk.known)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.site.desk.known.head.timezone)

    @property
    def revision(self) -> int:
        return self.site.desk.known.revision

    async def ask(self, question: Callable[[RecordReader], Found]) -> Found:
        return await self.site.desk.ask(question)

    async def say(self, saying: Callable[[Any], Outcome]) -> Done:
        """Done, or a Problem that says why not."""
        outcome = await self.site.desk.say(saying)
        if isinstance(outcome, Refused):
            raise refusal(outcome)
        return outcome

    def one(self, text: str) -> LiveRow:
        """The thing with that id, also written kind:id, that the visitor sees."""
        kind, _, key = text.partition(":")
        found = [
            row
            for row in self.scope.rows().values()
            if (row.kind == kind and row.key == key)
            or (row.key == text and row.kind is not Kind.BEYOND)
        ]
        if not found:
            raise Problem(404, f"nothing here is called {text!r}")
        if len(found) > 1:
            names = " or ".join(sorted(f"{row.kind}:{row.key}" for row in found))
            raise Problem(422, f"{text!r} names several things; write {names}")
        return found[0]


Handle = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """`handle` gives the document of the first answer, or a response. `answers`: JSON schemas.

    `role` None: everybody may ask. `tagged`: it changes with the revision and the visitor alone,
    but for round trips. `late`: it may be refused because something changed meanwhile.
    """

    method: str
    path: str
    id: str
    about: str
    topic: str
    handle: Handle
    values: tuple[Value, ...] = ()
    answer: Schema = field(default_factory=dict)
    status: int = 200
    media: str = "application/json"
    role: Role | None = Role.VIEWER
    tagged: bool = False
    late: bool = False
    missing: bool = False  # it names something that may not be there
    refused: bool = False  # it may make no sense though each value is well formed
    others: Mapping[int, str] = field(default_factory=dict)  # further answers, and when

    def of(self, *places: str) -> tuple[Value, ...]:
        return tuple(value for value in self.values if value.place in places)


def refusal(outcome: Refused) -> Problem:
    """What a program is told of what was not done."""
    status = 404 if outcome.key in _MISSING else 409 if outcome.key in _LATE else 422
    return Problem(status, outcome.reason, code=outcome.key.removeprefix("refused.") or None)


def routes(site: Site, operations: Iterable[Operation]) -> Iterable[web.AbstractRouteDef]:
    """With HEAD where there is GET, and OPTIONS."""
    methods: dict[str, set[str]] = {}
    for operation in operations:
        methods.setdefault(operation.path, {"OPTIONS"}).add(operation.method)
        yield web.route(operation.method, operation.path, _door(site, operation))
        if operation.method == "GET":
            methods[operation.path].add("HEAD")
    for path, known in methods.items():
        yield web.options(path, _options(", ".join(sorted(known))))


def _options(allowed: str) -> Handler:
    @public
    async def options(request: web.Request) -> web.StreamResponse:
        return web.Response(status=204, headers={"Allow": allowed})

    return options


def _door(site: Site, operation: Operation) -> Handler:
    async def ask(request: web.Request) -> web.StreamResponse:
        try:
            values = await _values(operation, request)
        except UnreadableError as problem:
            status = 422 if isinstance(problem, ImplausibleError) else 400
            raise Problem(status, str(problem)) from None
        tag = _tag(site, request) if operation.tagged else None
        if tag is not None and tag in _tags(request):
            return _cached(web.Response(status=304), tag)
        found = await operation.handle(Call(site, request, values))
        if isinstance(found, web.StreamResponse):
            return found
        body = await site.desk.work(lambda: encoded(found))
        answer = web.Response(
            body=body, status=operation.status, content_type="application/json", charset="utf-8"
        )
        answer.enable_compression()
        return answer if tag is None else _cached(answer, tag)

    return public(ask) if operation.role is None else needs(operation.role)(ask)


async def _values(operation: Operation, request: web.Request) -> dict[str, Any]:
    query: dict[str, str] = {}
    for name, value in request.query.items():
        if name in query:
            raise UnreadableError(f"{name!r} is given twice")
        query[name] = value
    found = read_all(operation.of("query"), query)
    found |= read_all(operation.of("path"), request.match_info)
    named = {value.name for value in operation.of("header")}
    headers = {name: request.headers[name] for name in named if name in request.headers}
    found |= read_all(operation.of("header"), headers)
    wanted = operation.of("body")
    if not wanted:
        return found
    if request.content_type != "application/json":
        raise Problem(415, "send one JSON object as application/json")
    try:
        body = json.loads(await sent.body(request) or b"null")
    except (ValueError, RecursionError):
        raise UnreadableError("the body is no JSON") from None
    if not isinstance(body, dict):
        raise UnreadableError("the body has to be one JSON object")
    return found | read_all(wanted, body)


def encoded(document: Any) -> bytes:
    """As one JSON document. Long lists go piece by piece: the loop runs on meanwhile."""
    return f"{_pieces(document)}\n".encode()


def _pieces(value: Any) -> str:
    if isinstance(value, Mapping):
        parts = (f"{json.dumps(name)}:{_pieces(part)}" for name, part in value.items())
        return f"{{{','.join(parts)}}}"
    if isinstance(value, list | tuple) and len(value) > BIG:
        return f"[{','.join(map(_dumped, value))}]"
    return _dumped(value)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _tag(site: Site, request: web.Request) -> str:
    """Weak: round trips move without a new revision."""
    head, visitor = site.desk.known.head, visitor_of(request)
    who = f"{visitor.name} {visitor.role} {sorted(visitor.units or ())}".encode()
    return f'W/"{head.record_id}.{head.revision}.{crc32(who):x}"'


def _tags(request: web.Request) -> set[str]:
    given = request.headers.get("If-None-Match", "")
    return {tag.strip() for tag in given.split(",")}


def _cached(answer: web.Response, tag: str) -> web.Response:
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["Vary"] = "Authorization, Cookie, Accept-Encoding"
    return answer

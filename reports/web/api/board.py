"""The questions and words of a board that runs elsewhere: values of the record as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reports.web.api.operations import Call, Handle, Operation
from reports.web.api.schemas import ANY, WHOLE, document
from reports.web.api.values import Value, flag, text, whole
from reports.web.faults import Problem
from reports.web.visitor import Role
from store.codec import encode
from store.far import PATH, QUESTIONS, SAYINGS
from store.reader import RecordReader
from store.speech import Refused

EARLIEST, LATEST = -(1 << 52), 1 << 52
STEPS = 2_000  # of a chart
ADDRESSED = 400  # characters of what stands in an address
_MOST = {"limit": 1_000, "steps": STEPS}
_LONGEST = {"owner": 100, "rrule": 200, "text": 10_000, "note_text": 10_000, "reason": 2_000}


def operations() -> Iterator[Operation]:
    for name, asking in QUESTIONS.items():
        yield Operation(
            method="GET",
            path=f"{PATH}/{name}",
            id=f"board_{name}",
            about=f"`Reader.{name}` of store.questions, for `canh board --url`.",
            topic="Board",
            handle=_lookup if name == "lookup" else _question(name),
            values=_values(asking.takes, asking.optional, "query"),
            answer=document({"answer": {}}),
            missing=bool(asking.takes),
        )
    for name, saying in SAYINGS.items():
        yield Operation(
            method="POST",
            path=f"{PATH}/say/{name}",
            id=f"board_{name}",
            about=f"`Actions.{name}` of store.actions: done, or refused with the reason.",
            topic="Board",
            handle=_saying(name),
            values=_values(saying.takes, saying.optional, "body"),
            answer=document({"done": ANY, "refused": ANY, "revision": WHOLE}, "done", "refused"),
            role=Role.OPERATOR,
        )


def _values(takes: Mapping[str, type], optional: frozenset[str], place: str) -> tuple[Value, ...]:
    def made(name: str, kind: type) -> Value:
        about: dict[str, Any] = {"place": place, "required": name not in optional}
        if kind is bool:
            return flag(name, "true or false", **about)
        if kind is str:
            most = _LONGEST.get(name, ADDRESSED) if place == "body" else ADDRESSED
            return text(name, "text", most=most, **about)
        if name.endswith("_ms"):
            return whole(name, "UTC milliseconds", least=EARLIEST, most=LATEST, **about)
        least = 1 if name == "steps" else 0
        return whole(name, "a number", least=least, most=_MOST.get(name, LATEST), **about)

    return tuple(made(name, kind) for name, kind in takes.items())


def _whole_network(call: Call) -> None:
    if not call.scope.whole:
        raise Problem(403, "a board shows the whole network; the token is limited to units")


def _question(name: str) -> Handle:
    async def ask(call: Call) -> Any:
        _whole_network(call)
        about = {key: value for key, value in call.values.items() if value is not None}

        def find(reader: RecordReader) -> Any:
            try:
                found = getattr(reader, name)(**about)
            except KeyError:
                raise Problem(404, "it is not there", code="gone") from None
            return {"answer": encode(found)}

        return await call.ask(find)

    return ask


async def _lookup(call: Call) -> Any:
    """The board makes an index of its own."""
    _whole_network(call)
    index = await call.site.finder.index()
    return await call.site.desk.work(lambda: {"answer": encode(index.entries)})


def _saying(name: str) -> Handle:
    first = next(iter(SAYINGS[name].takes))  # what it is about

    async def say(call: Call) -> Any:
        _whole_network(call)
        said = {key: value for key, value in call.values.items() if value is not None}
        if name == "annotate":
            said.setdefault("outage_id", None)
        about, actor = said.pop(first), call.visitor.name
        outcome = await call.site.desk.say(
            lambda actions: getattr(actions, name)(about, actor=actor, **said)
        )
        if isinstance(outcome, Refused):
            told = {"reason": outcome.reason, "key": outcome.key, "values": dict(outcome.values)}
            return {"refused": told, "revision": call.revision}
        return {"done": encode(outcome), "revision": call.revision}

    return say

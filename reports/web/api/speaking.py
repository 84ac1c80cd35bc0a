"""What people say through programs: the actor of each word is whoever the token belongs to."""

from __future__ import annotations

import hashlib
import json
import time
from collections import OrderedDict
from typing import Any

from reports.api.documents import outage, work
from reports.web.api.operations import Call, Handle
from reports.web.faults import Problem
from store.reader import RecordReader
from store.speech import Done

KEPT_KEYS = 10_000  # answers that are given again to the same Idempotency-Key
KEPT_S = 24 * 3600.0


def once(handle: Handle) -> Handle:
    """The same key of the same visitor gives the first answer again, and nothing is said twice.

    Keys are kept in memory, for a day at most: a server that started anew has forgotten them.
    """
    kept: OrderedDict[tuple[str, str], tuple[float, str, Any]] = OrderedDict()

    async def say(call: Call) -> Any:
        name = call.values["Idempotency-Key"]
        if name is None:
            return await handle(call)
        values = json.dumps([call.request.path, dict(call.values)], sort_keys=True, default=str)
        asked = hashlib.sha256(values.encode()).hexdigest()
        key, now_s = (call.visitor.name, name), time.monotonic()
        while kept and (len(kept) > KEPT_KEYS or next(iter(kept.values()))[0] < now_s - KEPT_S):
            kept.popitem(last=False)
        if key in kept:
            _, first, answer = kept[key]
            if first != asked:
                raise Problem(422, "this Idempotency-Key was used for something else")
            if answer is None:
                raise Problem(409, "the first request with this key is not answered yet")
            return answer
        kept[key] = now_s, asked, None
        try:
            answer = await handle(call)
        except BaseException:
            kept.pop(key, None)  # nothing was said
            raise
        kept[key] = now_s, asked, answer
        return answer

    return say


async def acknowledge(call: Call) -> Any:
    values, actor = call.values, call.visitor.name
    number = await _own(call)
    done = await call.say(
        lambda actions: actions.acknowledge(
            number,
            actor=actor,
            expected=values["expected"],
            note_text=values["note"],
            owner=values["owner"],
            until_ms=values["until"],
        )
    )
    return await _said(call, number, done)


async def withdraw(call: Call) -> Any:
    number, expected = await _own(call), call.values["expected"]
    actor = call.visitor.name
    done = await call.say(lambda a: a.withdraw(number, actor=actor, expected=expected))
    return await _said(call, number, done)


async def note_outage(call: Call) -> Any:
    number, text, actor = await _own(call), call.values["text"], call.visitor.name
    row = await call.ask(lambda reader: reader.outage(number))
    assert row is not None
    thing_id = row.thing_id
    done = await call.say(lambda a: a.annotate(thing_id, actor=actor, text=text, outage_id=number))
    return _noted(done)


async def note_thing(call: Call) -> Any:
    row = await call.site.desk.work(lambda: call.one(call.values["id"]))
    text, actor = call.values["text"], call.visitor.name
    done = await call.say(
        lambda a: a.annotate(row.thing_id, actor=actor, text=text, outage_id=None)
    )
    return _noted(done)


async def correct(call: Call) -> Any:
    """A key that is not given stays as it is; `provider` null: nobody is charged."""
    values, actor = call.values, call.visitor.name
    number = await _own(call)
    names = ("cause", "side", "state", "action", "note", "started", "ended")
    changes = {name: values[name] for name in names if values[name] is not None}
    if values["provider"] is not None:
        changes["provider"] = None if values["provider"] == "none" else values["provider"]
    if not changes:
        raise Problem(422, "name what is to be corrected: 'cause', 'started' …")
    said = {"reason": values["reason"], "expected": values["expected"]}
    done = await call.say(lambda a: a.correct(number, changes, actor=actor, **said))
    return await _said(call, number, done)


async def declare(call: Call) -> Any:
    values, actor = call.values, call.visitor.name
    row = await call.site.desk.work(lambda: call.one(values["thing"]))
    done = await call.say(
        lambda a: a.declare(
            row.thing_id,
            actor=actor,
            from_ms=values["from"],
            to_ms=values["to"],
            reason=values["reason"],
            state=values["state"] or "down",
            cause=values["cause"],
            provider=None if values["provider"] == "none" else values["provider"],
        )
    )
    return await _said(call, done.row_id, done)


async def plan(call: Call) -> Any:
    values, actor = call.values, call.visitor.name
    row = await call.site.desk.work(lambda: call.one(values["scope"]))
    done = await call.say(
        lambda a: a.plan_maintenance(
            row.thing_id,
            actor=actor,
            from_ms=values["from"],
            to_ms=values["to"],
            reason=values["reason"],
            rrule=values["rrule"],
            late=bool(values["late"]),
        )
    )
    return await _work(call, done)


async def cancel(call: Call) -> Any:
    number, actor = await _own_work(call), call.visitor.name
    return await _work(call, await call.say(lambda a: a.cancel_maintenance(number, actor=actor)))


async def approve(call: Call) -> Any:
    number, actor = await _own_work(call), call.visitor.name
    return await _work(call, await call.say(lambda a: a.approve_maintenance(number, actor=actor)))


async def _own(call: Call) -> int:
    """The number of the outage, which the visitor may see."""
    number = int(call.values["outage"])
    row = await call.ask(lambda reader: reader.outage(number))
    if row is None or not call.scope.sees_thing(row.thing_id):
        raise Problem(404, f"there is no outage {number}")
    return number


async def _own_work(call: Call) -> int:
    number = int(call.values["work"])
    rows = await call.ask(lambda reader: reader.works())
    if not any(row.id == number and call.scope.sees_thing(row.thing_id) for row in rows):
        raise Problem(404, f"there is no maintenance {number}")
    return number


async def _said(call: Call, number: int, done: Done) -> Any:
    """The outage as it stands now."""

    def ask(reader: RecordReader) -> Any:
        row = reader.outage(number)
        assert row is not None
        return row

    [row] = call.scope.outages([await call.ask(ask)]) or [None]
    told = None if row is None else outage(row, call.zone)
    return {"outage": told, "revision": done.revision, "warnings": list(done.warnings)}


async def _work(call: Call, done: Done) -> Any:
    rows = await call.ask(lambda reader: reader.works())
    [row] = [row for row in rows if row.id == done.row_id]
    return work(row, call.zone) | {"warnings": list(done.warnings)}


def _noted(done: Done) -> dict[str, Any]:
    return {"id": done.row_id, "revision": done.revision, "warnings": list(done.warnings)}

"""One outage: its brackets, its reason, whom to call, what was said; and what people say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aiohttp import web

from inventory.causes import CAUSES, SIDES
from inventory.moments import next_moment
from reports.web import speaking
from reports.web.asked import form
from reports.web.gate import Handler, needs
from reports.web.site import Site
from reports.web.telling import Telling, now_ms
from reports.web.visitor import Role
from store.actions import Actions, Outcome
from store.corrected import moment
from store.opened import Opened
from store.questions import LiveRow, OutageRow
from store.reader import RecordReader
from store.reasons import reasons
from store.speech import Refused
from store.stated import TIMES, measured, stated
from store.thing_sheet import Sheet
from store.ticket import ticket

MEMBERS = 200  # that are listed
_HEARD = ("acknowledge", "withdraw", "note", "correct")


@dataclass(frozen=True, slots=True)
class Tried:
    """What somebody wrote, and why it was refused: nothing typed is lost."""

    action: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    why: str = ""

    @property
    def typed(self) -> list[str]:
        return [self.said[name] for name in ("note", "owner", "until") if self.said.get(name)]

    def value(self, action: str, name: str, usual: str | None = "") -> str:
        return self.said.get(name, "") if action == self.action else usual or ""


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    async def outage(request: web.Request) -> web.Response:
        return await _shown(site, request, Tried())

    def hearing(action: str) -> Handler:
        @needs(Role.OPERATOR)
        async def hear(request: web.Request) -> web.StreamResponse:
            tell, said = site.telling(request), await form(request)
            row = await site.desk.ask(lambda reader: _seen(tell, request, reader))
            outcome = await _say(site, tell, row, action, said)
            if not isinstance(outcome, Refused):
                raise web.HTTPSeeOther(f"/outages/{row.id}?done={action}")
            tried = Tried(action, said, speaking.why(tell, outcome))
            return await _shown(site, request, tried)

        return hear

    return [
        web.get(r"/outages/{id:\d{1,15}}", outage),
        *(web.post(rf"/outages/{{id:\d{{1,15}}}}/{one}", hearing(one)) for one in _HEARD),
    ]


async def _shown(site: Site, request: web.Request, tried: Tried) -> web.Response:
    tell = site.telling(request)
    found = await site.desk.ask(lambda reader: _about(tell, request, reader))
    done = request.query.get("done", "")
    about = found | {"tried": tried, "done": done if done in _HEARD else ""}
    return await site.page(
        request, "outage.html.j2", lambda _: about, status=409 if tried.why else 200
    )


async def _say(
    site: Site, tell: Telling, row: OutageRow, action: str, said: Mapping[str, str]
) -> Outcome:
    """Words become an action; a field that cannot be read is a refusal too."""
    actor = tell.visitor.name
    given = said.get("expected", "")
    expected = int(given) if given.isdecimal() and len(given) < 16 else -1

    def text(name: str) -> str | None:
        return said.get(name) or None

    def speak(actions: Actions) -> Outcome:
        match action:
            case "acknowledge":
                until = text("until")
                try:
                    until_ms = next_moment(until, tell.zone, now_ms()) if until else None
                except (ValueError, OverflowError):
                    return speaking.no_time(until or "")
                return actions.acknowledge(
                    row.id,
                    actor=actor,
                    expected=expected,
                    note_text=text("note"),
                    owner=text("owner"),
                    until_ms=until_ms,
                )
            case "withdraw":
                return actions.withdraw(row.id, actor=actor, expected=expected)
            case "note":
                return actions.annotate(
                    row.thing_id, actor=actor, text=said.get("note", ""), outage_id=row.id
                )
            case _:
                changes = _changes(row, said)
                reason = said.get("reason", "")
                return actions.correct(
                    row.id, changes, actor=actor, reason=reason, expected=expected
                )

    return await site.desk.say(speak)


def _changes(row: OutageRow, said: Mapping[str, str]) -> dict[str, str | int | None]:
    """Of cause, side and action those that are not what they were."""
    before = {"cause": row.cause, "side": row.side, "action": row.action}
    confirms = row.cause_reasons and "cause" not in row.corrected
    return {
        name: said[name] or None
        for name, was in before.items()
        if name in said and ((said[name] or None) != was or (name == "cause" and confirms))
        if said[name] or was
    }


def _seen(tell: Telling, request: web.Request, reader: RecordReader) -> OutageRow:
    """404 where there is none that the visitor may see."""
    row = reader.outage(int(request.match_info["id"]))
    if row is None or not tell.scope.sees_thing(row.thing_id):
        raise web.HTTPNotFound
    return row


class Happened(NamedTuple):
    at_ms: int
    words: str


def _about(tell: Telling, request: web.Request, reader: RecordReader) -> dict[str, Any]:
    row = _seen(tell, request, reader)
    opened = reader.opened(row.id)
    assert opened is not None
    cut = tell.scope.opened(opened)
    thing = tell.known.rows.get(row.thing_id)
    sheet, place = _sheets(reader, thing)
    return {
        "tell": tell,
        "row": cut.row,
        "thing": thing,
        "revision": tell.known.revision,
        "opened": cut,
        "timeline": timeline(tell, cut),
        "reasons": [] if thing is None else list(reasons(tell, thing, cut)),
        "ticket": _ticket(tell, row, sheet, place),
        "sheet": sheet,
        "place": place,
        "members": cut.members[:MEMBERS],
        "hidden": len(cut.members) - MEMBERS,
        "causes": CAUSES,
        "sides": SIDES,
    }


def _sheets(reader: RecordReader, thing: LiveRow | None) -> tuple[Sheet | None, Sheet | None]:
    """Of what failed, and of where it stands."""

    def sheet(thing_id: int | None) -> Sheet | None:
        try:
            return None if thing_id is None else reader.sheet(thing_id)
        except KeyError:  # it left the lists just now
            return None

    return (None, None) if thing is None else (sheet(thing.thing_id), sheet(thing.site_id))


def _ticket(tell: Telling, row: OutageRow, sheet: Sheet | None, place: Sheet | None) -> str:
    if sheet is None or row.first_good_ms is not None:
        return ""
    return ticket(tell, row, sheet, place, tell.known.head.network, tell.drawn_ms)


def timeline(tell: Telling, opened: Opened) -> list[Happened]:
    """From the last good answer to the first one again, with what people said between."""
    found = [Happened(at_ms, tell.say(f"web.line.{name}")) for name, at_ms in _turns(opened.row)]
    for one in opened.acknowledgements:
        words = [tell.say("events.acknowledged", who=one["actor"])]
        words += [one["owner"]] if one["owner"] else []
        words += [tell.quoted(one["note"])] if one["note"] else []
        if one["until"] is not None:
            words.append(tell.say("web.line.until", at=tell.dated(one["until"])))
        found.append(Happened(one["entered"], tell.joined(words)))
        if one["withdrawn"] is not None:
            gave_back = tell.say("events.ack_withdrawn", who=one["actor"])
            found.append(Happened(one["withdrawn"], gave_back))
    for one in opened.notes:
        said = tell.say("events.noted", who=one["author"])
        found.append(Happened(one["entered"], f"{said}: {tell.quoted(one['text'])}"))
    for one in opened.corrections:
        said = tell.say("events.corrected", who=one["author"])
        new = tell.dated(moment(one["new"])) if one["field"] in TIMES else one["new"]
        change = f"{tell.say_if_known('web.field', one['field'])}: {new or tell.dash}"
        found.append(Happened(one["entered"], tell.joined([said, change, one["reason"]])))
    return sorted(found)


def _turns(row: OutageRow) -> Iterator[tuple[str, int]]:
    """What was measured around its start and its end, and what a person said in its place."""
    seen = measured(row)
    times = {"started": row.first_bad_ms, "ended": row.first_good_ms}
    yield from ((f"{name}_said", at) for name, at in times.items() if at and stated(row, name))
    if row.declared:
        return
    yield "first_bad", seen.first_bad_ms
    if seen.last_good_ms is not None:
        yield "last_good", seen.last_good_ms
    if seen.first_good_ms is not None:
        yield "last_bad", seen.last_bad_ms
        yield "first_good", seen.first_good_ms

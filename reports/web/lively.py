"""What happened last, in words."""

from __future__ import annotations

from typing import NamedTuple

from reports.web.telling import Telling
from store.faces import Face
from store.happening import Happening


class Said(NamedTuple):
    at_ms: int
    face: Face | None  # None: somebody said something
    about: str
    address: str
    words: str


def told(tell: Telling, one: Happening) -> Said:
    return Said(one.at_ms, _face(one), _about(tell, one), _address(tell, one), _words(tell, one))


def sees(tell: Telling, one: Happening) -> bool:
    """What befell the monitor itself everybody may know."""
    return one.thing_id is None or tell.scope.sees_thing(one.thing_id)


def _face(one: Happening) -> Face | None:
    if one.state is not None:
        return Face(one.state.value)
    return {"blind": Face.UNKNOWN, "sight": Face.UP}.get(one.kind)


def _about(tell: Telling, one: Happening) -> str:
    if one.outage is not None:
        return tell.what(one.outage)
    if one.thing_id is None:
        return tell.say("events.monitor")
    return tell.short(tell.name_of(one.thing_id))


def _address(tell: Telling, one: Happening) -> str:
    if one.outage is not None:
        return f"/outages/{one.outage.id}"
    row = tell.rows.get(one.thing_id or 0)
    return "" if row is None else tell.address(row)


def _words(tell: Telling, one: Happening) -> str:
    if one.kind == "ended" and one.outage is not None:
        lasted = tell.age(one.outage.first_bad_ms, one.outage.first_good_ms)
        return tell.say("events.ended", age=lasted)
    if one.state is not None:
        return tell.say(f"state.{one.state}")
    said = tell.say_if_known("events", one.kind).replace("{who}", one.actor or "")
    return f"{said}: {one.text}" if one.text else said

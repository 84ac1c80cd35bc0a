"""Every operation under /api/v1: what it takes, what it answers, who may ask."""

from __future__ import annotations

from inventory.causes import CAUSES, SIDES
from reports.web.api import reading, speaking
from reports.web.api.operations import Handle, Operation
from reports.web.api.schemas import THING_KEYS, ref
from reports.web.api.values import Value, choice, flag, moment, pattern, several, text, whole
from reports.web.visitor import Role
from store.corrections import STATES
from store.states import OUTAGE_STATES, Kind, State

BASE = "/api/v1"
MOST = 1000  # rows of a page
_MONTH = r"20[0-9]{2}-(0[1-9]|1[0-2])"
_LIMIT = whole("limit", "rows of a page", least=1, most=MOST, default=100)
_CURSOR = text("cursor", "`next` of the page before", most=300)
UNIT = text("unit", "id of a unit: what stands in it or below")
_EXPECTED = whole(
    "expected",
    "the `revision` of the answer that was read; what changed since then is refused with 409",
    place="body",
    required=True,
)
_KEY = pattern(
    "Idempotency-Key",
    "the same key gives the first answer again for a day, while the server runs",
    r"[A-Za-z0-9._~-]{1,200}",
    place="header",
)
_NUMBER = whole("outage", "number of the outage", least=1, place="path", required=True)
_WORK = whole("work", "number of the maintenance", least=1, place="path", required=True)
_THING = text("id", "its id in sites.toml, or kind:id", place="path", required=True)
_TEXT = text("text", "the note", most=10_000, place="body", required=True)


def _list(kind: str, plural: str) -> Operation:
    return Operation(
        method="GET",
        path=f"{BASE}/{plural}",
        id=f"list_{plural}",
        about=f"The {plural}, by id, as last committed.",
        topic="State",
        handle=reading.listing(kind),
        values=(
            several("state", "only these states", State),
            UNIT,
            several("fields", "only these keys, beside the id", THING_KEYS),
            _LIMIT,
            _CURSOR,
        ),
        answer=ref(f"{plural.capitalize()}"),
        tagged=True,
        missing=True,
        refused=True,
    )


def _reason(required: bool = True) -> Value:
    about = "why; it stands beside the figure"
    return text("reason", about, most=2000, place="body", required=required)


def _said(name: str, about: str, handle: Handle, *values: Value) -> Operation:
    """A word about an outage."""
    return Operation(
        method="POST",
        path=f"{BASE}/outages/{{outage}}/{name}",
        id=f"{name}_outage",
        about=about,
        topic="Words",
        handle=handle,
        values=(_NUMBER, *values),
        answer=ref("Said"),
        role=Role.OPERATOR,
        late=True,
        missing=True,
        refused=True,
    )


_STATE = (
    Operation(
        method="GET",
        path=f"{BASE}/status",
        id="status",
        about="What is, as `canh status --json` tells it: the monitor and all things.",
        topic="State",
        handle=reading.status,
        values=(
            several("kinds", "only these", ("units", "sites", "devices", "links", "services")),
        ),
        answer=ref("Status"),
    ),
    *(
        _list(kind, plural)
        for kind, plural in (
            ("unit", "units"),
            ("site", "sites"),
            ("device", "devices"),
            ("link", "links"),
            ("service", "services"),
        )
    ),
    Operation(
        method="GET",
        path=f"{BASE}/things/{{id}}",
        id="show_thing",
        about="One thing with its figures, as `canh show --json` shows it.",
        topic="State",
        handle=reading.thing,
        values=(
            _THING,
            pattern("month", "figures of a month; default: this one", _MONTH),
            moment("from", "figures of any period of 400 days at most"),
            moment("to", "its end; default: now"),
        ),
        answer=ref("Shown"),
        missing=True,
        refused=True,
    ),
    Operation(
        method="GET",
        path=f"{BASE}/find",
        id="find",
        about="Everything that has a name, a number or an address, as `canh find --json`.",
        topic="State",
        handle=reading.find,
        values=(
            text("q", "a name (tones may be missing), serial, address, MAC …", required=True),
            whole("limit", "at most", least=1, most=100, default=10),
        ),
        answer=ref("Found"),
    ),
)

_OUTAGES = (
    Operation(
        method="GET",
        path=f"{BASE}/outages",
        id="list_outages",
        about=(
            "Outages that touch a period, newest first; without one, those of the last 31 days,"
            " or with `open=true` all that are open."
        ),
        topic="Outages",
        handle=reading.outages,
        values=(
            flag("open", "only those that are not over"),
            moment("from", "begin of the period"),
            moment("to", "its end; at most 400 days behind `from`"),
            text("thing", "of one thing: its id, or kind:id"),
            several("kind", "only of these kinds", Kind),
            several("state", "only of these states", sorted(OUTAGE_STATES)),
            choice("cause", "only of this cause; none: without", (*CAUSES, "none")),
            flag("roots", "only faults of their own"),
            UNIT,
            _LIMIT,
            _CURSOR,
        ),
        answer=ref("Outages"),
        missing=True,
        refused=True,
    ),
    Operation(
        method="GET",
        path=f"{BASE}/outages/{{outage}}",
        id="show_outage",
        about="An outage with what was said of it and the raw results around it.",
        topic="Outages",
        handle=reading.opened,
        values=(_NUMBER,),
        answer=ref("OpenedOutage"),
        missing=True,
    ),
    _said(
        "acknowledge",
        "Somebody is on it; it leaves the count of those that need somebody.",
        speaking.acknowledge,
        _EXPECTED,
        text("note", "what is known and done", most=10_000, place="body", empty=True),
        text("owner", "who takes care of it", most=100, place="body", empty=True),
        moment("until", "when it needs somebody again", place="body", empty=True),
    ),
    _said("withdraw", "Nobody is on it any more.", speaking.withdraw, _EXPECTED),
    _said(
        "correct",
        "Other values for what the monitor recorded; the first record stays.",
        speaking.correct,
        _EXPECTED,
        choice("cause", "why it failed", CAUSES, place="body"),
        text("provider", "who is charged: its id, or none", place="body"),
        choice("side", "on whose side the fault lay", SIDES, place="body"),
        moment("started", "when it began", place="body"),
        moment("ended", "when it ended", place="body"),
        choice("state", "up: it was no outage after all", STATES, place="body"),
        text("action", "what was done about it", most=10_000, place="body"),
        text("note", "what people should read of it", most=10_000, place="body"),
        _reason(),
    ),
    Operation(
        method="POST",
        path=f"{BASE}/outages/{{outage}}/note",
        id="note_outage",
        about="A note on an outage.",
        topic="Words",
        handle=speaking.once(speaking.note_outage),
        values=(_NUMBER, _KEY, _TEXT),
        answer=ref("Noted"),
        status=201,
        role=Role.OPERATOR,
        late=True,
        missing=True,
        refused=True,
    ),
    Operation(
        method="POST",
        path=f"{BASE}/things/{{id}}/note",
        id="note_thing",
        about="A note on a thing.",
        topic="Words",
        handle=speaking.once(speaking.note_thing),
        values=(_THING, _KEY, _TEXT),
        answer=ref("Noted"),
        status=201,
        role=Role.OPERATOR,
        late=True,
        missing=True,
        refused=True,
    ),
    Operation(
        method="POST",
        path=f"{BASE}/outages",
        id="declare_outage",
        about="An outage in time that the monitor did not see.",
        topic="Words",
        handle=speaking.once(speaking.declare),
        values=(
            _KEY,
            text("thing", "its id, or kind:id", place="body", required=True),
            moment("from", "its begin", place="body", required=True),
            moment("to", "its end", place="body", required=True),
            choice("state", "default: down", sorted(OUTAGE_STATES), place="body"),
            choice("cause", "why it failed", CAUSES, place="body", empty=True),
            text("provider", "who is charged: its id, or none", place="body", empty=True),
            _reason(),
        ),
        answer=ref("Said"),
        status=201,
        role=Role.OPERATOR,
        late=True,
        missing=True,
        refused=True,
    ),
)

_WORKS = (
    Operation(
        method="GET",
        path=f"{BASE}/maintenance",
        id="list_maintenance",
        about="Planned work, the latest first.",
        topic="Maintenance",
        handle=reading.works,
        values=(flag("current", "only what is not over and not cancelled"),),
        answer=ref("Works"),
    ),
    Operation(
        method="POST",
        path=f"{BASE}/maintenance",
        id="plan_maintenance",
        about="A window for a unit, site, device, link or service, once or by a rule.",
        topic="Maintenance",
        handle=speaking.once(speaking.plan),
        values=(
            _KEY,
            text("scope", "its id, or kind:id", place="body", required=True),
            moment("from", "its begin", place="body", required=True),
            moment("to", "its end", place="body", required=True),
            _reason(),
            text("rrule", "it recurs: an RFC 5545 rule", place="body", empty=True),
            flag("late", "also where it is over already", place="body"),
        ),
        answer=ref("Work"),
        status=201,
        role=Role.OPERATOR,
        late=True,
        missing=True,
        refused=True,
    ),
    *(
        Operation(
            method="POST",
            path=f"{BASE}/maintenance/{{work}}/{name}",
            id=f"{name}_maintenance",
            about=about,
            topic="Maintenance",
            handle=handle,
            values=(_WORK,),
            answer=ref("Work"),
            role=Role.OPERATOR,
            late=True,
            missing=True,
            refused=True,
        )
        for name, about, handle in (
            ("cancel", "Nothing of it counts from now on.", speaking.cancel),
            ("approve", "A second person vouches for late work.", speaking.approve),
        )
    ),
)

_AUDIT = Operation(
    method="GET",
    path=f"{BASE}/audit",
    id="list_audit",
    about="What people did, newest first.",
    topic="Administration",
    handle=reading.audit,
    values=(_LIMIT, _CURSOR),
    answer=ref("Audit"),
    role=Role.ADMIN,
    refused=True,
)

OPERATIONS = (*_STATE, *_OUTAGES, *_WORKS, _AUDIT)

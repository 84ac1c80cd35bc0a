"""The documents of the answers as JSON schemas (2020-12); each key is told once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inventory.causes import CAUSES, SIDES
from store.states import OUTAGE_STATES, Kind, State

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
YES: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
ANY: Schema = {"type": "object"}
KIND: Schema = {"type": "string", "enum": [str(kind) for kind in Kind]}
STATE: Schema = {"type": "string", "enum": [str(state) for state in State]}
OUTAGE_STATE: Schema = {"type": "string", "enum": [*sorted(OUTAGE_STATES), "up"]}
CAUSE: Schema = {"type": "string", "enum": list(CAUSES)}
SIDE: Schema = {"type": "string", "enum": list(SIDES)}


def maybe(schema: Schema) -> Schema:
    """Or null: it is not known."""
    if "enum" in schema:
        return {**schema, "type": [schema["type"], "null"], "enum": [*schema["enum"], None]}
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def document(properties: Mapping[str, Schema], *optional: str) -> Schema:
    """All keys stand in it but for the optional ones; others may stand beside them."""
    wanted = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": wanted}


def listed(name: str, item: str) -> Schema:
    """One page of a list; `next` goes on behind it."""
    return document(
        {
            name: many(ref(item)),
            "total": {**WHOLE, "description": "of all pages"},
            "next": {
                **maybe(TEXT),
                "description": "cursor of the next page; null: there is none",
            },
            "revision": WHOLE,
        }
    )


_THING = {
    "id": TEXT,
    "name": TEXT,
    "state": STATE,
    "since": maybe(TIME),
    "maintenance": YES,
    "flapping": YES,
    "marks": many(TEXT),
    "root": {**maybe(TEXT), "description": "the fault that it is behind"},
    "acknowledged": YES,
    "site": maybe(TEXT),
    "address": maybe(TEXT),
    "rtt_ms": maybe(NUMBER),
    "loss": {**maybe(NUMBER), "description": "per cent of the questions lately"},
    "jitter_ms": maybe(NUMBER),
    "url": maybe(TEXT),
    "check_status": maybe(TEXT),
    "check_detail": maybe(TEXT),
}
THING_KEYS = tuple(_THING)
_OUTAGE = {
    "id": WHOLE,
    "thing": TEXT,
    "kind": KIND,
    "name": TEXT,
    "state": OUTAGE_STATE,
    "last_good": maybe(TIME),
    "first_bad": TIME,
    "last_bad": TIME,
    "first_good": maybe(TIME),
    "started": TIME,
    "ended": {**maybe(TIME), "description": "null: it is still open"},
    "root": maybe(TEXT),
    "root_id": maybe(WHOLE),
    "root_cleared": {**YES, "description": "a person said that its root was no outage"},
    "cause": maybe(CAUSE),
    "cause_reasons": many(ANY),
    "side": maybe(SIDE),
    "action": maybe(TEXT),
    "provider": maybe(TEXT),
    "reason": TEXT,
    "acknowledged": YES,
    "acknowledged_by": maybe(TEXT),
    "owner": maybe(TEXT),
    "until": maybe(TIME),
    "note": maybe(TEXT),
    "declared": YES,
    "corrected": many(TEXT),
    "recorded": ANY,
    "incident": maybe(ANY),
    "members": WHOLE,
}
_WATCHING = {
    "at": TIME,
    "network": TEXT,
    "running": YES,
    "blind": YES,
    "late_s": maybe(NUMBER),
    "lag_s": maybe(NUMBER),
    "traps": maybe(ANY),
    "config_refused": maybe(ANY),
    "channels_failing": {"type": "array", "items": ANY},
    "seen_to": maybe(TIME),
}
_KINDS = ("units", "sites", "devices", "links", "services")

COMPONENTS: Mapping[str, Schema] = {
    "Thing": {"type": "object", "properties": _THING},  # `fields` leaves the others out
    "Outage": document(_OUTAGE),
    "Status": document(_WATCHING | {name: many(ref("Thing")) for name in _KINDS}, *_KINDS),
    "Shown": {"type": "object", "additionalProperties": many(ANY)},
    "OpenedOutage": document(
        {
            "outage": ref("Outage"),
            "evidence": document({"start": ANY, "end": maybe(ANY)}),
            "revision": WHOLE,
        }
    ),
    "Said": document({"outage": ref("Outage"), "revision": WHOLE, "warnings": many(TEXT)}),
    "Noted": document({"id": WHOLE, "revision": WHOLE, "warnings": many(TEXT)}),
    "Found": document({"hits": many(ANY), "ports": many(ANY)}),
    "Work": document(
        {
            "id": WHOLE,
            "scope": TEXT,
            "kind": KIND,
            "name": TEXT,
            "from": TIME,
            "to": TIME,
            "rrule": maybe(TEXT),
            "reason": TEXT,
            "author": TEXT,
            "source": TEXT,
            "entered": TIME,
            "late": YES,
            "counts_from": TIME,
            "approved_by": maybe(TEXT),
            "approved": maybe(TIME),
            "cancelled": maybe(TIME),
            "warnings": many(TEXT),
        },
        "warnings",
    ),
    "Works": document({"maintenance": many(ref("Work")), "revision": WHOLE}),
    "Report": document({"period": ANY, "things": many(ANY)}),
    "Coverage": ANY,
    "AuditRow": document(
        {
            "id": WHOLE,
            "at": TIME,
            "actor": TEXT,
            "action": TEXT,
            "kind": maybe(KIND),
            "thing": maybe(TEXT),
            "outage": maybe(WHOLE),
            "detail": {},
        }
    ),
    "Audit": document({"audit": many(ref("AuditRow")), "next": maybe(TEXT)}),
    "Health": document({"status": {"type": "string", "enum": ["ok", "fail"]}}),
    "Targets": many(
        document(
            {
                "targets": many(TEXT),
                "labels": {"type": "object", "additionalProperties": TEXT},
            }
        )
    ),
    "Problem": document(
        {
            "type": TEXT,
            "status": WHOLE,
            "title": TEXT,
            "detail": TEXT,
            "code": {**TEXT, "description": "one word for why it was refused"},
        },
        "detail",
        "code",
    ),
}

"""Draft or signed, what is still open, the chain that it is bound to, and errata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inventory.phrases import table
from reports.document import Document
from reports.review import open_items
from reports.tables import At, Cell, Column, Count, Line, Section, Table, Text, Word
from store.corrected import moment
from store.period import Erratum
from store.stated import TIMES

_ERRATA = (
    Column("said_at", 1.4),
    Column("said_by", 1.2),
    Column("thing", 1.6),
    Column("said", 4),
)


def signing(document: Document) -> Section:
    """Stands first: whoever reads a figure sees at once whether it is signed."""
    if not document.whole.sums.total:
        return Section("signing", ())
    found, left = document.beside.signing, len(open_items(document))
    if found is None:
        parts = [Word("draft", mark="open")]
        parts.append(_left("draft.open", left) if left else Word("draft.ready"))
        return Section("signing", tuple(parts))
    parts = [Word("signed", {"by": Text(found.by), "at": At(found.at_ms)})]
    if left:
        parts.append(_left("signed.open", left))
    parts.append(_head(found.head))
    if found.holds is False:
        parts.append(Word("signed.broken", mark="open"))
    if found.errata:
        parts.append(Word("signed.errata", {"n": Count(len(found.errata))}, mark="open"))
    return Section("signing", tuple(parts))


def errata(document: Document) -> Section:
    """What was said after the signature; none of it is in the figures."""
    found = document.beside.signing
    if found is None or not found.errata:
        return Section("errata", ())
    lines = tuple(map(_erratum, found.errata))
    made = Table("errata", Word("caption.errata"), _ERRATA, lines)
    return Section("errata", (Word("errata.note"), made), apart=True)


def chained(document: Document) -> tuple[Word, ...]:
    """For the method: how a later reader can find out that nothing was changed."""
    found = document.beside.signing
    parts = [Word("method.chain.title", mark="title"), Word("method.chain")]
    return (*parts, _head(found.head)) if found is not None else tuple(parts)


def _left(key: str, n: int) -> Word:
    return Word(key, {"n": Count(n)}, mark="open")


def _head(head: str | None) -> Word:
    return Word("signed.unchained") if head is None else Word("signed.head", {"head": Text(head)})


def _erratum(one: Erratum) -> Line:
    about: dict[str, Cell | str | int] = {"kind": Word(f"kind.{one.kind}"), "id": Text(one.key)}
    thing = Word("erratum.thing", about)
    if one.outage_id is not None:
        thing = Word("erratum.outage", about | {"outage": str(one.outage_id)})
    cells = (At(one.at_ms), Text(one.by) if one.by else None, thing, _said(one))
    return Line(cells, id=str(one.outage_id or one.key), kind="erratum")


def change(said: Mapping[str, Any]) -> Word:
    """A correction: its field, what stood there, what a person said, and why."""
    field = str(said["field"])
    values: dict[str, Cell | str | int] = {
        "field": Word(f"field.{field}"),
        "old": _value(field, said["old"]),
        "new": _value(field, said["new"]),
        "reason": Text(str(said["reason"])),
    }
    same = said["old"] == said["new"]
    return Word("erratum.confirmed" if same else "erratum.correction", values)


def _said(one: Erratum) -> Word:
    said = one.said
    if one.what == "correction":
        return change(said)
    if one.what in ("declared", "imported"):
        return Word(f"erratum.{one.what}", _ends(said["started_ms"], said["ended_ms"]))
    ends = _ends(said["from_ms"], said["to_ms"])
    return Word(f"erratum.{one.what}", ends | {"reason": Text(str(said["reason"]))})


def _ends(begin_ms: int, end_ms: int | None) -> dict[str, Cell | str | int]:
    return {"begin": At(begin_ms), "end": At(end_ms)}


def _value(field: str, value: str | None) -> Cell:
    if value is None:
        return None
    if field in TIMES:
        return At(moment(value))
    key = f"{field}.{value}"
    said = field in ("cause", "side", "state") and {key, f"report.{key}"} & table().keys()
    return Word(key) if said else Text(value)

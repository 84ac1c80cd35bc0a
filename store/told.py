"""Roots in words: what and where, how much is behind, why; and what is declared of a thing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from store.questions import OutageRow
from store.states import Kind
from store.teller import Teller


def what(tell: Teller, root: OutageRow) -> str:
    """The place first: that is where somebody has to go."""
    row = tell.rows.get(root.thing_id)
    site = tell.short(tell.name_of(row.site_id)) if row is not None else ""
    name = tell.short(root.name)
    if root.kind is Kind.LINK and site:  # its name begins with the end that most links share
        return f"{site} {root.key}"
    parts = [site, name] if site and site not in name else [name]
    if root.key not in name:
        parts.append(root.key)
    return " ".join(dict.fromkeys(part for part in parts if part))


def behind(tell: Teller, root: OutageRow, cells: int) -> str:
    """`+12 sites 36 devices`, as far as there is room; sites first."""
    counts = root.members_by_kind
    words = [
        tell.count(f"board.n.{kind}", counts[kind])
        for kind in (Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE)
        if counts.get(kind)
    ]
    text = " ".join(words)
    while len(words) > 1 and len(text) + 1 > cells:
        words.pop()
        text = " ".join(words)
    return f"+{text}" if text else ""


def why(tell: Teller, root: OutageRow) -> str:
    """The rule that decided, then what people said about it."""
    parts = [tell.say_if_known("reason", root.reason)] if root.reason else []
    if root.cause:
        parts.append(tell.say_if_known("cause", root.cause))
    if root.provider:
        parts.append(root.provider)
    if root.note:
        parts.append(tell.quoted(root.note))
    return tell.joined(parts)


_SHOWN_ELSEWHERE = frozenset({"id", "name", "site", "unit", "address", "was", "uplink", "gateway"})
_NOTHING: tuple[Any, ...] = (None, "", (), [], {})


def declared(tell: Teller, facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What stands in the files about a thing, as pairs of name and value."""
    return [
        (tell.say_if_known("field", key), _declared(tell, key, value))
        for key, value in facts.items()
        if key not in _SHOWN_ELSEWHERE and value not in _NOTHING
    ]


def _declared(tell: Teller, key: str, value: Any) -> str:
    if isinstance(value, Mapping):  # an end of a link: site, device, interface
        return " ".join(str(part) for part in value.values() if part is not None)
    if isinstance(value, list | tuple):
        ranges = ("-".join(map(str, part)) if isinstance(part, list) else part for part in value)
        return ", ".join(map(str, ranges))
    if key == "check_status":
        return tell.say_if_known("reason", value)
    if key.endswith("_s") and isinstance(value, int | float):
        return tell.span(value)
    return str(value)

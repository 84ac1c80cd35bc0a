"""Roots in words: what and where, how much is behind, why."""

from __future__ import annotations

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

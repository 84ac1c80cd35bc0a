"""A chain of hashes: each item is bound to the one before it, and the last one to them all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

SHORT = 16  # hexadecimal digits of a row's own hash: it only tells which row of an item differs

# In this order they are chained. `outage` had ended when it was signed, `open_outage` had not.
KINDS = (
    "figures",
    "coverage",
    "health",
    "span",
    "outage",
    "open_outage",
    "correction",
    "note",
    "acknowledgement",
    "maintenance",
    "evidence",
    "dossier",
)


_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class Item(NamedTuple):
    """Rows that are hashed together. `name`: the id of the thing or outage that they are about;
    `rows`: id and short hash of each."""

    what: str
    name: str
    sha256: str
    rows: tuple[tuple[int, str], ...] = ()


class Chain(NamedTuple):
    """`chained[i]` binds `items[i]` to all before it."""

    items: tuple[Item, ...]
    chained: tuple[str, ...]

    @property
    def head(self) -> str:
        return self.chained[-1]


def canonical(document: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """The one form of a document that is hashed: keys sorted, no blanks, UTF-8."""
    return _JSON.encode(document).encode()


def gathered(what: str, rows: Iterable[tuple[int, int, Sequence[Any]]]) -> list[Item]:
    """(name, id, values) of rows, in the order of ids inside a name, as one item a name."""
    named: dict[int, list[tuple[int, bytes]]] = {}
    for name, row_id, values in rows:
        named.setdefault(name, []).append((row_id, canonical([row_id, *values])))
    return [_item(what, str(name), parts) for name, parts in named.items()]


def _item(what: str, name: str, parts: Sequence[tuple[int, bytes]]) -> Item:
    whole = hashlib.sha256()
    rows = []
    for row_id, text in parts:
        digest = hashlib.sha256(text).digest()
        whole.update(digest)
        rows.append((row_id, digest.hex()[:SHORT]))
    return Item(what, name, whole.hexdigest(), tuple(rows))


def linked(begin: Mapping[str, Any], items: Iterable[Item]) -> Chain:
    """`begin`: what the chain is about; without items it would have no end."""
    ordered = tuple(sorted(items, key=_place))
    at, chained = first(begin), []
    for item in ordered:
        at = bound(at, item)
        chained.append(at)
    return Chain(ordered, tuple(chained))


def first(begin: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(begin)).hexdigest()


def bound(before: str, item: Item) -> str:
    """The hash that binds an item to all before it."""
    said = (before, item.what, item.name, item.sha256)
    return hashlib.sha256(canonical(said)).hexdigest()


def _place(item: Item) -> tuple[int, int]:
    return KINDS.index(item.what), int(item.name or 0)

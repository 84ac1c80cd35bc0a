"""Compares what was signed with the record as it is now, and says which row or file differs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from store.chain import Chain, Item, bound, canonical, first
from store.covered import FORM, beginning, cover
from store.imported import IMPORT
from store.kept import Kept, kept
from store.period import Interval
from store.signing import signature
from store.spoken import audit, signed_file, signoff
from store.tables import coverage, span, thing

_OF_THING = ("span", "evidence", "coverage")
_TEXTS = (".html", ".json", ".csv")  # forms in which the head can be read


class Fault(NamedTuple):
    """`what`: figures, signature, signer, chain, file or a kind of row; `row`: its id; `about`:
    whose it is; `names`: of the figures that differ.

    `how`: changed, gone, added, unbound (it does not follow from what is before it), unknown,
    recomputed (the record gives something else).
    """

    what: str
    how: str
    about: str = ""
    row: int | None = None
    names: tuple[str, ...] = ()


class Checked(NamedTuple):
    """A signed period. `head` None: it was signed before there were chains; `form`: of its own."""

    period: Interval
    at_ms: int
    by: str
    head: str | None
    form: int | None
    items: int
    document: Mapping[str, Any]
    errata: int
    faults: tuple[Fault, ...]


class File(NamedTuple):
    """A file that was given. `of`: what it is, where it is one that was signed or made here."""

    name: str
    sha256: str
    of: str | None
    fault: Fault | None


class Verified(NamedTuple):
    periods: tuple[Checked, ...]
    files: tuple[File, ...]


def verify(conn: Connection, files: Mapping[str, bytes], window: Interval | None) -> Verified:
    """All signed periods, or that one; and each given file by its name."""
    wanted = select(signoff).order_by(signoff.c.id)
    if window is not None:
        mine = (signoff.c.period_from == window[0]) & (signoff.c.period_to == window[1])
        wanted = wanted.where(mine)
    rows = conn.execute(wanted).all()
    known = _known_files(conn)
    return Verified(
        tuple(_checked(conn, row) for row in rows),
        tuple(_file(name, body, known) for name, body in files.items()),
    )


def _checked(conn: Connection, row: Any) -> Checked:
    links = kept(conn, row.id)
    period = row.period_from, row.period_to
    faults = [*_figures(row), *_files(conn, row)]
    form = None
    if row.head is not None:
        form = _form(conn, row, links)
        faults += _chain(conn, row, links, form)
        items = [link.item for link in links]
        now = cover(conn, period, row.entered, row.sha256, row.author, items)
        faults += _rows(conn, items, now, row.entered)
    found = signature(conn, *period)
    assert found is not None
    return Checked(
        period=period,
        at_ms=row.entered,
        by=row.author,
        head=row.head,
        form=form,
        items=len(links),
        document=row.figures,
        errata=len(found.errata),
        faults=tuple(faults),
    )


def _figures(row: Any) -> Iterator[Fault]:
    if hashlib.sha256(canonical(row.figures)).hexdigest() != row.sha256:
        yield Fault("figures", "changed")


def _files(conn: Connection, row: Any) -> Iterator[Fault]:
    """The kept files against their hashes; these and the signer against what the audit says."""
    actor, said = _signing(conn, row)
    if actor is None:
        yield Fault("signature", "gone")
    elif actor != row.author:
        yield Fault("signer", "changed")
    if said.get("sha256", row.sha256) != row.sha256 or said.get("head", row.head) != row.head:
        yield Fault("signature", "changed")
    sums = said.get("files", ())
    mine = signed_file.c.signoff_id == row.id
    names = set()
    for file in conn.execute(select(signed_file).where(mine).order_by(signed_file.c.id)):
        names.add(file.name)
        sha256 = hashlib.sha256(file.body).hexdigest()
        signed = sums.get(file.name) if isinstance(sums, Mapping) else file.sha256
        if sha256 != file.sha256 or sha256 != signed:
            yield Fault("file", "changed", file.name)
        elif row.head and file.name.endswith(_TEXTS) and row.head.encode() not in file.body:
            yield Fault("file", "unbound", file.name)
    for name in sorted(set(sums) - names):
        yield Fault("file", "gone", name)


def _signing(conn: Connection, row: Any) -> tuple[str | None, Mapping[str, Any]]:
    """Who signed it by the audit, and what it says of that."""
    mine = audit.c.action == "sign", audit.c.entered == row.entered
    for actor, detail in conn.execute(select(audit.c.actor, audit.c.detail).where(*mine)):
        if (detail.get("from"), detail.get("to")) == (row.period_from, row.period_to):
            return actor, dict(detail)
    return None, {}


def _form(conn: Connection, row: Any, links: Sequence[Kept]) -> int:
    """In which its first item is bound; the newest where it is in none."""
    for form in range(FORM, 0, -1):
        if links and bound(_first(conn, row, form), links[0].item) == links[0].chained:
            return form
    return FORM


def _first(conn: Connection, row: Any, form: int) -> str:
    period = row.period_from, row.period_to
    return first(beginning(conn, period, row.author, row.entered, form))


def _chain(conn: Connection, row: Any, links: Sequence[Kept], form: int) -> Iterator[Fault]:
    """Each item from the one before it, the head from the last."""
    at = _first(conn, row, form)
    for link in links:
        if bound(at, link.item) != link.chained:
            yield Fault(link.item.what, "unbound", _about(conn, link.item))
        at = link.chained
    if at != row.head:
        yield Fault("chain", "changed")


def _rows(conn: Connection, items: Sequence[Item], now: Chain, at_ms: int) -> Iterator[Fault]:
    """What the record holds now against what it held then. An import brings its own rows later;
    they are errata."""
    new = {(item.what, item.name): item for item in now.items}
    for item in items:
        found = new.pop((item.what, item.name), None)
        if found is None or found.sha256 != item.sha256:
            yield from _differing(conn, item, found)
    for item in new.values():
        yield from _differing(conn, Item(item.what, item.name, ""), item)


def _differing(conn: Connection, item: Item, found: Item | None) -> Iterator[Fault]:
    about = _about(conn, item)
    then, now = dict(item.rows), dict(found.rows if found else ())
    told = False
    for row_id in sorted(then.keys() | now.keys()):
        if then.get(row_id) == now.get(row_id):
            continue
        told = True
        how = "gone" if row_id not in now else "changed" if row_id in then else "added"
        if how == "added" and _imported(conn, item.what, row_id):
            continue
        yield Fault(item.what.removeprefix("open_"), how, about, row_id)
    if not told:  # the rows are all as their short hashes say: these were rewritten, or the order
        yield Fault(item.what.removeprefix("open_"), "changed", about)


def _imported(conn: Connection, what: str, row_id: int) -> bool:
    table = {"span": span, "coverage": coverage}.get(what)
    if table is None:
        return False
    wanted = select(table.c.poller).where(table.c.id == row_id)
    return bool(conn.execute(wanted).scalar() == IMPORT)


def _about(conn: Connection, item: Item) -> str:
    """Whose rows they are: `device:d-r`, `outage:17`."""
    if item.what in ("figures", "health", "maintenance", "outage", "open_outage"):
        return ""
    if item.what not in _OF_THING:
        return f"outage:{item.name}"
    row = conn.execute(select(thing).where(thing.c.id == int(item.name))).first()
    return f"{row.kind}:{row.key}" if row else ""


_Known = dict[str, list[tuple[str, str]]]  # name of a file → (hash, what it is)


def _known_files(conn: Connection) -> _Known:
    """Files that the record vouches for."""
    found: _Known = {}
    wanted = select(signed_file.c.name, signed_file.c.sha256).order_by(signed_file.c.id)
    for name, sha256 in conn.execute(wanted):
        found.setdefault(name, []).append((sha256, "signed"))
    for detail in conn.execute(select(audit.c.detail).where(audit.c.action == "dossier")).scalars():
        found.setdefault(detail["file"], []).append((detail["sha256"], "dossier"))
    return found


def _file(name: str, body: bytes, known: _Known) -> File:
    sha256 = hashlib.sha256(body).hexdigest()
    for others in known.values():
        for one, of in others:
            if one == sha256:
                return File(name, sha256, of, None)
    base = name.replace("\\", "/").rpartition("/")[2]
    how = "changed" if base in known else "unknown"
    return File(name, sha256, None, Fault("file", how, name))

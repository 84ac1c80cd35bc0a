"""What stands beside the figures, cut down to what concerns one part of the network."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from reports.beside import Beside
from reports.capacity import Capacity
from reports.changes import Changes, Terms
from reports.signing import Signing
from reports.works import Works
from store.lines import EndLights
from store.states import Kind

Here = Callable[[Kind | None, str | None], bool]  # (kind, id): is it one of the part's things?


def shared_out(beside: Beside, things: Iterable[tuple[Kind, str]], links: set[int]) -> Beside:
    """`things`: kinds and ids of the part's things and units; `links`: thing ids of its links.

    Left out: what is told of the whole alone, such as the time before and the months.
    """
    held = set(things)

    def here(kind: Kind | None, key: str | None) -> bool:
        return (kind, key) in held

    compared = beside.other_side
    return Beside(
        changes=beside.changes and _changes(beside.changes, here),
        works=beside.works and _works(beside.works, here),
        capacity=beside.capacity and _capacity(beside.capacity, here),
        optics=beside.optics and _optics(beside.optics, links),
        other_side=compared
        and tuple(one for one in compared if here(one.figure.kind, one.figure.key)),
        signing=beside.signing and _signing(beside.signing, here),
    )


def _changes(found: Changes, here: Here) -> Changes:
    return Changes(
        edits=tuple(one for one in found.edits if here(one.kind, one.key)),
        warranties=_terms(found.warranties, here),
        contracts=_terms(found.contracts, here),
    )


def _terms(found: Terms, here: Here) -> Terms:
    return Terms(
        ended=tuple(one for one in found.ended if here(one.kind, one.id)),
        soon=tuple(one for one in found.soon if here(one.kind, one.id)),
        earlier=0,
        later=0,
        unknown=0,
        of_part=True,
    )


def _works(found: Works, here: Here) -> Works:
    return Works(
        done=tuple(one for one in found.done if here(one.work.kind, one.work.key)),
        ahead=tuple(one for one in found.ahead if here(one.work.kind, one.work.key)),
    )


def _capacity(found: Capacity, here: Here) -> Capacity:
    return replace(
        found,
        links=tuple(one for one in found.links if here(Kind.LINK, one.key)),
        without_capacity=tuple(key for key in found.without_capacity if here(Kind.LINK, key)),
        without_counter=tuple(key for key in found.without_counter if here(Kind.LINK, key)),
    )


def _optics(found: EndLights, links: set[int]) -> EndLights:
    """Ends without limits are counted for the whole alone."""
    return EndLights(ends=tuple(end for end in found.ends if end.link_id in links), without_limit=0)


def _signing(found: Signing, here: Here) -> Signing:
    """What was said later of others stands in their files; all of it in the summary."""
    errata = tuple(one for one in found.errata if here(Kind(one.kind), one.key))
    return replace(found, errata=errata)

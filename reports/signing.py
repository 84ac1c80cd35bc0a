"""Whose signature a report bears, what it is bound to, and what was said since."""

from __future__ import annotations

from dataclasses import dataclass, replace

from reports.document import Document
from store.period import Erratum, Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """`head`: of the chain over the record; None: signed before there were chains.

    `holds`: does the record still give every signed figure? None: it is being signed now.
    """

    by: str
    at_ms: int
    head: str | None
    errata: tuple[Erratum, ...] = ()
    holds: bool | None = None


def signing_of(signature: Signature, *, holds: bool) -> Signing:
    return Signing(
        by=signature.by,
        at_ms=signature.at_ms,
        head=signature.head,
        errata=signature.errata,
        holds=holds,
    )


def bearing(document: Document, signing: Signing) -> Document:
    return replace(document, beside=replace(document.beside, signing=signing))

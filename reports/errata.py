"""What was said about a period after its report was signed, as a paper beside it."""

from __future__ import annotations

from reports.document import Document
from reports.leaf import leaf
from reports.sections.signing import errata, signing
from reports.wording import Wording


def page(document: Document, language: str) -> str:
    wording = Wording(document, language)
    title = wording.say("errata.title", title=wording.title())
    found = document.beside.signing
    seal = found.head if found is not None and found.head else ""
    return leaf(wording, title, (signing(document), errata(document)), seal)

"""A report as what it is: a draft, the one that is being signed, or the signed one with errata."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from cli.report import UnreadyError

if TYPE_CHECKING:
    from reports.document import Document
    from store.period import Signature
    from store.reader import RecordReader

ITEMS = "outages over 30 minutes without cause, side of fault or action"


@dataclass(frozen=True, slots=True)
class Papers:
    """`document` is that of the signature where there is one: as the record knew it then.

    `keys` stand in its JSON beside the figures.
    """

    document: Document
    keys: Mapping[str, Any] = field(default_factory=dict)
    signature: Signature | None = None
    head: str | None = None

    def as_signed(self, texts: dict[str, bytes]) -> dict[str, bytes]:
        """What was signed under a name is given again byte for byte."""
        kept = self.signature.files if self.signature else {}
        return {name: kept.get(name, text) for name, text in texts.items()}

    def errata(self, name: str, formats: list[str], languages: list[str]) -> dict[str, bytes]:
        """What was said since, in papers of its own."""
        if self.signature is None or not self.signature.errata:
            return {}
        from reports import errata

        found: dict[str, bytes] = {}
        if set(formats) - {"json"}:
            made = {lang: errata.page(self.document, lang).encode() for lang in languages}
            found |= {f"{name}.errata.{lang}.html": page for lang, page in made.items()}
        if "json" in formats:
            told = json.dumps(self.keys, ensure_ascii=False, indent=1) + "\n"
            found[f"{name}.errata.json"] = told.encode()
        return found

    def narrate(self) -> None:
        if self.signature is None:
            return
        signed, errata = self.keys["signed"], len(self.signature.errata)
        sys.stderr.write(f"signed by {signed['by']} at {signed['at']}; errata since: {errata}\n")
        if not self.keys["signed_figures_hold"]:
            why = "the record no longer gives the signed figures; `canh report verify` says what"
            sys.stderr.write(f"canh report: {why}\n")


def papers_of(
    reader: RecordReader,
    document: Document,
    signed: Signature | None,
    args: argparse.Namespace,
    now_ms: int,
) -> Papers:
    """UnreadyError where it is to be signed and is not ready."""
    from reports import json_form
    from reports.review import open_items
    from reports.signing import Signing, bearing

    if signed is not None:
        return _signed(document, signed)
    left = len(open_items(document))
    if not args.sign:
        return Papers(document, {"draft": True, "open_items": left})
    if document.asked_to_ms > now_ms:
        return Papers(document)  # the signature is refused
    if left and not args.with_open_items:
        raise UnreadyError(
            f"not signed: {ITEMS}: {left}; --review lists them, --with-open-items signs as it is"
        )
    if not document.watch.watched and not args.with_open_items:
        raise UnreadyError(
            "not signed: nothing was watched in that period; --with-open-items signs as it is"
        )
    head = reader.chain_head(json_form.form(document), args.by, now_ms)
    signing = Signing(by=args.by, at_ms=now_ms, head=head)
    keys = {"signed": json_form.signing(signing, ZoneInfo(document.timezone)), "open_items": left}
    return Papers(bearing(document, signing), keys, head=head)


def _signed(document: Document, found: Signature) -> Papers:
    """`document`: as the record knew it then."""
    from reports import json_form
    from reports.review import open_items
    from reports.signing import bearing, signing_of
    from store.signing import same_figures

    holds = same_figures(found.document, json_form.form(document))
    keys = json_form.signed(found, ZoneInfo(document.timezone), holds=holds)
    keys |= {"open_items": len(open_items(document))}
    return Papers(bearing(document, signing_of(found, holds=holds)), keys, found)

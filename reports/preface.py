"""What stands before the figures in every form: of which network and period, and its limits."""

from __future__ import annotations

from reports.wording import Wording


def facts(wording: Wording) -> list[tuple[str, str]]:
    """(heading, text): network, period, time zone, when it was made."""
    doc, clock = wording.document, wording.clock
    return [
        (wording.say("head.network"), doc.network),
        (
            wording.say("head.period"),
            f"{clock.minute(doc.from_ms)} – {clock.minute(doc.asked_to_ms)}",
        ),
        (wording.say("head.zone"), doc.timezone),
        (wording.say("head.made"), clock.minute(doc.made_ms)),
    ]


def remarks(wording: Wording) -> list[str]:
    """On which map it is told, and whether the period is over."""
    doc, clock = wording.document, wording.clock
    said = []
    if doc.on_today:
        said.append(wording.say("head.today", moment=clock.minute(doc.made_ms)))
    if doc.to_ms < doc.asked_to_ms:
        said.append(wording.say("head.cut", moment=clock.minute(doc.to_ms)))
    return said

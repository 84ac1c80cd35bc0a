"""What the dossier of an outage tells, section by section."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from inventory.phrases import table
from reports.dossier import Dossier
from reports.review import lacks, proposed
from reports.sections.outages import began, ended, marked
from reports.sections.signing import change
from reports.tables import (
    Amount,
    At,
    Cell,
    Column,
    Count,
    Lasting,
    Line,
    Names,
    Roll,
    Section,
    Table,
    Text,
    Word,
)
from store.changes import Health
from store.opened import Around
from store.stretches import SHARES

_FACTS = (Column("about", 1.5), Column("fact", 4))
_COUNTED = (Column("share", 3), Column("duration", 2, True))
_WORKS = (Column("work", 2), *(Column(name, 1.6) for name in ("from", "to", "said_at", "said")))
_SAID = (Column("said_at", 1.5), Column("said_by", 1.2), Column("said", 4))
_PROBES = (
    Column("sent", 2),
    Column("thing", 2),
    Column("how", 1),
    Column("answer", 1.5),
    Column("rtt", 1, True),
)
_BLIND = (Column("from", 2), Column("to", 2), Column("duration", 1.5, True))
MOST_PROBES = 120  # of each side; all of them stand in the JSON
_LINE_FACTS = ("circuit_id", "contract", "contract_until")


def sections(found: Dossier) -> tuple[Section, ...]:
    made = (
        Section("what", (_table("what", list(_what(found))),)),
        Section("counted", tuple(_counted(found))),
        Section("why", tuple(_why(found))),
        Section("windows", tuple(_works(found))),
        Section("said", tuple(_said(found))),
        Section("probes", tuple(_probes(found))),
        Section("monitor", tuple(_monitor(found))),
        Section("proof", tuple(_proof(found))),
    )
    return tuple(section for section in made if section.parts)


def _table(name: str, facts: list[tuple[str, Cell]]) -> Table:
    lines = tuple(Line((Word(f"about.{key}"), cell)) for key, cell in facts)
    return Table(name, Word(f"caption.{name}"), _FACTS, lines)


def _what(found: Dossier) -> Iterator[tuple[str, Cell]]:
    out = found.papers.opened.row
    yield "thing", Text(out.name)
    yield "kind", Word(f"kind.{out.kind}")
    yield "id", Text(out.key)
    if found.row is not None and found.row.site:
        yield "site", Text(found.row.site)
    for circuit in found.papers.circuits:
        if circuit.key != out.key:
            yield "circuit", Text(f"{circuit.name} ({circuit.key})")
        for name in _LINE_FACTS:
            if circuit.declared.get(name):
                yield name, Text(str(circuit.declared[name]))
        told = {"provider": circuit.provider, "hotline": circuit.hotline}
        told |= {"contact": circuit.contact}
        yield from ((name, Text(said)) for name, said in told.items() if said)
    yield "state", Word(f"state.{out.state}")
    by = {str(one["field"]): str(one["author"]) for one in found.papers.opened.corrections}
    yield "began", began(out, by.get("started"))
    yield "ended", ended(out, by.get("ended"))
    end = found.document.to_ms if out.first_good_ms is None else out.first_good_ms
    yield "lasted", Lasting(end - out.first_bad_ms, plain=True)
    if out.declared:
        yield "source", Word("declared")


def _counted(found: Dossier) -> Iterator[Word | Table]:
    begin, end = At(found.document.from_ms), At(found.document.to_ms)
    if not found.counted:
        yield Word("dossier.uncounted", {"begin": begin, "end": end})
        return
    lines = tuple(
        Line((Word(f"share.{share}"), Lasting(found.counted[share], plain=True)))
        for share in SHARES
        if share in found.counted
    )
    yield Table("counted", Word("caption.counted", {"begin": begin, "end": end}), _COUNTED, lines)
    if found.papers.opened.row.provider:
        yield Word(f"dossier.charge.{found.charge}")


def _why(found: Dossier) -> Iterator[Word | Table | Roll]:
    out = found.papers.opened.row
    key = f"cause.{out.cause or 'none'}"
    cause: Cell = Word(key) if f"report.{key}" in table() else Text(out.cause or "")
    facts: list[tuple[str, Cell]] = [("cause", cause)]
    if out.side:
        side = f"side.{out.side}"
        facts.append(("side", Word(side) if f"report.{side}" in table() else Text(out.side)))
    root: Cell = Word("dossier.itself")
    if out.root_key:
        root = marked(out.root_key, cleared=out.root_cleared)
    facts.append(("root", root))
    if found.line is not None and found.line.affected:
        groups = tuple((str(kind), names) for kind, names in found.line.affected)
        facts.append(("behind", Names(groups)))
    if out.note:
        facts.append(("note", Text(out.note)))
    yield _table("why", facts)
    if proposed(out):
        yield Word("dossier.proposed", mark="open")
    elif "cause" in out.corrected:
        yield Word("dossier.confirmed")
    reasons = tuple(map(_reason, out.cause_reasons))
    if reasons:
        yield Roll(Word("dossier.reasons"), reasons)
    missing = lacks(out)
    if missing:
        names = [Word(f"field.{name}") for name in missing]
        yield Roll(Word("dossier.lacks", mark="open"), tuple(names))


def _reason(reason: Mapping[str, Any]) -> Cell:
    key = f"cause.reason.{reason['code']}"
    values: dict[str, Cell | str | int] = {
        name: Amount(value) if isinstance(value, float) else Text(str(value))
        for name, value in reason.items()
        if name != "code"
    }
    return Word(key, values) if key in table() else Text(str(reason["code"]))


def _works(found: Dossier) -> Iterator[Word | Table]:
    if not found.works:
        yield Word("dossier.no_works")
        return
    lines = []
    for work in found.works:
        scope = Text(work.name or work.key)
        said = Word("dossier.work", {"by": Text(work.author), "reason": Text(work.reason)})
        lines.append(Line((scope, At(work.from_ms), At(work.to_ms), At(work.entered_ms), said)))
    yield Table("works", Word("caption.effect"), _WORKS, tuple(lines))


def _said(found: Dossier) -> Iterator[Word | Table]:
    opened = found.papers.opened
    lines = [
        Line((At(one["entered"]), Text(one["author"]), change(one))) for one in opened.corrections
    ]
    for one in opened.acknowledgements:
        said = Word("dossier.acknowledged", {"note": Text(one["note"] or "–")})
        lines.append(Line((At(one["entered"]), Text(one["actor"]), said)))
    if lines:
        yield Table("said", Word("caption.said"), _SAID, tuple(lines))
    else:
        yield Word("dossier.nothing_said")


def _probes(found: Dossier) -> Iterator[Word | Table]:
    opened = found.papers.opened
    for name, around in (("start", opened.start), ("end", opened.end)):
        if around is None:
            continue
        lines = _results(around)
        if not lines:
            yield Word(f"dossier.no_probes.{name}")
            continue
        near = sorted(lines, key=lambda line: abs(line[0] - around.at_ms))[:MOST_PROBES]
        rows = tuple(line for _, line in sorted(near, key=lambda one: one[0]))
        caption = Word(f"caption.probes.{name}", {"at": At(around.at_ms)})
        yield Table(f"probes-{name}", caption, _PROBES, rows, len(lines))


def _results(around: Around) -> list[tuple[int, Line]]:
    found = []
    for key, results in around.results.items():
        for raw in results:
            said = f"probe.{raw.said}"
            answer: Cell = Word(said) if f"report.{said}" in table() else Text(raw.said)
            rtt = Amount(None if raw.rtt_us is None else raw.rtt_us / 1000, "ms", 3)
            cells = (At(raw.sent_ms), Text(key), Text(raw.how), answer, rtt)
            found.append((raw.sent_ms, Line(cells)))
    return found


def _monitor(found: Dossier) -> Iterator[Word | Table]:
    opened = found.papers.opened
    for name, around in (("start", opened.start), ("end", opened.end)):
        if around is not None:
            yield _health(name, around.health)
    if not found.blind:
        yield Word("dossier.saw")
        return
    lines = tuple(
        Line((At(begin), At(end), Lasting(end - begin, plain=True))) for begin, end in found.blind
    )
    yield Table("blind-here", Word("caption.blind"), _BLIND, lines)


def _health(name: str, rows: tuple[Health, ...]) -> Word:
    """The worst that was said of the monitor around a moment."""
    if not rows:
        return Word(f"dossier.no_health.{name}")
    bodies = [row.body for row in rows]
    values: dict[str, Cell | str | int] = {
        "n": Count(len(rows)),
        "lag": Amount(max(body.get("lag_ms") or 0 for body in bodies), "ms", 0),
        "blind": Count(sum(bool(body.get("blind")) for body in bodies)),
        "jumps": Count(sum(bool(body.get("jumped_ms")) for body in bodies)),
        "slept": Count(sum(bool(body.get("slept_ms")) for body in bodies)),
        "clock": Word(f"dossier.clock.{_clock(bodies)}"),
    }
    return Word(f"dossier.health.{name}", values)


def _clock(bodies: list[Mapping[str, Any]]) -> str:
    told = {body.get("clock_synced") for body in bodies}
    if False in told:
        return "unset"
    return "set" if told == {True} else "unknown"


def _proof(found: Dossier) -> Iterator[Word | Table]:
    proof = found.papers.proof
    yield Word("dossier.sha256", {"sha256": Text(proof.sha256)})
    if proof.head is None:
        yield Word("dossier.unsigned", mark="open")
        return
    values: dict[str, Cell | str | int] = {
        "place": Count(proof.place),
        "of": Count(proof.of),
        "by": Text(proof.by or ""),
        "at": At(proof.at_ms),
    }
    yield Word("dossier.bound", values)
    yield Word("signed.head", {"head": Text(proof.head)})

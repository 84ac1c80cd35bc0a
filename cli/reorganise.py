"""`canh reorganise`: an act that merges, splits, renames or moves units, from its day on."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.config import locate
from cli.forms import dump
from inventory.acts import WORDS, Act, provinces, read_act, shipped
from inventory.edition import EditError, Edition
from inventory.problems import did_you_mean, shown
from inventory.reorganise import Effect, Moved, draft, effect
from inventory.tiers import TRANSIT

if TYPE_CHECKING:
    from inventory.model import Network, Unit

MOST_SITES = 20  # that are named; --json names all


def arguments(parser: argparse.ArgumentParser) -> None:
    numbers = ", ".join(shipped())
    parser.add_argument("act", metavar="ACT", help=f"a file, or one that comes along: {numbers}")
    parser.add_argument("--apply", action="store_true", help="write it; without: a preview")
    parser.add_argument(
        "--place",
        action="append",
        default=[],
        metavar="SITE=UNIT",
        help="where a site of a unit stands that is split",
    )
    parser.add_argument(
        "--with",
        dest="others",
        action="append",
        default=[],
        choices=tuple(provinces()),
        help="first add the units of another province, as they were before 2025",
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: shown or written; 1: it cannot be applied; 2: usage."""
    path = locate(args)
    places = dict(part.partition("=")[::2] for part in args.place)
    if not all(places.values()):
        return _say("--place: write it as SITE=UNIT", code=2)
    file = _file(args.act)
    if file is None:
        near = did_you_mean(args.act, shipped())
        return _say(f"there is no file or act {args.act!r}" + (f"; {near}" if near else ""), code=2)
    act = read_act(file)
    if not isinstance(act, Act):
        return _tell(act)
    try:
        edition = _edition(path, args.others)
        before, problems = edition.check()
        if before is None:
            return _tell(problems)
        planned = draft(edition, act, places)
    except EditError as error:
        return _tell([error])
    if planned.problems:
        return _tell(planned.problems)
    after, problems = planned.edition.check()
    if after is None:
        return _tell(problems)
    found = effect(before, after, act, planned.strangers)
    return _finish(args, act, found, after, planned.edition)


def _finish(
    args: argparse.Namespace, act: Act, found: Effect, after: Network, edition: Edition
) -> int:
    try:
        written = edition.write() if args.apply else ()
    except OSError as error:
        return _say(f"{error.filename}: cannot be written: {error.strerror}")
    if args.json:
        dump(_document(act, found) | {"applied": args.apply})
    else:
        print("\n".join(shown(line) for line in _text(act, found, after)))
    for file in written:
        _say(f"wrote {file}")
    return 0 if args.apply else _say("nothing is written yet; --apply writes it", code=0)


def _edition(path: Path, others: Iterable[str]) -> Edition:
    """The files, with the units of other provinces."""
    edition = Edition(path)
    there = {row.id for row in edition.of("unit")}
    for code in others:
        for unit in provinces()[code]:
            if unit["id"] not in there:
                edition.add("unit", unit)
    return edition.again() if others else edition


def _file(name: str) -> Path | None:
    path = Path(name)
    return path if path.is_file() else shipped().get(name)


def _tell(problems: Iterable[object]) -> int:
    for problem in problems:
        _say(str(problem))
    return 1


def _say(text: str, code: int = 1) -> int:
    print(f"canh reorganise: {shown(text)}", file=sys.stderr)
    return code


def _text(act: Act, found: Effect, after: Network) -> Iterator[str]:
    """What a person reads before it is written."""
    names = {key: unit.name for key, unit in after.units.items()}
    yield f"{act.name}, from {act.valid_from}"
    for level, (was, now) in found.counts.items():
        yield f"  {level:<9} {was:>5} → {now}"
    for unit, of in found.begins:
        made_of = f" of {', '.join(map(_unit, of))}" if of else ""
        yield f"begins   {_unit(unit)}{made_of}"
    for was_so, is_so, of in found.changes:
        told = [*_changed(was_so, is_so), *(f"takes up {_unit(unit)}" for unit in of)]
        yield f"changes  {_unit(was_so)}: {', '.join(told)}"
    for unit, into in found.ends:
        yield f"ends     {_unit(unit)} → {', '.join(map(_unit, into)) or 'nothing'}"
    if found.strangers:
        some = ", ".join(found.strangers[:8]) + (" …" if len(found.strangers) > 8 else "")
        yield f"not in these files: {len(found.strangers)} units of the act ({some});"
        yield f"  their old names will not be found{_others(found.strangers)}"
    yield f"sites    {len(found.moved)} go along"
    for one in found.moved[:MOST_SITES]:
        yield f"  {_site(one, names)}"
    if len(found.moved) > MOST_SITES:
        yield f"  … and {len(found.moved) - MOST_SITES} more: --json"


def _unit(unit: Unit) -> str:
    return f"{unit.name} ({unit.id})"


def _others(strangers: Iterable[str]) -> str:
    """The province that some of them are of, where it comes along."""
    missing = set(strangers)
    for code, units in provinces().items():
        if not missing.isdisjoint(unit["id"] for unit in units):
            whole = next(unit["name"] for unit in units if unit["level"] == "province")
            return f"; --with {code} adds those of {whole} first"
    return ""


def _changed(was: Unit, now: Unit) -> Iterator[str]:
    for name in WORDS:
        old, new = getattr(was, name), getattr(now, name)
        if old != new:
            yield f"{name} {old or '–'} → {new or '–'}"


def _site(one: Moved, names: dict[str, str]) -> str:
    was, now = (names.get(stay.unit, stay.unit) for stay in (one.before, one.after))
    told = ""
    if one.after.level == TRANSIT:
        told = f", a transit point with {one.links} links"
        told = told if one.links else ", without links: retire it?"
    return f"{one.site} {one.name}: {was} → {now}{told}"


def _document(act: Act, found: Effect) -> dict[str, Any]:
    def ids(units: tuple[Unit, ...]) -> list[str]:
        return [unit.id for unit in units]

    return {
        "act": act.name,
        "from": act.valid_from.isoformat(),
        "units": {
            level: {"before": was, "after": now} for level, (was, now) in found.counts.items()
        },
        "begins": [{"id": u.id, "name": u.name, "of": ids(of)} for u, of in found.begins],
        "changes": [
            {"id": now.id, "name": now.name, "changed": list(_changed(was, now)), "of": ids(of)}
            for was, now, of in found.changes
        ],
        "ends": [{"id": u.id, "name": u.name, "into": ids(into)} for u, into in found.ends],
        "sites": [
            {
                "id": one.site,
                "name": one.name,
                "from": one.before.unit,
                "to": one.after.unit,
                "level": one.after.level,
                "links": one.links,
            }
            for one in found.moved
        ],
        "not_in_files": list(found.strangers),
    }

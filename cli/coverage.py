"""`canh coverage`: which offices have LAN, broadband, fibre …, and the names of those without."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from cli.config import load, locate, record_url
from cli.forms import dump
from cli.options import columns, few, state_of_a_day, today
from inventory.coverage import (
    INDICATORS,
    Contradiction,
    Office,
    Seen,
    by_tier,
    by_unit,
    contradictions,
    count,
    offices,
)
from inventory.model import Network
from inventory.phrases import say, table
from inventory.problems import shown
from reports.numbers import number, share
from reports.periods import day_text


def arguments(parser: argparse.ArgumentParser) -> None:
    state_of_a_day(parser)
    parser.add_argument("--units", action="store_true", help="also a line for each unit")


def run(args: argparse.Namespace) -> int:
    """0: shown; 1: declared and measured disagree somewhere."""
    network = load(args)
    language = args.lang or network.language
    day = args.on or today(network)
    found = offices(network, day)
    seen, why = _seen(args, language)
    against = list(contradictions(network, found, seen, day)) if seen else []
    if args.json:
        dump(_document(network, found, against, day, measured=seen is not None))
    else:
        lines = _text(args, network, found, against, day)
        print("\n".join(map(shown, lines)))
        if why:
            print(shown(say(language, "coverage.unmeasured", why=why)), file=sys.stderr)
    return int(bool(against))


def _seen(args: argparse.Namespace, language: str) -> tuple[Seen | None, str]:
    """What the record has measured, or why there is nothing to compare with."""
    from store.engine import RecordError
    from store.reader import open_questions

    try:
        reader = open_questions(record_url(args, locate(args)))
    except RecordError as error:
        return None, str(error)
    try:
        seen = reader.places.seen()
    except RecordError as error:
        return None, str(error)
    finally:
        reader.close()
    if not seen.answered:
        return None, say(language, "coverage.nothing_yet")
    return seen, ""


def _text(
    args: argparse.Namespace,
    network: Network,
    found: Sequence[Office],
    against: Sequence[Contradiction],
    day: date,
) -> Iterator[str]:
    language = args.lang or network.language
    tiers = by_tier(found)
    yield say(language, "coverage.title", day=day_text(day, language))
    yield say(language, "coverage.declared")
    rows = [["", *(_tier(level, language) for level in tiers)]]
    for indicator in INDICATORS:
        cells = [_share(members, indicator, language) for members in tiers.values()]
        rows.append([say(language, f"coverage.{indicator}"), *cells])
    if args.units:
        rows += [[""], [say(language, "coverage.units")]]
        heads = [say(language, f"coverage.{indicator}") for indicator in INDICATORS]
        rows.append(["", *heads])
        for unit, members in by_unit(network, found, day):
            cells = [f"{one.n}/{one.total}" for one in (count(members, i) for i in INDICATORS)]
            rows.append([unit.name, *cells])
    yield from columns(rows)
    yield from _missing(tiers, language, whole=args.names)
    if against:
        yield ""
        yield say(language, "coverage.contradictions", n=number(len(against), language))
        for one in against:
            what = say(language, f"coverage.{one.indicator}")
            why = say(language, f"coverage.says.{one.says}", about=one.about)
            yield f"  {one.office.name} ({one.office.id}): {what}: {why}"


def _tier(level: str, language: str) -> str:
    key = f"coverage.tier.{level}"
    return say(language, key if key in table() else "coverage.tier.other")


def _share(members: Sequence[Office], indicator: str, language: str) -> str:
    n, total, _ = count(members, indicator)
    return f"{number(n, language)}/{number(total, language)}  {share(n, total, language)}"


def _missing(tiers: Mapping[str, Sequence[Office]], language: str, *, whole: bool) -> Iterator[str]:
    for indicator in INDICATORS:
        for level, members in tiers.items():
            without = count(members, indicator).missing
            if not without or len(without) == len(members):
                continue  # nobody has it: the table says so, and the names are all names
            words = {"what": say(language, f"coverage.{indicator}"), "tier": _tier(level, language)}
            yield ""
            yield say(language, "coverage.missing", n=number(len(without), language), **words)
            names = [f"{office.name} ({office.id})" for office in without]
            yield from (f"  {line}" for line in few(names, language, whole=whole))


def _document(
    network: Network,
    found: Sequence[Office],
    against: Sequence[Contradiction],
    day: date,
    *,
    measured: bool,
) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "tiers": [{"level": level} | _counts(members) for level, members in by_tier(found).items()],
        "units": [
            {"id": unit.id, "name": unit.name} | _counts(members)
            for unit, members in by_unit(network, found, day)
        ],
        "measured": measured,
        "contradictions": [
            {
                "site": one.office.id,
                "name": one.office.name,
                "indicator": one.indicator,
                "says": one.says,
                "about": one.about,
            }
            for one in against
        ],
    }


def _counts(members: Sequence[Office]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for indicator in INDICATORS:
        n, total, missing = count(members, indicator)
        names = [office.id for office in missing]
        told[indicator] = {"n": n, "total": total, "pct": 100 * n / total, "missing": names}
    return {"total": len(members), "indicators": told}

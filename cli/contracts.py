"""`canh contracts`: warranties and contracts that end, circuits and their cost, lone channels."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from cli.config import load
from cli.forms import dump
from cli.options import few, natural, state_of_a_day, today
from inventory.contracts import Ending, Supplier, Term, lone_channels, suppliers, warranties
from inventory.coverage import Office
from inventory.model import Network
from inventory.phrases import say
from inventory.problems import shown
from reports.numbers import number
from reports.periods import day_text

SOON_DAYS = 90


def arguments(parser: argparse.ArgumentParser) -> None:
    state_of_a_day(parser)
    parser.add_argument(
        "--days", type=natural, default=SOON_DAYS, metavar="N", help=f"soon; default: {SOON_DAYS}"
    )


def run(args: argparse.Namespace) -> int:
    """0: shown."""
    network = load(args)
    day = args.on or today(network)
    warranty = warranties(network, day, args.days)
    selling = suppliers(network, day, args.days)
    lone = lone_channels(network, day)
    if args.json:
        dump(_document(day, warranty, selling, lone))
    else:
        language = args.lang or network.language
        lines = _text(network, day, warranty, selling, lone, args, language)
        print("\n".join(map(shown, lines)))
    return 0


def _text(
    network: Network,
    day: date,
    warranty: Term,
    selling: list[Supplier],
    lone: list[Office],
    args: argparse.Namespace,
    language: str,
) -> Iterator[str]:
    yield say(language, "contracts.title", day=day_text(day, language))
    yield ""
    yield say(language, "contracts.warranty")
    yield from _term(network, warranty, args, language)
    for one in selling:
        yield ""
        yield say(
            language,
            "contracts.supplier",
            name=one.name,
            n=number(len(one.circuits), language),
            mbps=_amount(one.capacity_mbps, language),
            cost=_amount(one.monthly_cost, language),
            priced=number(one.priced, language),
        )
        yield from _term(network, one.contracts, args, language)
        terms = {link.terms: None for link in one.circuits if link.terms}
        yield from (f"    {text}" for text in terms)
    yield ""
    none = [office for office in lone if not office.ways]
    one_way = [office for office in lone if office.ways]
    counted = {"n": number(len(one_way), language), "none": number(len(none), language)}
    yield say(language, "contracts.lone", **counted)
    names = [f"{office.name} ({office.id})" for office in (*none, *one_way)]
    yield from _indented(names, args, language)


def _term(network: Network, term: Term, args: argparse.Namespace, language: str) -> Iterator[str]:
    def counted(name: str, many: int) -> str:
        what = say(language, f"contracts.{name}", days=args.days)
        return f"  {what}: {number(many, language)}"

    yield counted("later", term.later)
    parts = (("expired", term.expired), ("soon", term.soon), ("unknown", term.unknown))
    for name, endings in parts:
        yield counted(name, len(endings))
        if name != "unknown" or args.names:
            told = [_ending(network, one, language) for one in endings]
            yield from _indented(told, args, language)


def _ending(network: Network, one: Ending, language: str) -> str:
    until = "–" if one.until is None else day_text(one.until, language)
    return f"{until}  {one.id}  {one.what}  {network.sites[one.site].name}"


def _indented(lines: list[str], args: argparse.Namespace, language: str) -> Iterator[str]:
    yield from (f"    {line}" for line in few(lines, language, whole=args.names))


def _amount(value: float, language: str) -> str:
    whole = float(value).is_integer()
    return number(int(value) if whole else Decimal(repr(round(value, 2))), language)


def _document(
    day: date, warranty: Term, selling: list[Supplier], lone: list[Office]
) -> dict[str, Any]:
    return {
        "day": day.isoformat(),
        "warranty": _plain(warranty),
        "providers": [
            {
                "id": one.id,
                "name": one.name,
                "hotline": one.hotline,
                "circuits": [
                    {
                        "id": link.id,
                        "circuit_id": link.circuit_id,
                        "capacity_mbps": link.capacity_mbps,
                        "monthly_cost": link.monthly_cost,
                        "contract": link.contract,
                        "contract_until": link.contract_until and link.contract_until.isoformat(),
                        "terms": link.terms,
                    }
                    for link in one.circuits
                ],
                "capacity_mbps": one.capacity_mbps,
                "monthly_cost": one.monthly_cost,
                "priced": one.priced,
                "contracts": _plain(one.contracts),
            }
            for one in selling
        ],
        "one_channel": [office.id for office in lone if office.ways],
        "no_channel": [office.id for office in lone if not office.ways],
    }


def _plain(term: Term) -> dict[str, Any]:
    def rows(endings: tuple[Ending, ...]) -> list[dict[str, Any]]:
        return [one._asdict() | {"until": one.until and one.until.isoformat()} for one in endings]

    return {
        "expired": rows(term.expired),
        "soon": rows(term.soon),
        "later": term.later,
        "unknown": rows(term.unknown),
    }

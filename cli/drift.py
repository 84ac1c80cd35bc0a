"""`canh drift`: where what is declared and what devices say of themselves differ."""

from __future__ import annotations

import argparse


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: nothing differs; 1: something does."""
    from cli.forms import dump
    from cli.reading import record
    from inventory.problems import shown
    from reports.api.documents import slots

    with record(args) as reader:
        found = reader.found.drift()
    if args.json:
        dump({"drift": [slots(each) for each in found]})
    else:
        for each in found:
            declared = f"declared {each.declared}" if each.declared else "not declared"
            measured = f"measured {each.measured}" if each.measured else "not seen"
            print(shown(f"{each.kind} {each.key}: {each.name}: {declared}; {measured}"))
        if not found:
            print("what is declared and what was measured agree")
    return int(bool(found))

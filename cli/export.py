"""`canh export`: the inventory as xlsx, CSV and in the forms of other programs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cli.config import locate
from cli.options import today
from inventory.edition import Edition
from inventory.exporting import csv_text, tables
from inventory.grids import write_csv
from inventory.model import Network
from inventory.netbox_files import NetBoxFiles, without_place
from inventory.other_forms import CONNECTIONS, ansible, connections
from inventory.phrases import LANGUAGES
from inventory.problems import shown
from inventory.tables import TABLES
from inventory.written import write_all

OWN = ("xlsx", "csv")  # the tables of the files
FORMATS = (*OWN, "netbox", "ansible", "connections")
BOM = "\ufeff"  # without it Excel takes the letters for those of another alphabet


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=FORMATS, default="xlsx", help="default: xlsx")
    parser.add_argument(
        "--table",
        action="append",
        default=[],
        choices=tuple(TABLES),
        metavar="TABLE",
        help="only this table, as device or site; may stand several times",
    )
    parser.add_argument("--lang", choices=LANGUAGES, help="of labels; default: the network's")
    parser.add_argument("-o", "--output", metavar="PATH", help="a file, or a folder; default: here")


def run(args: argparse.Namespace) -> int:
    """0: written, and the paths printed; 1: the files are not sound, there is nothing to write, or
    it cannot be written; 2: usage."""
    if args.table and args.format not in OWN:
        return _say(f"--table: {args.format} has other tables than the files", 2)
    path = locate(args)
    edition = Edition(path)
    network, problems = edition.check()
    if network is None:
        print("\n".join(map(shown, problems)), file=sys.stderr)
        return 1
    files = _files(args, edition, network)
    if any(file.resolve() in edition.files() for file in files):
        return _say("-o names a file of the configuration itself", 2)
    if not files:
        return _say("nothing to export", 1)
    try:
        write_all(files)
    except OSError as error:
        return _say(f"{error.filename}: {error.strerror}", 1)
    for written in files:
        print(written)
    return 0


def _say(text: str, code: int) -> int:
    print(f"canh export: {text}", file=sys.stderr)
    return code


def _files(args: argparse.Namespace, edition: Edition, network: Network) -> dict[Path, str | bytes]:
    if args.format == "netbox":
        return _netbox(args, edition, network)
    if args.format == "ansible":
        return {_target(args.output, "inventory.yml"): ansible(network, today(network))}
    if args.format == "connections":
        rows = connections(network, today(network))
        text = BOM + write_csv(CONNECTIONS, [[row[head] for head in CONNECTIONS] for row in rows])
        return {_target(args.output, "connections.csv"): text}
    found = tables(edition, args.table)
    if not found:
        return {}
    if args.format == "xlsx":
        from inventory.workbooks import write_xlsx

        language = args.lang or network.language
        return {_target(args.output, "inventory.xlsx"): write_xlsx(found, language)}
    folder = Path(args.output or ".")
    texts = {name: BOM + csv_text(name, rows) for name, rows in found.items()}
    if len(found) == 1 and folder.suffix == ".csv":
        return {folder: next(iter(texts.values()))}
    return {folder / f"{name}.csv": text for name, text in texts.items()}


def _netbox(
    args: argparse.Namespace, edition: Edition, network: Network
) -> dict[Path, str | bytes]:
    found = NetBoxFiles(network, today(network))
    for told in found.left_out:
        print(f"left out: {told}", file=sys.stderr)
    if rest := without_place(edition.rows):
        print(f"NetBox has no field for: {', '.join(rest)}", file=sys.stderr)
    folder = Path(args.output or "netbox")
    return {folder / name: text for name, text in found.made.items()}


def _target(asked: str | None, name: str) -> Path:
    if asked is None or asked.endswith("/") or Path(asked).is_dir():
        return Path(asked or ".") / name
    return Path(asked)

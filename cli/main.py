"""The command `canh`: one table of commands, each in a module that is imported when it runs."""

from __future__ import annotations

import argparse
import atexit
import gc
import importlib
import os
import sys

# name → (module, help). A module has `arguments(parser)` and `run(args) -> exit code`.
COMMANDS = {
    "demo": ("cli.demo", "a simulated province, monitored for real"),
    "init": ("cli.init", "write a commented sites.toml to start from"),
    "check": ("cli.check", "list every problem in the configuration"),
    "doctor": ("cli.doctor", "is this machine and this installation well? with remedies"),
    "run": ("cli.run", "the monitor: probes and store"),
    "reload": ("cli.reload", "let the running monitor read its files now"),
    "status": ("cli.status", "what is"),
    "outages": ("cli.outages", "what was"),
    "ack": ("cli.ack", "somebody is on an outage"),
    "maintenance": ("cli.maintenance", "planned work"),
    "correct": ("cli.correct", "correct an outage, or declare one that nobody could see"),
    "history": ("cli.history", "bring in the outages that another system kept"),
    "figures": ("cli.other_figures", "what a provider or the central operator reports of a month"),
    "show": ("cli.show", "everything about one thing"),
    "probe": ("cli.probe", "ask one thing now and explain the answer"),
    "collect": ("cli.collect", "read what devices say of themselves"),
    "discover": ("cli.discover", "what answers in a prefix and is not listed"),
    "drift": ("cli.drift", "where declared and measured facts differ"),
    "find": ("cli.find", "look up a name, a number, an address, and where a station stands"),
    "coverage": ("cli.coverage", "who has LAN, broadband, fibre …, by tier and unit, and who not"),
    "contracts": ("cli.contracts", "warranties and contracts that end, circuits, lone channels"),
    "import": ("cli.importing", "take tables from xlsx, CSV or NetBox; a preview first"),
    "export": ("cli.export", "the inventory as xlsx, CSV and in the forms of other programs"),
    "reorganise": ("cli.reorganise", "merge, split, rename, move units from a day, by an act"),
    "config": ("cli.config_versions", "configurations that a device ran, and their changes"),
    "board": ("cli.board", "the live board"),
    "account": ("cli.account", "who may use the pages: accounts, tokens, sessions"),
    "serve": ("cli.serve", "the pages, the interface for programs, the board in a browser"),
    "backup": ("cli.backup", "one file of record and samples, while the monitor runs"),
    "restore": ("cli.restore", "put a backup into the place of the record"),
    "forward": ("cli.forward", "send events and the audit log to a SOC, as [[export]] says"),
    "footprint": ("cli.footprint", "what watching costs on this machine"),
    "notify": ("cli.notify", "messages: try a channel, see what would be sent, send"),
    "dossier": ("cli.dossier", "all that is known of an outage, for a provider or an inspection"),
    "report": ("cli.report", "the uptime report of a month"),
}
YOUNG = 50_000  # what is loaded stays: to look for cycles in it takes a sixth of the start


def parser(chosen: str | None) -> argparse.ArgumentParser:
    """Of all commands, or of the chosen one; only its module is imported."""
    top = argparse.ArgumentParser(
        prog="canh", description="Canh keeps watch over a network: inventory, uptime, reports."
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in [chosen] if chosen is not None else COMMANDS:
        module, help_text = COMMANDS[name]
        sub = commands.add_parser(name, help=help_text, description=help_text)
        sub.add_argument("--config", metavar="FILE", help="the sites.toml to use")
        sub.add_argument(
            "--data", metavar="DIR", help="where the record is kept; also a database URL"
        )
        if name == chosen:
            importlib.import_module(module).arguments(sub)
    return top


def main(argv: list[str] | None = None) -> int:
    """Exit 0 done, 1 problem found, 2 usage; `probe`: 0 up, 1 degraded, 2 down, 3 unknown."""
    gc.set_threshold(YOUNG)
    atexit.register(gc.freeze)  # who ends need not look for cycles in all that was loaded
    words = sys.argv[1:] if argv is None else argv
    chosen = words[0] if words and words[0] in COMMANDS else None
    top = parser(chosen)
    args, more = top.parse_known_args(words)
    if more and (not hasattr(args, "words") or any(word.startswith("-") for word in more)):
        top.error(f"unrecognized arguments: {' '.join(more)}")
    if more:  # argparse takes words behind options for none of ours
        args.words += more
    run = importlib.import_module(COMMANDS[args.command][0]).run
    try:
        return int(run(args))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output went away, as `canh outages | head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())

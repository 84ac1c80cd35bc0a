"""`make bench`: runs the comparisons and prints their tables in Markdown."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks import (
    board,
    country,
    judge,
    lookup,
    machine,
    metrics,
    ping,
    report,
    samples,
    services,
    snmp,
    snmp_v3,
    traps,
    web,
)
from benchmarks.child import UselessError

COMPARISONS = {
    "ping": ping,
    "snmp": snmp,
    "snmp_v3": snmp_v3,
    "judge": judge,
    "samples": samples,
    "country": country,
    "traps": traps,
    "services": services,
    "lookup": lookup,
    "board": board,
    "report": report,
    "web": web,
    "metrics": metrics,
}


def main() -> int:
    args = _arguments()
    chosen = args.what or list(COMPARISONS)
    programs = tuple(p for name in chosen for p in COMPARISONS[name].PROGRAMS)
    if problem := machine.missing(programs):
        print(problem, file=sys.stderr)
        return 1
    print(machine.described(programs) + "\n", flush=True)
    try:
        for name in chosen:
            with tempfile.TemporaryDirectory(prefix="canh-bench-") as work:
                print(COMPARISONS[name].compare(Path(work), quick=args.quick), flush=True)
    except UselessError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    known = ", ".join(COMPARISONS)
    parser.add_argument("what", nargs="*", help=f"some of {known}; all of them without it")
    parser.add_argument("--quick", action="store_true", help="short forms, for a first look")
    args = parser.parse_args()
    if unknown := set(args.what) - set(COMPARISONS):
        parser.error(f"no such comparison: {', '.join(sorted(unknown))}; there are {known}")
    return args


if __name__ == "__main__":
    sys.exit(main())

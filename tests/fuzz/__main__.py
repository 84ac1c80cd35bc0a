"""Gives a decoder millions of damaged messages: `python -m tests.fuzz ber --count 10000000`.

It prints how fast that went and how many were accepted; of the first finding the seed and number,
and the bytes, which `--bytes` gives to the same decoder again.
"""

from __future__ import annotations

import argparse
import sys
import time

from tests.fuzz.claims import DECODERS
from tests.fuzz.run import Finding, run


def main() -> int:
    args = _arguments()
    if args.bytes is not None:
        _say(str(DECODERS[args.decoder].claim()(bytes.fromhex(args.bytes))))
        return 0
    began, cpu = time.monotonic(), time.process_time()
    found = run(args.decoder, args.count, args.seed)
    took, spent = time.monotonic() - began, time.process_time() - cpu
    if isinstance(found, Finding):
        _say(str(found))
        return 1
    rate = args.count / took
    _say(
        f"{args.decoder}: {args.count:,} damaged messages (seed {args.seed}) in {took:.0f} s "
        f"({spent:.0f} s CPU, {rate:,.0f}/s), {found:,} accepted, nothing found"
    )
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("decoder", choices=DECODERS)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bytes", metavar="HEX", help="one message, as a finding tells it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

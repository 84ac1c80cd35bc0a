"""The command `canh board`: the live board on this terminal."""

from __future__ import annotations

import argparse
import sys
import threading

from inventory.phrases import LANGUAGES


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang", choices=LANGUAGES, help="language of the screen (default: that of the network)"
    )
    parser.add_argument(
        "--ascii", action="store_true", help="signs of plain ASCII, for terminals without others"
    )


def run(args: argparse.Namespace) -> int:
    from cli.config import locate, record_url

    return watch_board(record_url(args, locate(args)), args.lang, args.ascii)


def watch_board(
    url: str, language: str | None, ascii_only: bool, for_s: float | None = None
) -> int:
    """Show the record at `url` until the engineer quits, or for that long.

    Language None: that of the record.
    """
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        sys.stderr.write("canh board: needs a terminal; without one use `canh status`\n")
        return 2
    from store.reader import open_questions
    from tui.app import Board

    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    board = Board(
        lambda: open_questions(url),
        language=language,
        ascii_only=ascii_only or encoding != "utf8",
    )
    timer = threading.Timer(for_s or 0, lambda: board.call_from_thread(board.exit))
    timer.daemon = True
    if for_s is not None:
        timer.start()
    board.run(mouse=False)  # a moving mouse would send bytes over the slowest line
    timer.cancel()
    return board.return_code or 0

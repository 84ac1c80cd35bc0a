"""The command `canh board`: the live board on this terminal."""

from __future__ import annotations

import argparse
import sys
import threading
from typing import TYPE_CHECKING

from inventory.phrases import LANGUAGES

if TYPE_CHECKING:
    from store.actions import Actions


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang", choices=LANGUAGES, help="language of the screen (default: that of the network)"
    )
    parser.add_argument(
        "--ascii", action="store_true", help="signs of plain ASCII, for terminals without others"
    )

    parser.add_argument("--by", metavar="NAME", help="who speaks: $CANH_ACTOR, else the login name")
    parser.add_argument(
        "--read-only", action="store_true", help="no acknowledgements, notes or maintenance"
    )


def run(args: argparse.Namespace) -> int:
    from cli.config import locate, record_url

    url = record_url(args, locate(args))
    return watch_board(url, args.lang, args.ascii, by=args.by, read_only=args.read_only)


def watch_board(
    url: str,
    language: str | None,
    ascii_only: bool,
    for_s: float | None = None,
    *,
    by: str | None = None,
    read_only: bool = False,
) -> int:
    """Show the record at `url` until the engineer quits, or for that long.

    Language None: that of the record. `by` None: the login name speaks.
    """
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        sys.stderr.write("canh board: needs a terminal; without one use `canh status`\n")
        return 2
    from cli.speaking import actor
    from store.reader import open_questions
    from tui.app import Board
    from tui.speaker import Speaker

    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    board = Board(
        lambda: open_questions(url),
        language=language,
        ascii_only=ascii_only or encoding != "utf8",
        speaker=None if read_only else Speaker(lambda: _open_actions(url), actor(by)),
    )
    timer = threading.Timer(for_s or 0, lambda: board.call_from_thread(board.exit))
    timer.daemon = True
    if for_s is not None:
        timer.start()
    board.run(mouse=False)  # a moving mouse would send bytes over the slowest line
    timer.cancel()
    return board.return_code or 0


def _open_actions(url: str) -> Actions:
    from store.actions import open_actions  # a quarter of a second that only words need

    return open_actions(url)

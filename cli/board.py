"""The command `canh board`: the live board on this terminal."""

from __future__ import annotations

import argparse
import gc
import os
import select
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from inventory.phrases import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from store.actions import Actions
    from store.questions import OutageRow, Reader, Snapshot
    from tui.feed import First
    from tui.preview import Previews
    from tui.replaying import PastReader

THEMES = ("dark", "light", "contrast")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--lang", choices=LANGUAGES, help="language of the screen (default: that of the network)"
    )
    parser.add_argument(
        "--ascii", action="store_true", help="signs of plain ASCII, for terminals without others"
    )
    parser.add_argument("--theme", choices=THEMES, help="colours")
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="default: ~/.config/canh/board.toml"
    )
    parser.add_argument("--wall", action="store_true", help="the screens go round; any key ends it")
    parser.add_argument("--by", metavar="NAME", help="who speaks: $CANH_ACTOR, else the login name")
    parser.add_argument(
        "--read-only", action="store_true", help="no acknowledgements, notes or maintenance"
    )
    parser.add_argument(
        "--url", metavar="URL", help="of a Canh elsewhere, such as https://canh.example.vn"
    )
    parser.add_argument(
        "--token-file", type=Path, metavar="FILE", help="with --url; default: $CANH_TOKEN"
    )


def run(args: argparse.Namespace) -> int:
    gc.disable()  # the board turns it on again with the first that it shows
    from cli.config import locate, record_url

    shown = Shown(
        args.lang, args.ascii, args.theme, args.settings, args.by, args.read_only, args.wall
    )
    if args.url is not None:
        return _watch_elsewhere(args, shown)
    url = record_url(args, locate(args))
    return watch_board(url, shown, _begin_first(url) if sys.stdout.isatty() else None)


def _watch_elsewhere(args: argparse.Namespace, shown: Shown) -> int:
    """Over HTTP, with a token; nothing of this machine's configuration is read."""
    from store.remote import Wire

    try:
        token = os.environ.get("CANH_TOKEN", "")
        if args.token_file is not None:
            token = args.token_file.read_text("utf-8").strip()
        Wire(args.url, token).close()
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"canh board: {problem}\n")
        return 2
    return watch_board(args.url, shown._replace(token=token))


class Shown(NamedTuple):
    """What the command line says; None: as the settings say. `by` None: the login name speaks."""

    language: str | None = None
    ascii_only: bool = False
    theme: str | None = None
    settings: Path | None = None
    by: str | None = None
    read_only: bool = False
    wall: bool = False
    token: str | None = None  # of a record elsewhere


def watch_board(
    url: str,
    shown: Shown,
    first: Callable[[], First | None] | None = None,
    for_s: float | None = None,
) -> int:
    """Show the record at `url` until the engineer quits, or for that long.

    `first`: waits for what was read of it already.
    """
    terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    if not terminal:
        if "TEXTUAL_DRIVER" not in os.environ:  # `canh serve` sets it
            sys.stderr.write("canh board: needs a terminal; without one use `canh status`\n")
            return 2
        threading.Thread(target=_end_with_server, daemon=True).start()
    far = "SSH_CONNECTION" in os.environ
    if far:  # 256 colours take half the bytes of all
        os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", "256")
    from cli.speaking import actor
    from tui.app import Board
    from tui.settings import SettingsError, read_settings
    from tui.speaker import Speaker

    try:
        settings = read_settings(shown.settings)
    except SettingsError as error:
        sys.stderr.write(f"canh board: {error}\n")
        return 2
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    token = shown.token
    speaker = Speaker(lambda: _open_actions(url, token), actor(shown.by))
    near: dict[str, Any] = {"make_previews": lambda month, now_ms: _previews_elsewhere(url)}
    if token is None:
        near["open_past"] = lambda moment: _open_past(url, moment)
        near["make_previews"] = lambda month, now_ms: _make_previews(url, month, now_ms)
    board = Board(
        lambda: _open_questions(url, token),
        first=first,
        language=shown.language or settings.language,
        ascii_only=shown.ascii_only or settings.ascii or encoding != "utf8",
        speaker=None if shown.read_only else speaker,
        wall=shown.wall,
        settings=settings if shown.theme is None else replace(settings, theme=shown.theme),
        **near,
    )
    if far:
        from tui.terse import terse

        board.driver_class = terse(board.driver_class)
    timer = threading.Timer(for_s or 0, lambda: board.call_from_thread(board.exit))
    timer.daemon = True
    if for_s is not None:
        timer.start()
    board.run(mouse=False)  # a moving mouse would send bytes over the slowest line
    timer.cancel()
    return board.return_code or 0


def _end_with_server() -> None:
    """Nobody is left to be shown anything: also when the server was killed."""
    server = select.poll()
    server.register(sys.stdin.fileno(), 0)  # tells of the closed end alone
    server.poll()
    os._exit(1)


def _first(url: str) -> tuple[Snapshot, list[tuple[Any, ...]], tuple[OutageRow, ...]]:
    """Rows as plain tuples pass from one process to another in a quarter of the time."""
    with closing(_open_questions(url)) as reader:
        snapshot = reader.snapshot()
        return replace(snapshot, rows=()), list(map(tuple, snapshot.rows)), reader.roots()


def _begin_first(url: str) -> Callable[[], First | None]:
    from cli.ahead import ahead

    outcome = ahead(lambda: _first(url))

    def first() -> First | None:
        found = outcome()
        if found is None:
            return None
        from store.questions import LiveRow

        snapshot, rows, roots = found
        return replace(snapshot, rows=tuple(map(LiveRow._make, rows))), roots

    return first


def _open_questions(url: str, token: str | None = None) -> Reader:
    if token is not None:
        from store.remote import HttpReader

        return HttpReader(url, token)
    from store.reader import open_questions  # a second that the first paint must not wait for

    return open_questions(url)


def _open_past(url: str, moment: Callable[[], int]) -> PastReader:
    from store.replay import open_replay

    return open_replay(url, moment)


def _make_previews(url: str, month: str, now_ms: int) -> Previews:
    from cli.preview import previews  # half a second that only who reads reports waits for

    return previews(url, month, now_ms)


def _previews_elsewhere(url: str) -> Previews:
    raise OSError(f"reports are made where the record stands; see {url}")


def _open_actions(url: str, token: str | None) -> Actions:
    if token is not None:
        from store.remote import HttpActions

        return cast("Actions", HttpActions(url, token))
    from store.actions import open_actions  # a quarter of a second that only words need

    return open_actions(url)

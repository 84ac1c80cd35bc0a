"""The command `canh serve`: the board in a browser, on this machine alone, and only to look at."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import os
import shlex
import socket
import sys
from contextlib import redirect_stdout
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from textual_serve.server import Server

from cli.apart import command
from cli.board import THEMES
from cli.reading import record
from inventory.phrases import LANGUAGES, say

# The browser itself refuses whatever would come from elsewhere.
POLICY = "default-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
END_S = 5.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=8000, help="default: %(default)s")
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="a loopback address (%(default)s)"
    )
    parser.add_argument(
        "--origin", metavar="URL", help="where a reverse proxy shows it: https://canh.example.vn"
    )
    parser.add_argument(
        "--lang", choices=LANGUAGES, help="language of the screen (default: that of the network)"
    )
    parser.add_argument("--theme", choices=THEMES, help="colours")


def run(args: argparse.Namespace) -> int:
    if not _is_loopback(args.host):
        return _refuse(
            f"--host {args.host} is no loopback address, and this page has no accounts; "
            "keep 127.0.0.1 and put a reverse proxy with accounts in front",
            code=2,
        )
    with record(args) as reader:
        known = reader.snapshot(since=reader.revision()[1])
    try:
        family = socket.AF_INET6 if ":" in args.host else socket.AF_INET
        listening = socket.create_server((args.host, args.port), family=family)
    except OSError as error:
        why = os.strerror(error.errno or 0)
        return _refuse(f"port {args.port} of {args.host}: {why}; choose another with --port")
    port = listening.getsockname()[1]
    host = f"[{args.host}]" if ":" in args.host else args.host
    sys.stderr.write(f"canh serve: http://{host}:{port}/ shows {known.network}; Ctrl+C ends it\n")
    page = _page(known.network, args.lang or known.language)
    with redirect_stdout(sys.stderr):  # where textual-serve tells what a board died of
        web.run_app(
            _site(page, shlex.join(_board(args)), args.origin),
            sock=listening,
            shutdown_timeout=END_S,
            access_log=None,
            print=None,
        )
    return 0


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse(why: str, code: int = 1) -> int:
    sys.stderr.write(f"canh serve: {why}\n")
    return code


def _board(args: argparse.Namespace) -> list[str]:
    """The command behind each open page."""
    given = {name: getattr(args, name) for name in ("config", "data", "lang", "theme")}
    words = (f"--{name}={value}" for name, value in given.items() if value is not None)
    return ["exec", *command("cli.main", "board", "--read-only", *words)]


def _page(network: str, language: str) -> str:
    templates = Environment(
        loader=PackageLoader("cli", "templates"), autoescape=True, undefined=StrictUndefined
    )
    return templates.get_template("board.html.j2").render(
        network=network,
        language=language,
        ended=say(language, "browser.ended"),
        again=say(language, "browser.again"),
    )


def _site(page: str, board: str, origin: str | None) -> web.Application:
    server = Server(board)
    open_pages: set[asyncio.Task[object]] = set()

    async def index(request: web.Request) -> web.Response:
        return web.Response(
            text=page, content_type="text/html", headers={"Content-Security-Policy": POLICY}
        )

    async def talk(request: web.Request) -> web.StreamResponse:
        if not _may_ask(request.headers.get("Origin", ""), origin):
            raise web.HTTPForbidden(text="canh serve: name this address with --origin\n")
        task = asyncio.current_task()
        assert task is not None
        open_pages.add(task)
        try:
            return await server.handle_websocket(request)
        finally:
            open_pages.discard(task)

    async def close(site: web.Application) -> None:
        for task in open_pages:
            task.cancel()

    site = web.Application()
    site.add_routes(
        [web.get("/", index), web.get("/ws", talk), web.static("/static", server.statics_path)]
    )
    site.on_shutdown.append(close)
    return site


def _may_ask(asking: str, origin: str | None) -> bool:
    """A page from elsewhere, open in the same browser, must not read the board."""
    name = urlsplit(asking).hostname or ""
    return name == "localhost" or _is_loopback(name) or asking == origin

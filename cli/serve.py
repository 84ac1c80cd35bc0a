"""The command `canh serve`: the pages, the interface for programs, and the board in a browser."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import json
import os
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cli.board import THEMES
from cli.config import data_dir, load, locate, record_url
from inventory.phrases import LANGUAGES

if TYPE_CHECKING:
    from aiohttp.web import Application

    from cli.monitor import Job
    from inventory.model import Network, Oidc, Web
    from reports.web.account_gate import AccountGate
    from reports.web.site import Routes, Site

SETTINGS = "CANH_WEB"  # what the monitor read of its files for the pages
USUAL = "127.0.0.1:8000"
END_S = 3.0
YOUNG = 2_000  # a look among more of them would hold the loop up for longer than 10 ms


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help=f"default: that of [web] listen, else {USUAL}")
    parser.add_argument("--host", metavar="ADDRESS", help="default: that of [web] listen")
    parser.add_argument(
        "--origin", metavar="URL", help="where a reverse proxy shows it: https://canh.example.vn"
    )
    parser.add_argument(
        "--lang", choices=LANGUAGES, help="language of the board (default: that of the network)"
    )
    parser.add_argument("--theme", choices=THEMES, help="colours of the board")


def run(args: argparse.Namespace) -> int:
    from cli.reading import record

    given = _given(args)
    settings = given.web
    host, port = _address(settings.listen or USUAL, args)
    from reports.web.account_gate import AccountGate
    from store.accounts import Accounts
    from store.engine import RecordError
    from store.thrift import be_sparing

    be_sparing()
    with record(args) as reader:
        network = reader.snapshot(since=reader.revision()[1]).network
    config = locate(args)
    try:
        gate = AccountGate(Accounts(record_url(args, config)), settings)
    except RecordError as error:
        return _refuse(str(error))
    if not _is_loopback(host):
        if gate.open:
            return _refuse(
                f"{host} is no loopback address, and there are no accounts; make one with"
                " `canh account add`, or keep 127.0.0.1",
                code=2,
            )
        if settings.certificate is None and not settings.proxies:
            _tell(
                "passwords and pages travel in the clear: name a certificate in [web], or listen on"
                " 127.0.0.1 behind a proxy that speaks TLS"
            )
    try:
        tls = _tls(settings, config.parent)
        listening = _listen(host, port)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        return _refuse(f"port {port} of {host}: {why}; choose another with --port")
    from cli.apart import command, environment
    from cli.browser_board import board_room
    from cli.commanding import Command
    from cli.monthly import behind
    from reports.web.api.room import api_room
    from reports.web.desk import Desk
    from reports.web.pages import ROOMS
    from reports.web.pages.archive import archive_room
    from reports.web.site import Site, application

    site = Site(
        desk=Desk(record_url(args, config)),
        settings=settings,
        data=data_dir(args, config),
        reports=config.parent / given.keep_in,
        gate=gate,
    )
    url = record_url(args, config)
    report = [*behind(), *command("cli.main", "report"), "--config", str(config)]
    archive = archive_room(report, environment() | {"CANH_DATA": url})
    rooms = (
        *ROOMS,
        archive,
        api_room(Command(args)),
        *_elsewhere(given.oidc),
        board_room(_board(args)),
    )
    at = f"[{host}]" if ":" in host else host
    scheme = "https" if tls else "http"
    said = f"{scheme}://{at}:{listening.getsockname()[1]}/ shows {network}; Ctrl+C ends it"
    with redirect_stdout(sys.stderr):  # where textual-serve tells what a board died of
        app = application(site, rooms)
        asyncio.run(_serve(app, site, gate, listening, tls, said))
    return 0


async def _serve(
    app: Application,
    site: Site,
    gate: AccountGate,
    listening: socket.socket,
    tls: ssl.SSLContext | None,
    said: str,
) -> None:
    """Until the process is asked to end; what is being answered has END_S to be done, and who
    waits for a database that hangs, or makes an index of all names, is left as it is."""
    from aiohttp import web

    from cli.apart import spare_the_collector
    from cli.leaving import Deadline
    from reports.web.limits import IDLE_S, LINGER_S, Porch, opened
    from store.engine import RecordError

    loop = asyncio.get_running_loop()
    for asked in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(asked, site.stop.set)
    runner = web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=IDLE_S,
        lingering_time=LINGER_S,
        shutdown_timeout=END_S,
    )
    await runner.setup()
    porch = Porch(runner, gate.callers)
    with suppress(RecordError):  # the pages tell it themselves
        await site.desk.refresh()
    spare_the_collector(YOUNG)
    server = await opened(porch, listening, tls)
    _tell(said)
    try:
        await site.stop.wait()
    finally:
        Deadline().begin()
        server.close()
        porch.close()
        await runner.cleanup()
        gate.close()


def _elsewhere(oidc: Oidc) -> Iterator[Routes]:
    """Where another system is declared, the way there and back."""
    if oidc.issuer:
        from reports.web.oidc import Provider
        from reports.web.pages.elsewhere import elsewhere_room

        yield elsewhere_room(Provider(oidc))


class _Given(NamedTuple):
    """What the pages take from the files."""

    web: Web
    oidc: Oidc
    keep_in: str  # the folder of reports


def beside(config: Path, network: Network, url: str, tell: Callable[[str], None]) -> Job:
    """The pages as a child of the monitor, which has read the files already."""
    from cli.children import Child

    told = (asdict(network.web), asdict(network.oidc), network.report.keep_in)
    own = {SETTINGS: json.dumps(told), "CANH_DATA": url}
    return Child("serve", "--config", str(config), tell=tell, environment=own).run


def _given(args: argparse.Namespace) -> _Given:
    from inventory.model import Oidc, Web

    told = os.environ.pop(SETTINGS, None)  # it holds a secret that no board needs
    if told:
        from cli.children import end_with_parent

        end_with_parent()
        web, oidc, keep_in = json.loads(told)
        given = _Given(Web(**_tuples(web)), Oidc(**_tuples(oidc)), keep_in)
    else:
        network = load(args)
        given = _Given(network.web, network.oidc, network.report.keep_in)
    if args.origin is None:
        return given
    return given._replace(web=replace(given.web, origin=args.origin))


def _tuples(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }


def _address(listen: str, args: argparse.Namespace) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    host = args.host or host.removeprefix("[").removesuffix("]")
    return host, int(port) if args.port is None else args.port


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family)


def _tls(settings: Web, beside: Path) -> ssl.SSLContext | None:
    if settings.certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    key = settings.certificate_key
    context.load_cert_chain(beside / settings.certificate, None if key is None else beside / key)
    return context


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse(why: str, code: int = 1) -> int:
    _tell(why)
    return code


def _tell(line: str) -> None:
    sys.stderr.write(f"canh serve: {line}\n")


def _board(args: argparse.Namespace) -> list[str]:
    """The words of the command behind each open board."""
    given = {name: getattr(args, name) for name in ("config", "data", "lang", "theme")}
    words = (f"--{name}={value}" for name, value in given.items() if value is not None)
    return ["board", "--read-only", *words]

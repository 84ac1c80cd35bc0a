"""Real receivers of messages: an SMTP server and an HTTP server of their own threads."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiohttp import web
from aiosmtpd.controller import Controller

Hook = Callable[[str], object]


@dataclass
class Mailbox:
    """`hook` is called with "connect" before a mail is taken, with "taken" once it is."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)
    refuse: set[str] = field(default_factory=set)  # recipients
    answer: str = "250 taken"
    farewell: str = "221 bye"
    hook: Hook = lambda _: None

    async def handle_MAIL(
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        self.hook("connect")
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 go on"

    async def handle_RCPT(
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if address in self.refuse:
            return "550 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 go on"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.answer.startswith("2"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.to.append(envelope.rcpt_tos)
            self.hook("taken")
        return self.answer

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:
        return self.farewell

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=canh@example.vn&to=noc@example.vn"

    @property
    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.mails]


@contextlib.contextmanager
def mailbox(port: int = 0, box: Mailbox | None = None) -> Iterator[Mailbox]:
    """An SMTP server; a port that was used before takes up an old box."""
    box = box or Mailbox()
    controller = _Controller(box, hostname="127.0.0.1", port=port or _free_port())
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()


class _Controller(Controller):
    def factory(self) -> Any:
        server: Any = super().factory()  # type: ignore[no-untyped-call]
        server.enable_SMTPUTF8 = True
        return server


def _free_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@dataclass
class Calls:
    """What an HTTP server was told. `hook`: "taken" is called before the answer is given."""

    port: int = 0
    bodies: list[Any] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    status: int = 200
    location: str | None = None
    hang_s: float = 0.0
    hook: Hook = lambda _: None

    async def take(self, request: web.Request) -> web.Response:
        self.hook("connect")
        body = await request.json() if request.can_read_body else None
        if self.hang_s:
            await asyncio.sleep(self.hang_s)
        self.paths.append(request.path)
        self.keys.append(request.headers.get("Idempotency-Key"))
        if self.status < 300:
            self.bodies.append(body)
            self.hook("taken")
        headers = {} if self.location is None else {"Location": self.location}
        return web.Response(status=self.status, headers=headers, text="heard")

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/hook"


@contextlib.contextmanager
def webhook() -> Iterator[Calls]:
    calls = Calls()
    ready, over = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", calls.take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        assert site._server is not None
        calls.port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
        ready.set()
        await over.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    assert ready.wait(10)
    try:
        yield calls
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)
        loop.close()

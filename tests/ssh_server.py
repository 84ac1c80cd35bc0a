"""A small real SSH server on 127.0.0.1: a switch with a prompt, which can be told to misbehave."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import asyncssh

USER, PASSWORD = "canh", "let-me-in"
PROMPT = "sw1#"
HANG, CUT, ENDLESS, DRIP = "<hang>", "<cut>", "<endless>", "<drip>"
_LEGACY: dict[str, Any] = {
    "kex_algs": ["diffie-hellman-group14-sha1"],
    "encryption_algs": ["aes128-cbc"],
    "mac_algs": ["hmac-sha1"],
    "signature_algs": ["ssh-rsa"],
}


class Switch:
    """`answers`: command → text, or one of the misdeeds; `heard`: all lines that came."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.answers = dict(answers)
        self.heard: list[str] = []
        self.sessions = self.most = 0
        self.port = 0

    async def serve(self, process: asyncssh.SSHServerProcess[str]) -> None:
        self.sessions += 1
        self.most = max(self.most, self.sessions)
        try:
            await self._talk(process)
        except (asyncssh.Error, BrokenPipeError, ConnectionError):
            pass
        finally:
            self.sessions -= 1
            process.exit(0)

    async def _talk(self, process: asyncssh.SSHServerProcess[str]) -> None:
        process.stdout.write(f"\r\n{PROMPT}")
        while line := await process.stdin.readline():
            said = line.strip()
            self.heard.append(said)
            process.stdout.write(f"{said}\r\n")
            answer = self.answers.get(
                said, "" if said.startswith("terminal") else "% Invalid input"
            )
            if said in ("exit", "quit") or answer == CUT:
                process.stdout.write("Half of an ans")
                return
            if answer == HANG:
                await asyncio.sleep(3600)
            while answer in (ENDLESS, DRIP):
                process.stdout.write(
                    "x" if answer == DRIP else "line of an endless answer\r\n" * 500
                )
                await process.stdout.drain()
                await asyncio.sleep(0.5 if answer == DRIP else 0)
            process.stdout.write("\r\n".join(["", *answer.splitlines()][1:]) + f"\r\n{PROMPT}")


class _Server(asyncssh.SSHServer):
    def __init__(self, open_: set[asyncssh.SSHServerConnection]) -> None:
        self._open = open_

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._open.add(conn)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)


@contextmanager
def running(switch: Switch, *, legacy: bool = False) -> Iterator[Switch]:
    """In a thread of its own; ends with the block."""
    loop = asyncio.new_event_loop()
    ready, stop = threading.Event(), asyncio.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(_run(switch, ready, stop, legacy))
    )
    thread.start()
    try:
        assert ready.wait(20)
        yield switch
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


async def _run(switch: Switch, ready: threading.Event, stop: asyncio.Event, legacy: bool) -> None:
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    connections: set[asyncssh.SSHServerConnection] = set()
    server = await asyncssh.create_server(
        lambda: _Server(connections),
        "127.0.0.1",
        0,
        server_host_keys=[key],
        process_factory=switch.serve,
        line_editor=False,
        **(_LEGACY if legacy else {}),
    )
    switch.port = server.get_port()
    ready.set()
    await stop.wait()
    server.close()
    for conn in connections:
        conn.abort()
    await asyncio.gather(*(conn.wait_closed() for conn in connections))
    await server.wait_closed()
    tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

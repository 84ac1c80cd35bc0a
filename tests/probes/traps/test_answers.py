"""An answer leaves from the address that was asked, on whatever socket it was heard."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from probes.traps.child import Child
from probes.traps.identity import Identity
from tests.probes.traps.datagrams import LINK_DOWN, link_binds, v2c
from wire import ber, trap

INFORM = v2c(LINK_DOWN, link_binds(3), kind=trap.INFORM, request_id=77)


@pytest.mark.parametrize(
    ("listens", "asked"),
    [("0.0.0.0", "127.0.0.5"), ("::", "127.0.0.5"), ("::", "::1"), ("127.0.0.1", "127.0.0.1")],
)
async def test_an_inform_is_answered_from_the_address_that_it_was_sent_to(
    listens: str, asked: str, tmp_path: Path
) -> None:
    child = Child(listens, 0, Identity(tmp_path))
    sources = ["127.0.0.1", "127.0.0.5", "::1"]  # a connected socket has the address it asks
    child.know({"sources": sources, "communities": ["public"], "users": []})
    family = socket.AF_INET6 if ":" in asked else socket.AF_INET
    loop = asyncio.get_running_loop()
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        sock.connect((asked, child.port))  # and takes no answer of another
        sock.send(INFORM)
        answer = await asyncio.wait_for(loop.sock_recv(sock, 2000), 20)
    await child.close()
    assert ber.parse_head(answer).request_id == 77
    assert [heard.if_index for heard in child.take()] in ([], [3])

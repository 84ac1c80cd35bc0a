"""One device asked once."""

from __future__ import annotations

import asyncio
import socket

import pytest

from probes import sockets
from probes.once import ask_once
from store.states import State
from tests.needs import need_root


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_answers_that_the_kernel_did_not_stamp_are_read_before_they_look_late(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    """It begins to stamp a moment after the first socket on the machine asks for it."""
    need_root()
    monkeypatch.setattr(sockets, "SO_TIMESTAMPNS", socket.SO_KEEPALIVE)  # stamps nothing
    once = asyncio.run(ask_once(address, (), timeout_s=0.1))
    assert once.state == State.UP
    assert all(rtt is not None and rtt < 100 for rtt in once.rtt_ms)

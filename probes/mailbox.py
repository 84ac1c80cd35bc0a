"""One UDP socket that speaks with very many: letters leave and come in many in one system call."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Iterator
from typing import Any

from probes import sockaddr
from probes.mmsg import Incoming, Letters
from probes.refusals import ask_for_refusals
from probes.sockets import dropped, raise_receive_buffer

Place = tuple[str, int]  # address and port

_AT_ONCE = 64  # datagrams in one system call
_DATAGRAM_MAX = 65_535


class Mailbox:
    """`address` gives a name to a place, once; `post` letters to names, `read` what came."""

    def __init__(self, family: socket.AddressFamily) -> None:
        self.family = family
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.setblocking(False)
        self.size = raise_receive_buffer(self.sock)
        ask_for_refusals(self.sock)
        self._in = Incoming(self.sock, _AT_ONCE, _DATAGRAM_MAX)
        self._bytes = self._in.data.reshape(-1).data
        self._out = Letters(self.sock, _AT_ONCE)
        self._places: dict[bytes, Place] = {}
        self._unread: deque[tuple[bytes, Place]] = deque()

    def address(self, sockname: tuple[Any, ...], place: Place) -> bytes:
        """The name by which letters go to this address; what comes from it is told as `place`."""
        name = sockaddr.packed(self.family, sockname)
        self._places[name] = place
        return name

    def post(self, names: list[bytes], letters: list[bytes]) -> list[int]:
        """Send them → those that our own machine did not let out, by their turn."""
        failed: list[int] = []
        for begin in range(0, len(letters), _AT_ONCE):
            here = slice(begin, begin + _AT_ONCE)
            failed += [begin + i for i in self._out.send(names[here], letters[here])]
        return failed

    def read(self, at_most: int) -> Iterator[tuple[bytes, Place]]:
        """What came and from whom; not for ever, so that others have their turn. What the reader
        leaves, as when he fails, is there the next time."""
        more = True
        for _ in range(at_most):
            if not self._unread and more:
                more = self._fetch()
            if not self._unread:
                return
            yield self._unread.popleft()

    def _fetch(self) -> bool:
        """Is there perhaps more than came?"""
        for _ in range(_AT_ONCE):
            if self.closed:
                return False
            try:
                count = self._in.read()
            except OSError:  # an error that lies in the queue
                continue
            sizes, names = self._in.sizes[:count].tolist(), self._in.names[:count].tobytes()
            for i, size in enumerate(sizes):
                name = names[i * sockaddr.SIZE : (i + 1) * sockaddr.SIZE]
                data = bytes(self._bytes[i * _DATAGRAM_MAX : i * _DATAGRAM_MAX + size])
                self._unread.append((data, self._place(name)))
            return count == _AT_ONCE
        return True

    def _place(self, name: bytes) -> Place:
        return self._places.get(name) or (sockaddr.host_of(name), sockaddr.port_of(name))

    @property
    def closed(self) -> bool:
        return self.sock.fileno() < 0

    @property
    def dropped(self) -> int:
        """Datagrams that the kernel threw away so far because the receive buffer was full."""
        return dropped(self.sock)

    def close(self) -> None:
        self.sock.close()
        self._unread.clear()

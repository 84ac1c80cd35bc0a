"""One UDP socket that speaks with very many: letters leave and come in many in one system call."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

from probes.mmsg import SOCKADDR, Incoming, Letters, host_of, port_of, sockaddr
from probes.refusals import ask_for_refusals
from probes.sockets import dropped, raise_receive_buffer

Place = tuple[str, int]  # address and port

_AT_ONCE = 64  # datagrams in one system call
_DATAGRAM_MAX = 65_535


class Mailbox:
    """`write` gives a name to an address once; `put` letters, `post` them, `read` what came."""

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

    def address(self, sockname: tuple[Any, ...]) -> bytes:
        """The name by which letters go to this address, which is known from now on."""
        name = sockaddr(self.family, sockname)
        self._places[name] = (str(sockname[0]), int(sockname[1]))
        return name

    def post(self, names: list[bytes], letters: list[bytes]) -> list[int]:
        """Send them → those that our own machine did not let out, by their turn."""
        failed: list[int] = []
        for begin in range(0, len(letters), _AT_ONCE):
            here = slice(begin, begin + _AT_ONCE)
            failed += [begin + i for i in self._out.send(names[here], letters[here])]
        return failed

    def read(self, at_most: int) -> Iterator[list[tuple[bytes, Place]]]:
        """What came and from whom, many at a time; not for ever, so that others have their turn."""
        for _ in range(-(-at_most // _AT_ONCE)):
            if self.closed:
                return
            try:
                count = self._in.read()
            except OSError:  # an error that lies in the queue
                continue
            if count:
                sizes, names = self._in.sizes[:count].tolist(), self._in.names[:count].tobytes()
                yield [
                    (
                        bytes(self._bytes[i * _DATAGRAM_MAX : i * _DATAGRAM_MAX + size]),
                        self._place(names[i * SOCKADDR : (i + 1) * SOCKADDR]),
                    )
                    for i, size in enumerate(sizes)
                ]
            if count < _AT_ONCE:
                return

    def _place(self, name: bytes) -> Place:
        return self._places.get(name) or (host_of(name), port_of(name))

    @property
    def closed(self) -> bool:
        return self.sock.fileno() < 0

    @property
    def dropped(self) -> int:
        """Datagrams that the kernel threw away so far because the receive buffer was full."""
        return dropped(self.sock)

    def close(self) -> None:
        self.sock.close()

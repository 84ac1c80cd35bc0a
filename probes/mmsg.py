"""Many datagrams in one system call: recvmmsg(2) and sendmmsg(2), their parts as columns of numpy.

Python's own sockets take one at a time, and building the objects of one costs more than the kernel
does for it.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from collections.abc import Sequence
from time import monotonic_ns
from typing import Any

import numpy as np
import numpy.typing as npt

from probes import sockaddr
from probes.sockets import SO_TIMESTAMPNS, TIMESPEC

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]

_CONTROL = 64  # room for one timestamp
_CMSG = struct.calcsize("@N2i")  # struct cmsghdr

# struct iovec, struct msghdr and struct mmsghdr, laid out as C does; pointers are numbers here.
_POINTER = np.dtype(np.uintp)
_IOVEC = np.dtype([("base", _POINTER), ("len", _POINTER)], align=True)
_MSGHDR = np.dtype(
    [
        ("name", _POINTER),
        ("namelen", np.uint32),
        ("iov", _POINTER),
        ("iovlen", _POINTER),
        ("control", _POINTER),
        ("controllen", _POINTER),
        ("flags", np.int32),
    ],
    align=True,
)
_MMSGHDR = np.dtype([("of", _MSGHDR), ("len", np.uint32)], align=True)

_libc = ctypes.CDLL(None, use_errno=True)


class _Messages:
    """Headers of `count` messages; `names` are a row each, and the messages in `_parts`."""

    def __init__(self, sock: socket.socket, count: int, control: int) -> None:
        self._fd = sock.fileno()
        self.names: Bytes = np.zeros((count, sockaddr.SIZE), np.uint8)
        self._control: Bytes = np.zeros((count, control), np.uint8)
        self._parts = np.zeros(count, _IOVEC)
        self._headers = np.zeros(count, _MMSGHDR)
        self._at = int(self._headers.ctypes.data)
        self._of = of = self._headers["of"]
        of["name"], of["namelen"] = _rows(self.names), sockaddr.SIZE
        of["iov"], of["iovlen"] = _rows(self._parts), 1
        if control:
            of["control"], of["controllen"] = _rows(self._control), control

    def _rows_of(self, size: int) -> Bytes:
        """Room for as many messages of this size, a row each."""
        data = np.zeros((len(self._parts), size), np.uint8)
        self._parts["base"], self._parts["len"] = _rows(data), size
        return data

    def _send(self, first: int, last: int) -> int:
        """How many of these went; OSError: the first did not."""
        at = ctypes.c_void_p(self._at + first * _MMSGHDR.itemsize)
        count = int(_libc.sendmmsg(self._fd, at, last - first, 0))
        if count < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        return count


class Incoming(_Messages):
    """`read` fills `data`, `names` (whence) and `sizes`, a row a datagram; longer ones are cut."""

    def __init__(self, sock: socket.socket, count: int, size: int) -> None:
        super().__init__(sock, count, _CONTROL)
        self.data = self._rows_of(size)
        self.count = count
        self.sizes: npt.NDArray[np.uint32] = self._headers["len"]
        self._timespecs = self._control[:, _CMSG : _CMSG + TIMESPEC.size].view(np.dtype("l"))
        self._kinds = self._control[:, _CMSG - 8 : _CMSG].view("=i4")

    def read(self) -> int:
        """How many came; 0: nothing waits. OSError tells an earlier error once; read on."""
        self._of["namelen"] = sockaddr.SIZE
        self._of["controllen"] = _CONTROL
        count = int(
            _libc.recvmmsg(
                self._fd, ctypes.c_void_p(self._at), self.count, socket.MSG_DONTWAIT, None
            )
        )
        if count >= 0:
            return count
        number = ctypes.get_errno()
        error = OSError(number, os.strerror(number))
        if isinstance(error, BlockingIOError):
            return 0
        raise error

    def stamps(self, count: int) -> Numbers:
        """When the kernel received the first `count`: wall time in ns, 0 where it did not say."""
        stamps = self._timespecs[:count, 0] * np.int64(1_000_000_000) + self._timespecs[:count, 1]
        told = self._of["controllen"][:count] >= _CMSG
        told &= self._kinds[:count, 1] == SO_TIMESTAMPNS
        return np.where(told, stamps, 0)


class Outgoing(_Messages):
    """`send` takes what was put into `data` and `names`; all are `size` bytes long."""

    def __init__(self, sock: socket.socket, count: int, size: int) -> None:
        super().__init__(sock, count, 0)
        self.data = self._rows_of(size)
        self._of["namelen"] = _name_size(sock)

    def send(self, first: int, last: int) -> tuple[int, int, int]:
        """Rows first to last → (how many went, monotonic ns before and after). OSError: the first
        did not go."""
        before = monotonic_ns()
        count = self._send(first, last)
        return count, before, monotonic_ns()


class Letters(_Messages):
    """Sends datagrams of any length, at most `count` at once."""

    def __init__(self, sock: socket.socket, count: int) -> None:
        super().__init__(sock, count, 0)
        self._of["namelen"] = _name_size(sock)

    def send(self, names: Sequence[bytes], letters: Sequence[bytes]) -> list[int]:
        """To whom and what → the turns of those that did not go."""
        count = len(letters)
        text = np.frombuffer(b"".join(letters), np.uint8)
        sizes = np.array([*map(len, letters)], np.uintp)
        self._parts["len"][:count] = sizes
        self._parts["base"][:count] = np.cumsum(sizes) - sizes + np.uintp(text.ctypes.data)
        self.names[:count] = np.frombuffer(b"".join(names), np.uint8).reshape(count, sockaddr.SIZE)
        failed: list[int] = []
        done = 0
        while done < count:
            try:
                done += self._send(done, count)
            except OSError:
                failed.append(done)
                done += 1
        return failed


def _name_size(sock: socket.socket) -> int:
    return sockaddr.SIZE_V6 if sock.family == socket.AF_INET6 else sockaddr.SIZE_V4


def _rows(columns: npt.NDArray[Any]) -> npt.NDArray[np.uintp]:
    """Where in memory each row begins."""
    return np.arange(len(columns), dtype=np.uintp) * columns.strides[0] + columns.ctypes.data

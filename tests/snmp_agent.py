"""A small real SNMP agent on a UDP socket, which can be told to misbehave."""

from __future__ import annotations

import bisect
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence

from wire import ber

Address = tuple[str, int]
# (what was asked, the honest answer) → the datagrams that leave instead
Quirk = Callable[[ber.Head, bytes], Sequence[bytes]]
# arcs of an OID → the (OID, tag, value) that follows it
Successor = Callable[[tuple[int, ...]], ber.VarBind | None]

_NO_MIB_AFTER = (b"", ber.END_OF_MIB_VIEW, None)


def table(rows: Sequence[ber.VarBind]) -> Successor:
    """The rows in OID order, as an agent walks them."""
    known = sorted((ber.arcs(row[0]), row) for row in rows)
    names = [name for name, _ in known]

    def after(name: tuple[int, ...]) -> ber.VarBind | None:
        place = bisect.bisect_right(names, name)
        return known[place][1] if place < len(known) else None

    return after


def if_table(interfaces: int, *, wide: bool = True, name: str = "sw") -> list[ber.VarBind]:
    """A system group and so many interfaces; interface n has the counters n*1000 and n*2000."""
    rows: list[ber.VarBind] = [
        (ber.oid("1.3.6.1.2.1.1.1.0"), ber.OCTET_STRING, b"A test agent"),
        (ber.oid("1.3.6.1.2.1.1.2.0"), ber.OID, ber.oid("1.3.6.1.4.1.99")),
        (ber.oid("1.3.6.1.2.1.1.3.0"), ber.TIME_TICKS, 12_345),
        (ber.oid("1.3.6.1.2.1.1.5.0"), ber.OCTET_STRING, name.encode()),
    ]
    for index in range(1, interfaces + 1):
        for column, tag, value in _if_row(index, wide):
            rows.append((ber.oid(f"1.3.6.1.2.1.{column}.{index}"), tag, value))
    rows.append((ber.oid("1.3.6.1.2.1.99.1.0"), ber.INTEGER, 1))
    return rows


def _if_row(index: int, wide: bool) -> Iterator[tuple[str, int, ber.Value]]:
    yield "2.2.1.2", ber.OCTET_STRING, f"port {index}".encode()
    yield "2.2.1.3", ber.INTEGER, 6
    yield "2.2.1.5", ber.GAUGE32, 100_000_000
    yield "2.2.1.6", ber.OCTET_STRING, bytes((2, 0, 0, 0, 0, index & 255))
    yield "2.2.1.7", ber.INTEGER, 1
    yield "2.2.1.8", ber.INTEGER, 2 - index % 2
    yield "2.2.1.10", ber.COUNTER32, index * 1000
    yield "2.2.1.16", ber.COUNTER32, index * 2000
    if wide:
        yield "31.1.1.1.1", ber.OCTET_STRING, f"Gi0/{index}".encode()
        yield "31.1.1.1.6", ber.COUNTER64, index * 1000
        yield "31.1.1.1.10", ber.COUNTER64, index * 2000
        yield "31.1.1.1.15", ber.GAUGE32, 1000
        yield "31.1.1.1.18", ber.OCTET_STRING, "đường trục".encode()


class Agent:
    """Answers SNMP v1/v2c on 127.0.0.1; `heard` holds every request as (type, OIDs, rows)."""

    def __init__(
        self, after: Successor, quirk: Quirk | None = None, *, max_varbinds: int = 1000
    ) -> None:
        self._after, self._quirk, self._max_varbinds = after, quirk, max_varbinds
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._sock.bind(("127.0.0.1", 0))
        self.port = int(self._sock.getsockname()[1])
        self.asker: Address = ("", 0)  # who asked last
        self.heard: list[tuple[int, int, int]] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"end", ("127.0.0.1", self.port))
        self._thread.join()
        self._sock.close()

    def answer(self, data: bytes) -> bytes | None:
        """None: it stays silent."""
        return answered(self._after, data, max_varbinds=self._max_varbinds)

    def _run(self) -> None:
        while (received := self._sock.recvfrom(65_535))[0] != b"end":
            data, self.asker = received
            head = ber.parse_head(data)
            oids = [name for name, _, _ in ber.varbinds(data, head)]
            self.heard.append((head.pdu, len(oids), head.max_repetitions))
            answer = self.answer(data)
            if answer is None:
                continue
            for each in self._quirk(head, answer) if self._quirk else [answer]:
                self._sock.sendto(each, self.asker)


def answered(after: Successor, asked: bytes, *, max_varbinds: int = 1000) -> bytes:
    """The honest answer to this message, as the agent of this table gives it."""
    head = ber.parse_head(asked)
    oids = [name for name, _, _ in ber.varbinds(asked, head)]
    if head.pdu == ber.GETBULK:
        rows = list(_bulk(after, head, oids))[:max_varbinds]
        return ber.response(head, [ber.varbind(*each) for each in rows])
    find = _next if head.pdu == ber.GETNEXT else _at
    found = [find(after, name) for name in oids]
    for place, (_, tag, _) in enumerate(found, start=1):
        if head.version == ber.V1 and tag in (ber.NO_SUCH_OBJECT, ber.END_OF_MIB_VIEW):
            names = [ber.varbind(name, ber.NULL, None) for name in oids]
            return ber.response(head, names, error_status=ber.NO_SUCH_NAME, error_index=place)
    return ber.response(head, [ber.varbind(*each) for each in found])


def _bulk(after: Successor, head: ber.Head, oids: list[bytes]) -> Iterator[ber.VarBind]:
    for name in oids[: head.non_repeaters]:
        yield _next(after, name)
    names = oids[head.non_repeaters :]
    for _ in range(head.max_repetitions):
        row = [_next(after, name) for name in names]
        yield from row
        names = [name for name, _, _ in row]


def _next(after: Successor, name: bytes) -> ber.VarBind:
    return after(ber.arcs(name)) or (name, *_NO_MIB_AFTER[1:])


def _at(after: Successor, name: bytes) -> ber.VarBind:
    arcs = ber.arcs(name)
    found = after((*arcs[:-1], arcs[-1] - 1)) if arcs[-1] else after(arcs[:-1])
    return found if found and found[0] == name else (name, ber.NO_SUCH_OBJECT, None)


@contextlib.contextmanager
def running_agent(
    after: Successor, quirk: Quirk | None = None, *, max_varbinds: int = 1000
) -> Iterator[Agent]:
    agent = Agent(after, quirk, max_varbinds=max_varbinds)
    try:
        yield agent
    finally:
        agent.close()

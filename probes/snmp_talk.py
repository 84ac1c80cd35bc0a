"""An SNMP v1/v2c conversation in small steps: what to ask next, what the answers say. No sockets.

It takes nothing for granted: single objects first, then columns, row by row of what comes back,
going on from the last complete row. What a device does as usual, `probes.snmp_usual` asks quicker.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from probes.mib import Column
from probes.results import SnmpStatus, SnmpTarget
from wire import ber
from wire.ber import Malformed, Value

SILENCE = "no SNMP answer: wrong community, source not allowed or agent off"

MAX_ROWS = 16_384  # of a column; the largest chassis and access nodes have some 10,000
MAX_ROUNDS = 8_192
MAX_BYTES = 16 << 20
START = 40  # values that are asked for at once at first
AT_ONCE = 40  # single objects in a question: it stays below 1,400 bytes

_REMEMBERED = 200  # varbinds of an answer; longer ones are no agent's habit, and fill our memory

_ERRORS = {  # the error-status values that an agent may give to one who only reads
    1: "tooBig",
    2: "noSuchName",
    5: "genErr",
    6: "noAccess",
    13: "resourceUnavailable",
    16: "authorizationError",
}

Group = tuple[bytes, ...]  # columns that are asked together


class BadAnswer(Exception):  # noqa: N818, a value on its way out of nested calls
    """The agent answered something that cannot be used; the text says what."""


class End(NamedTuple):
    """How a conversation ended."""

    status: SnmpStatus
    detail: str = ""


class Layout(NamedTuple):
    """What a table response holds, apart from its values: the same for all devices of one make."""

    suffixes: tuple[tuple[bytes, ...], ...]  # of each column asked
    columns: Group  # that go on
    cursors: tuple[bytes, ...]  # the last suffix of each of these
    stride: int  # varbinds in a row


def nothing_more(_: dict[bytes, Column]) -> Group:
    return ()


class Talk:
    """`request` is to be sent until `take` or `silent` gives the end.

    `said` holds the scalars, `table` the columns. `groups`: the last one is asked first; `more`
    looks at the table and may name one group to ask besides. `rows`: that the table had last time.
    """

    def __init__(
        self,
        target: SnmpTarget,
        scalars: Sequence[bytes],
        groups: Sequence[Group] = (),
        *,
        cells: int = START,
        most_rows: int | None = None,
        rows: int = 0,
        misses: int = 0,
        more: Callable[[dict[bytes, Column]], Group] = nothing_more,
    ) -> None:
        self.target = target
        self.said: dict[bytes, Value] = {}
        self.table: dict[bytes, Column] = {}
        self.answered_ns: int | None = None
        self.cells = cells  # that a GETBULK asks for; 0: the agent knows only GETNEXT
        self._most_rows = most_rows or MAX_ROWS
        self._version = ber.V1 if target.version == "1" else ber.V2C
        self._community = (target.community or "").encode()
        self._scalars = list(scalars)
        self._at_once = AT_ONCE  # single objects in a question
        self._groups = list(groups)
        self._more = more
        self._columns: Group = ()
        self._cursors: tuple[bytes, ...] = ()
        self._width = 1 << 10
        self._rows = rows
        self._misses = misses
        self._rounds = self._bytes = 0
        if not self._scalars:
            self._next_group()

    # ------------------------------------------------------------ asking

    def request(self) -> ber.Template:
        """The question that is open."""
        if not self._columns:
            asked = tuple(self._scalars[: self._at_once])
            return _template(ber.GET, self._community, asked, self._version, 0)
        asked = _joined(self._columns[: self._width], self._cursors[: self._width])
        if self._version == ber.V1 or not self.cells:
            return _template(ber.GETNEXT, self._community, asked, self._version, 0)
        return _template(ber.GETBULK, self._community, asked, ber.V2C, self._batch())

    def _batch(self) -> int:
        """Rows to ask for at once: the wider the group, the fewer, so that answers stay small.

        With one row more than the table had, the last answer tells that it ends, and no other
        table's rows come along in vain.
        """
        limit = min(max(1, self.cells // self._width_now), self._most_rows)
        heard = self.table.get(self._columns[0])
        left = self._rows + 1 - (len(heard.suffixes) if heard else 0)
        return -(-left // -(-left // limit)) if self._rows and left > 0 else limit

    @property
    def _width_now(self) -> int:
        return min(self._width, len(self._columns))

    # ------------------------------------------------------------ hearing

    def take(self, head: ber.Head, data: bytes, now_ns: int) -> End | None:
        """The answer to the open question → the end, or None: ask `request` next."""
        self.answered_ns = now_ns
        self._rounds += 1
        self._bytes += len(data)
        self._misses = 0
        try:
            self._check(head)
            if head.error_status:
                self._on_error(head)
            else:
                self._on_varbinds(head, data)
        except (BadAnswer, Malformed) as problem:
            return End(SnmpStatus.BAD_ANSWER, f"unusable SNMP answer: {problem}")
        going_on = self._scalars or self._columns or self._next_group()
        return None if going_on else End(SnmpStatus.OK)

    def _check(self, head: ber.Head) -> None:
        if head.version != self._version or head.pdu != ber.RESPONSE:
            raise BadAnswer("it is no response of the version asked")
        if self._rounds > MAX_ROUNDS or self._bytes > MAX_BYTES:
            raise BadAnswer(f"the table does not end after {self._rounds} requests")

    def _on_varbinds(self, head: ber.Head, data: bytes) -> None:
        oids, tags, values = ber.walk(data, head.start, head.end)
        if self._columns:
            self._on_rows(tuple(oids), bytes(tags), values)
        elif not oids or oids != self._scalars[: len(oids)]:
            raise BadAnswer("it does not hold the OIDs asked")
        else:  # an agent that has no room for all answers the first ones
            self.said.update(zip(oids, values, strict=True))
            del self._scalars[: len(oids)]

    def _on_rows(self, oids: tuple[bytes, ...], tags: bytes, values: list[Value]) -> None:
        asked = self._batch() * self._width_now
        columns, cursors = self._columns[: self._width], self._cursors[: self._width]
        read = read_layout if len(oids) <= _REMEMBERED else read_layout.__wrapped__
        layout = read(columns, cursors, oids, tags)
        for place, suffixes in enumerate(layout.suffixes):
            if suffixes:
                column = self.table.setdefault(columns[place], Column())
                column.suffixes += suffixes
                column.values += values[place :: layout.stride][: len(suffixes)]
                if len(column.suffixes) > MAX_ROWS:
                    raise BadAnswer(f"the table does not end after {MAX_ROWS} rows")
        if self.cells and self._version != ber.V1 and layout.columns and len(oids) < asked:
            self.cells = max(1, len(oids))  # it cut its answer short: ask for no more again
        self._columns = layout.columns + self._columns[self._width :]
        self._cursors = layout.cursors + self._cursors[self._width :]

    def _on_error(self, head: ber.Head) -> None:
        if head.error_status == ber.TOO_BIG:
            self._shrink()
        elif head.error_status == ber.NO_SUCH_NAME and self._version == ber.V1:
            self._drop(head.error_index)
        else:
            raise BadAnswer(f"error {_ERRORS.get(head.error_status, head.error_status)}")

    def _shrink(self) -> None:
        if not self._columns and min(self._at_once, len(self._scalars)) > 1:
            self._at_once = min(self._at_once, len(self._scalars)) // 2
        elif self._columns and self._batch() > 1 and self.cells and self._version != ber.V1:
            self.cells = self._batch() * self._width_now // 2
        elif self._columns and self._width > 1:
            self._width = self._width_now // 2 or 1
        else:
            raise BadAnswer("error tooBig for a single value")

    def _drop(self, error_index: int) -> None:
        """v1 refuses a whole request for one name that is not there, or a column at the end."""
        place = error_index - 1
        if self._columns:
            count = self._width_now
            if not 0 <= place < count:
                place, rest = 0, self._columns[count:]
                self._columns, self._cursors = rest, self._cursors[count:]
                return
            self._columns = self._columns[:place] + self._columns[place + 1 :]
            self._cursors = self._cursors[:place] + self._cursors[place + 1 :]
        elif not 0 <= place < min(self._at_once, len(self._scalars)):
            raise BadAnswer("noSuchName without saying which")
        else:
            del self._scalars[place]

    def _next_group(self) -> bool:
        """Take up the next group of columns; False when all has been asked."""
        if not self._groups:
            group, self._more = self._more(self.table), nothing_more
            if not group:
                return False
            self._groups.append(group)
        self._columns = self._groups.pop()
        self._cursors = (b"",) * len(self._columns)
        return True

    # ------------------------------------------------------------ ending

    def silent(self) -> End | None:
        """No answer within the timeout → the end, or None: send `request` again."""
        self._misses += 1
        if self._misses <= self.target.retries:
            return None
        if self._columns and self.cells and self._version != ber.V1:
            self.cells = (
                self._batch() * self._width_now // 2 if self._batch() > 1 else 0
            )  # a long answer may get lost where a short one does not
            return None
        if self._at_once > 1 and self.answered_ns is not None and not self._columns:
            self._at_once //= 2
            return None
        if self.answered_ns is None:
            return End(SnmpStatus.NO_ANSWER, SILENCE)
        return End(SnmpStatus.BAD_ANSWER, "the agent fell silent in the middle of its answers")

    def out_of_time(self, limit_s: int) -> End:
        """It took too long as a whole."""
        if self.answered_ns is None:
            return End(SnmpStatus.NO_ANSWER, SILENCE)
        return End(SnmpStatus.BAD_ANSWER, f"the agent did not come to an end within {limit_s} s")


@lru_cache(maxsize=4096)
def _template(
    pdu: int, community: bytes, oids: tuple[bytes, ...], version: int, repetitions: int
) -> ber.Template:
    return ber.request(pdu, community, oids, version=version, max_repetitions=repetitions)


@lru_cache(maxsize=4096)
def _joined(columns: Group, cursors: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(column + cursor for column, cursor in zip(columns, cursors, strict=True))


@lru_cache(maxsize=4096)
def read_layout(
    columns: Group, cursors: tuple[bytes, ...], oids: tuple[bytes, ...], tags: bytes
) -> Layout:
    """What the OIDs of a GETBULK or GETNEXT response mean, by the columns and cursors asked.

    Only complete rows are taken, since agents cut answers short without a word; of a response
    shorter than a row, the part that came. Each column must strictly increase (else BadAnswer).
    Cached: devices with the same interfaces give the same OIDs, poll after poll.
    """
    stride = min(len(columns), len(oids))
    if not stride:
        raise BadAnswer("it is empty")
    complete = len(oids) // stride * stride
    suffixes, kept, moved = [], [], []
    for place, column in enumerate(columns[:stride]):
        names = oids[place:complete:stride]
        found, ended = _column_suffixes(column, cursors[place], names, tags[place::stride])
        suffixes.append(found)
        if not ended:
            kept.append(column)
            moved.append(found[-1])
    return Layout(tuple(suffixes), (*kept, *columns[stride:]), (*moved, *cursors[stride:]), stride)


def _column_suffixes(
    column: bytes, cursor: bytes, names: tuple[bytes, ...], tags: bytes
) -> tuple[tuple[bytes, ...], bool]:
    """→ (the suffixes found, whether the column has ended)."""
    last = ber.suffix_arcs(cursor)
    found: list[bytes] = []
    for name, tag in zip(names, tags, strict=False):
        if tag == ber.END_OF_MIB_VIEW:
            return tuple(found), True
        if not name.startswith(column):
            if ber.arcs(name) <= ber.arcs(column):
                raise BadAnswer(f"OIDs do not increase at {ber.dotted(name)}")
            return tuple(found), True
        suffix = name[len(column) :]
        index = ber.suffix_arcs(suffix)
        if index <= last:
            raise BadAnswer(f"OIDs do not increase at {ber.dotted(name)}")
        last = index
        found.append(suffix)
    return tuple(found), False

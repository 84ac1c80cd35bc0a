"""One SNMP v1/v2c poll as a conversation: what to ask next, what the answers say. No sockets."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from probes import mib
from probes.results import SnmpPoll, SnmpStatus, SnmpTarget
from wire import ber
from wire.ber import Malformed, Value

SILENCE = "no SNMP answer: wrong community, source not allowed or agent off"

MAX_ROWS = 16_384  # of a column; the largest chassis and access nodes have some 10,000
MAX_ROUNDS = 8_192
MAX_BYTES = 16 << 20
_USUAL_WIDTH = 4  # columns that a target's max_repetitions is meant for
_BEFORE_SCALARS = tuple(scalar[:-1] for scalar in mib.BRIEF_SCALARS)  # what GETNEXT finds is .0

_ERRORS = {  # the error-status values that an agent may give to one who only reads
    1: "tooBig",
    2: "noSuchName",
    5: "genErr",
    6: "noAccess",
    13: "resourceUnavailable",
    16: "authorizationError",
}


class BadAnswer(Exception):  # noqa: N818, a value on its way out of nested calls
    """The agent answered something that cannot be used; the text says what."""


class Layout(NamedTuple):
    """What a table response holds, apart from its values: the same for all devices of one make."""

    indexes: tuple[tuple[int, ...], ...]  # of each column asked
    columns: tuple[bytes, ...]  # that go on
    cursors: tuple[bytes, ...]  # the last index of each of these
    stride: int  # varbinds in a row


class Talk:
    """A poll in progress: `request` is to be sent until `take` or `silent` says it is over."""

    def __init__(
        self,
        target: SnmpTarget,
        *,
        facts: bool,
        now_ns: int,
        repetitions: int,
        rows: int = 0,
        opening: bool = True,
    ) -> None:
        self.target = target
        self._facts = facts
        self._asked_ns = now_ns
        self._answered_ns: int | None = None
        self._version = ber.V1 if target.version == "1" else ber.V2C
        self._community = (target.community or "").encode()
        self._scalars: tuple[bytes, ...] = mib.SCALARS if facts else mib.BRIEF_SCALARS
        self._said: dict[bytes, Value] = {}
        self._table: dict[bytes, mib.Column] = {}
        self._groups = self._plan()
        self._columns: tuple[bytes, ...] = ()
        self._cursors: tuple[bytes, ...] = ()
        self._width = len(mib.FACTS_COLUMNS)
        self.repetitions = repetitions  # of a GETBULK; 0: the agent knows only GETNEXT
        self._rows = rows  # that the table had last time
        self._rounds = self._bytes = self._misses = 0
        # A short poll asks the system group along with the first rows, if all goes well.
        self._opening = opening and not facts and self._version == ber.V2C and repetitions > 0
        self.separated = False  # it did not go well
        if self._opening:
            self._take_up()

    # ------------------------------------------------------------ asking

    def _plan(self) -> list[tuple[bytes, ...]]:
        """Groups of columns still to be walked, the next one last."""
        status = mib.STATUS_COLUMNS_32 if self._version == ber.V1 else mib.STATUS_COLUMNS
        return [mib.FACTS_COLUMNS, status] if self._facts else [status]

    def request(self) -> ber.Template:
        """The question that is open."""
        if not self._columns:
            return _template(ber.GET, self._community, self._scalars, self._version, 0, 0)
        asked = _joined(self._columns[: self._width], self._cursors[: self._width])
        if self._version == ber.V1 or not self.repetitions:
            return _template(ber.GETNEXT, self._community, asked, self._version, 0, 0)
        if self._opening:
            asked, alone = _BEFORE_SCALARS + asked, len(_BEFORE_SCALARS)
            return _template(ber.GETBULK, self._community, asked, ber.V2C, alone, self._batch())
        return _template(ber.GETBULK, self._community, asked, ber.V2C, 0, self._batch())

    def _batch(self) -> int:
        """Rows to ask for at once: the wider the group, the fewer, so that answers stay small.

        With one row more than the table had, the last answer tells that it ends, and no other
        table's rows come along in vain.
        """
        width = max(_USUAL_WIDTH, len(self._columns))
        limit = max(1, self.repetitions * _USUAL_WIDTH // width)
        heard = self._table.get(self._columns[0])
        left = self._rows + 1 - (len(heard.indexes) if heard else 0)
        return -(-left // -(-left // limit)) if self._rows and left > 0 else limit

    # ------------------------------------------------------------ hearing

    def take(self, head: ber.Head, data: bytes, now_ns: int) -> SnmpPoll | None:
        """The answer to the open question → the finished poll, or None: ask `request` next."""
        self._answered_ns = now_ns
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
            return self.end(SnmpStatus.BAD_ANSWER, f"unusable SNMP answer: {problem}")
        return None if self._columns or self._next_group() else self.end(SnmpStatus.OK)

    def _check(self, head: ber.Head) -> None:
        if head.version != self._version or head.pdu != ber.RESPONSE:
            raise BadAnswer("it is no response of the version asked")
        if self._rounds > MAX_ROUNDS or self._bytes > MAX_BYTES:
            raise BadAnswer(f"the table does not end after {self._rounds} requests")

    def _on_varbinds(self, head: ber.Head, data: bytes) -> None:
        oids, tags, values = ber.walk(data, head.start, head.end)
        if self._opening:
            self._on_opening(tuple(oids), bytes(tags), values)
        elif self._columns:
            self._on_rows(tuple(oids), bytes(tags), values)
        elif tuple(oids) != self._scalars:
            raise BadAnswer("it does not hold the OIDs asked")
        else:
            self._said.update(zip(oids, values, strict=True))
            self._scalars = ()

    def _on_opening(self, oids: tuple[bytes, ...], tags: bytes, values: list[Value]) -> None:
        alone = len(_BEFORE_SCALARS)
        if oids[:alone] != self._scalars or len(oids) == alone:
            self._separate()
            return
        self._opening = False
        self._said.update(zip(oids[:alone], values, strict=False))
        self._scalars = ()
        self._on_rows(oids[alone:], tags[alone:], values[alone:])

    def _on_rows(self, oids: tuple[bytes, ...], tags: bytes, values: list[Value]) -> None:
        columns, cursors = self._columns[: self._width], self._cursors[: self._width]
        layout = read_layout(columns, cursors, oids, tags)
        for place, indexes in enumerate(layout.indexes):
            if indexes:
                column = self._table.setdefault(columns[place], mib.Column())
                column.indexes += indexes
                column.values += values[place :: layout.stride][: len(indexes)]
                if len(column.indexes) > MAX_ROWS:
                    raise BadAnswer(f"the table does not end after {MAX_ROWS} rows")
        self._columns = layout.columns + self._columns[self._width :]
        self._cursors = layout.cursors + self._cursors[self._width :]

    def _on_error(self, head: ber.Head) -> None:
        if self._opening:
            self._separate()
        elif head.error_status == ber.TOO_BIG and self._columns:
            self._shrink()
        elif head.error_status == ber.NO_SUCH_NAME and self._version == ber.V1:
            self._drop(head.error_index)
        else:
            raise BadAnswer(f"error {_ERRORS.get(head.error_status, head.error_status)}")

    def _separate(self) -> None:
        """Not every agent and path carries the long opening question: ask in small steps."""
        self._opening, self.separated = False, True
        self._groups, self._columns, self._cursors = self._plan(), (), ()

    def _shrink(self) -> None:
        if self.repetitions > 1 and self._version != ber.V1:
            self.repetitions //= 2
        elif self._width > 1:
            self._width = min(self._width, len(self._columns)) // 2 or 1
        else:
            raise BadAnswer("error tooBig for a single value")

    def _drop(self, error_index: int) -> None:
        """v1 refuses a whole request for one name that is not there, or a column at the end."""
        place = error_index - 1
        if self._columns:
            count = min(self._width, len(self._columns))
            if not 0 <= place < count:
                place, rest = 0, self._columns[count:]
                self._columns, self._cursors = rest, self._cursors[count:]
                return
            self._columns = self._columns[:place] + self._columns[place + 1 :]
            self._cursors = self._cursors[:place] + self._cursors[place + 1 :]
        elif not 0 <= place < len(self._scalars):
            raise BadAnswer("noSuchName without saying which")
        else:
            self._scalars = self._scalars[:place] + self._scalars[place + 1 :]

    def _next_group(self) -> bool:
        """Take up the next group of columns; False when all has been asked."""
        if self._scalars:
            return True
        if not self._groups and self._wants_32_bit():
            self._groups.append(mib.OCTETS_32)
        if not self._groups:
            return False
        self._take_up()
        return True

    def _take_up(self) -> None:
        self._columns = self._groups.pop()
        self._cursors = (b"",) * len(self._columns)

    def _wants_32_bit(self) -> bool:
        asked_already = self._version == ber.V1 or mib.IF_IN in self._table
        if asked_already or not mib.lacks_64_bit_octets(self._table):
            return False
        self._table.setdefault(mib.IF_IN, mib.Column())  # asked now: not once more
        return True

    # ------------------------------------------------------------ ending

    def silent(self) -> SnmpPoll | None:
        """No answer within the timeout → the finished poll, or None: send `request` again."""
        self._misses += 1
        if self._opening:
            self._separate()
        if self._misses <= self.target.retries:
            return None
        if self._columns and self.repetitions and self._version != ber.V1:
            self.repetitions //= 2  # a long answer may get lost where a short one does not
            return None
        if self._answered_ns is None:
            return self.end(SnmpStatus.NO_ANSWER, SILENCE)
        return self.end(SnmpStatus.BAD_ANSWER, "the agent fell silent in the interface table")

    def out_of_time(self, limit_s: int) -> SnmpPoll:
        """The poll as a whole took too long."""
        if self._answered_ns is None:
            return self.end(SnmpStatus.NO_ANSWER, SILENCE)
        return self.end(
            SnmpStatus.BAD_ANSWER, f"the agent did not come to an end within {limit_s} s"
        )

    def end(self, status: SnmpStatus, detail: str = "") -> SnmpPoll:
        """What is known now, under this status."""
        said, whole = self._said, status is SnmpStatus.OK
        return SnmpPoll(
            node=self.target.node,
            asked_ns=self._asked_ns,
            answered_ns=self._answered_ns,
            status=status,
            detail=detail,
            sys_name=mib.text(said.get(mib.SYS_NAME)),
            sys_descr=mib.text(said.get(mib.SYS_DESCR)),
            sys_object_id=mib.object_id(said.get(mib.SYS_OBJECT_ID)),
            uptime_s=mib.uptime_s(said.get(mib.SYS_UPTIME)),
            facts=mib.interface_facts(self._table) if self._facts and whole else None,
            interfaces=mib.interface_status(self._table) if whole else (),
        )


@lru_cache(maxsize=4096)
def _template(
    pdu: int, community: bytes, oids: tuple[bytes, ...], version: int, alone: int, repetitions: int
) -> ber.Template:
    return ber.request(
        pdu, community, oids, version=version, non_repeaters=alone, max_repetitions=repetitions
    )


@lru_cache(maxsize=4096)
def _joined(columns: tuple[bytes, ...], cursors: tuple[bytes, ...]) -> tuple[bytes, ...]:
    return tuple(column + cursor for column, cursor in zip(columns, cursors, strict=True))


@lru_cache(maxsize=4096)
def read_layout(
    columns: tuple[bytes, ...], cursors: tuple[bytes, ...], oids: tuple[bytes, ...], tags: bytes
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
    indexes, kept, moved = [], [], []
    for place, column in enumerate(columns[:stride]):
        names = oids[place:complete:stride]
        found, ended = _column_indexes(column, cursors[place], names, tags[place::stride])
        indexes.append(found)
        if not ended:
            kept.append(column)
            moved.append(ber.subids(found[-1:]))
    return Layout(tuple(indexes), (*kept, *columns[stride:]), (*moved, *cursors[stride:]), stride)


def _column_indexes(
    column: bytes, cursor: bytes, names: tuple[bytes, ...], tags: bytes
) -> tuple[tuple[int, ...], bool]:
    """→ (the indexes found, whether the column has ended)."""
    last = ber.suffix_arcs(cursor)[0] if cursor else -1
    found: list[int] = []
    for name, tag in zip(names, tags, strict=False):
        if tag == ber.END_OF_MIB_VIEW:
            return tuple(found), True
        if not name.startswith(column):
            if ber.arcs(name) <= ber.arcs(column):
                raise BadAnswer(f"OIDs do not increase at {ber.dotted(name)}")
            return tuple(found), True
        index = ber.suffix_arcs(name[len(column) :])
        if len(index) != 1 or index[0] <= last:
            raise BadAnswer(f"OIDs do not increase at {ber.dotted(name)}")
        last = index[0]
        found.append(last)
    return tuple(found), False

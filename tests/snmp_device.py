"""The objects of an SNMP agent, which may change between two polls."""

from __future__ import annotations

from probes import mib
from tests.snmp_agent import Successor, if_table, table
from wire import ber

SCALARS: list[ber.VarBind] = [
    (mib.IF_TABLE_CHANGED, ber.TIME_TICKS, 77),
    (mib.ENTITIES_CHANGED, ber.TIME_TICKS, 88),
    (mib.ENGINE_BOOTS, ber.INTEGER, 5),
    (mib.ENGINE_TIME, ber.INTEGER, 123),
]


class Device:
    """`after` is what `snmp_agent.Agent` walks over."""

    def __init__(self, interfaces: int, *, wide: bool = True) -> None:
        self.rows = {row[0]: row for row in [*if_table(interfaces, wide=wide), *SCALARS]}
        self._table: Successor | None = None
        for index in range(1, interfaces + 1):
            self._add_errors(index)
        self._count(interfaces)

    def add(self, index: int) -> None:
        for name, tag, value in if_table(index)[4:-1]:
            if ber.arcs(name)[-1] == index:
                self.put(name, tag, value)
        self._add_errors(index)
        self._count(index)

    def _add_errors(self, index: int) -> None:
        for column in mib.ERRORS:
            self.put(column + ber.subids((index,)), ber.COUNTER32, index)

    def _count(self, interfaces: int) -> None:
        self.put(mib.IF_NUMBER, ber.INTEGER, interfaces)

    def put(self, name: bytes, tag: int, value: ber.Value) -> None:
        self.rows[name] = (name, tag, value)
        self._table = None

    def set(self, column: bytes, index: int, value: ber.Value) -> None:
        name = column + ber.subids((index,))
        self.put(name, self.rows[name][1], value)

    def remove(self, index: int) -> None:
        gone = [name for name in self.rows if ber.arcs(name)[-1] == index and len(name) > 8]
        for name in gone:
            del self.rows[name]
        self._table = None

    def after(self, name: tuple[int, ...]) -> ber.VarBind | None:
        if self._table is None:
            self._table = table(list(self.rows.values()))
        return self._table(name)

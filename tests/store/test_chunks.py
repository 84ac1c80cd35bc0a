"""Packed numbers come back as they were, whatever they are."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.chunks import (
    LANE,
    Numbers,
    Packed,
    Table,
    in_order,
    join,
    pack,
    picked,
    planes,
    split,
    unplanes,
)
from store.engine import RecordError
from store.last_values import VALUE_MISSING
from store.samples import MISSING, Measure, Poll, Roster, Sensors
from store.slabs import (
    PORT_GROUPS,
    Slab,
    pack_slab,
    ping_rows,
    port_rows,
    row_of,
    said,
    tables,
    value_rows,
)

NUMBERS = st.one_of(
    st.integers(0, 2**64 - 1), st.integers(0, 300), st.sampled_from([2**63, 2**64 - 1, 2**32])
)


@st.composite
def tables_of(draw: st.DrawFn, series: int) -> tuple[list[int], list[list[int]]]:
    """(times, the values of each series at these)."""
    times = sorted(draw(st.lists(st.integers(0, 86_400_000), min_size=1, max_size=9)))
    numbers = draw(st.lists(NUMBERS, min_size=1, max_size=60))
    cells = np.resize(np.array(numbers, LANE), (series, len(times)))
    return times, cells.tolist()


@given(data=st.data(), series=st.integers(1, 70), pressed=st.booleans())
def test_each_series_of_a_table_comes_back_as_it_went_in(
    data: st.DataObject, series: int, pressed: bool
) -> None:
    times, cells = data.draw(tables_of(series))
    table = Table.of(np.array(times), np.array(cells, LANE))
    packed = Packed(pack(table, pressed=pressed))
    assert packed.times.tolist() == times
    assert packed.newest.tolist() == [row[-1] for row in cells]
    assert packed.table().all().tolist() == table.all().tolist() == cells
    for row in range(series):
        assert packed.one(row).tolist() == table.one(row).tolist() == cells[row]


@given(data=st.data(), series=st.integers(1, 4))
def test_tables_that_follow_each_other_are_one_table(data: st.DataObject, series: int) -> None:
    parts = data.draw(st.lists(tables_of(series), min_size=1, max_size=4))
    whole = in_order([Table.of(np.array(at), np.array(rows, LANE)) for at, rows in parts])
    instants = [
        (at, column)
        for times, rows in parts
        for at, column in zip(times, zip(*rows, strict=True), strict=True)
    ]
    instants.sort(key=lambda instant: instant[0])
    assert whole.times.tolist() == [at for at, _ in instants]
    assert whole.all().T.tolist() == [list(column) for _, column in instants]


def test_what_does_not_move_costs_nothing_more_for_more_of_it() -> None:
    still = np.full((100, 1440), 12345, LANE)
    moving = np.arange(1440, dtype=LANE)[None] * np.uint64(2**40)
    at = np.arange(1440)

    def size(cells: Numbers) -> int:
        return len(pack(Table.of(at[: cells.shape[1]], cells), pressed=True))

    assert size(still) < size(still[:, :60]) + 30
    assert size(np.concatenate((still, moving))) < size(still) + size(moving)


@given(st.lists(NUMBERS, min_size=1, max_size=40), st.data())
def test_byte_planes_leave_out_only_what_is_zero(values: list[int], data: st.DataObject) -> None:
    packed = planes(np.array(values, LANE))
    assert unplanes(packed, len(values)).tolist() == values
    assert len(packed) == len(values) * ((max(values).bit_length() + 7) // 8)
    places = data.draw(st.lists(st.integers(0, len(values) - 1)))
    found = picked(packed, len(values), np.array(places, np.intp))
    assert found.tolist() == [values[place] for place in places]


@given(st.lists(st.binary(max_size=300)))
def test_joined_parts_come_apart_again(parts: list[bytes]) -> None:
    assert split(join(*parts)) == parts


COUNTER = st.one_of(NUMBERS, st.just(MISSING))


@st.composite
def minutes(draw: st.DrawFn) -> tuple[list[Poll], list[int]]:
    """Polls of several devices, each with the same number of interfaces in all its polls."""
    counts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    polls, owners = [], []
    for _ in range(draw(st.integers(1, 8))):
        owner = draw(st.integers(0, len(counts) - 1))
        n = counts[owner]
        counters = draw(st.lists(COUNTER, min_size=6 * n, max_size=6 * n))
        roster = Roster(owner, tuple(range(n)), ("",) * n, bytes(n))
        admin, oper = (draw(st.binary(min_size=n, max_size=n)) for _ in range(2))
        at = draw(st.integers(0, 3_599_999))
        uptime = draw(st.one_of(st.none(), st.integers(0, 2**32 // 100)))
        cells = struct.pack(f"<{6 * n}Q", *counters)
        polls.append(Poll(at, roster, cells, uptime, admin, oper))
        owners.append(owner + 100)
    return polls, owners


@given(minutes())
def test_a_slab_of_polls_keeps_resets_gaps_and_64_bits(
    minute: tuple[list[Poll], list[int]],
) -> None:
    polls, owners = minute
    slab = Slab(pack_slab(port_rows(polls, owners, 0)))
    for group, measure in enumerate(PORT_GROUPS):
        for owner in set(owners):
            mine = [poll for poll, one in zip(polls, owners, strict=True) if one == owner]
            for column in range(len(mine[0].oper)):
                found = slab.series(owner, column, group)
                assert [at for at, _, _ in found] == [poll.at_ms for poll in mine]
                cells = np.array([cell for _, cell, _ in found], LANE)
                assert said(measure, cells) == [_of(poll, group, column) for poll in mine]
                known = [0 if p.uptime_s is None else p.uptime_s + 1 for p in mine]
                assert [uptime for _, _, uptime in found] == known


@given(minutes())
def test_slabs_become_tables_in_the_order_of_time(minute: tuple[list[Poll], list[int]]) -> None:
    polls, owners = minute
    half = len(polls) // 2 or 1
    slabs = [pack_slab(port_rows(polls[:half], owners[:half], 0))]
    if polls[half:]:
        slabs.append(pack_slab(port_rows(polls[half:], owners[half:], 0)))
    found = dict(tables([Slab(s) for s in slabs]))
    assert set(found) == set(owners)
    for owner, table in found.items():
        mine = [poll for poll, one in zip(polls, owners, strict=True) if one == owner]
        mine.sort(key=lambda poll: poll.at_ms)
        assert table.times.tolist() == [poll.at_ms for poll in mine]
        count = len(mine[0].oper)
        for group, measure in enumerate(PORT_GROUPS):
            for column in range(count):
                values = said(measure, table.one(row_of(group, column, count)))
                assert values == [_of(poll, group, column) for poll in mine]


def _of(poll: Poll, group: int, column: int) -> int | None:
    if group >= 6:
        return (poll.admin if group == 6 else poll.oper)[column] or None
    count = len(poll.oper)
    value: int = struct.unpack_from("<Q", poll.cells, 8 * (group * count + column))[0]
    return None if value == MISSING else value


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20))
def test_values_of_sensors_come_back_with_their_sign(values: list[int]) -> None:
    poll = Poll(5, Sensors(1, tuple(range(len(values)))), struct.pack(f"<{len(values)}q", *values))
    slab = Slab(pack_slab(value_rows([poll], [7], 0)))
    cells = np.array([slab.series(7, k, 0)[0][1] for k in range(len(values))], LANE)
    assert said(Measure.VALUE, cells) == [
        None if value == VALUE_MISSING else value for value in values
    ]


@given(data=st.data(), pressed=st.booleans())
def test_damaged_bytes_of_a_chunk_are_told_as_such(data: st.DataObject, pressed: bool) -> None:
    times, cells = data.draw(tables_of(3))
    packed = pack(Table.of(np.array(times), np.array(cells, LANE)), pressed=pressed)
    with pytest.raises(RecordError, match="damaged"):
        Packed(data.draw(damage_of(packed)))


@given(data=st.data())
def test_damaged_bytes_of_a_slab_are_told_as_such(data: st.DataObject) -> None:
    of = np.arange(1, 9, dtype=LANE)
    packed = pack_slab(ping_rows(of, of * 10, of * 1000))
    with pytest.raises(RecordError, match="damaged"):
        Slab(data.draw(damage_of(packed)))


@st.composite
def damage_of(draw: st.DrawFn, sound: bytes) -> bytes:
    """Cut short, or with some bits turned within four bytes, which a checksum never misses."""
    at = draw(st.integers(0, len(sound) - 1))
    if draw(st.booleans()):
        return sound[:at]
    mask = draw(st.integers(1, 255))
    return sound[:at] + bytes((sound[at] ^ mask,)) + sound[at + 1 :]

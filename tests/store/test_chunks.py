"""Packed numbers come back as they were, whatever they are."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from store.chunks import column, grid, grid_size, join, little, planes, split, unplanes
from store.samples import HOUR_MS, LOST, TICK_MS, Measure
from store.slabs import Poll, chunk_pings, chunk_ports, ping_chunk, port_chunk

NUMBERS = st.one_of(
    st.integers(0, 2**64 - 1), st.integers(0, 300), st.sampled_from([2**63, 2**64 - 1, 2**32])
)


@given(columns=st.integers(1, 6), numbers=st.lists(NUMBERS, min_size=1, max_size=60))
def test_each_column_of_a_grid_comes_back_as_it_went_in(columns: int, numbers: list[int]) -> None:
    rows = max(1, len(numbers) // columns)
    values = (numbers * columns)[: rows * columns]
    packed = b"before" + grid(little(array("Q", values)), columns)
    assert grid_size(packed, 6, rows, columns) == len(packed) - 6
    for c in range(columns):
        assert column(packed, 6, rows, columns, c) == values[c::columns]


@given(st.lists(NUMBERS, min_size=1, max_size=40))
def test_byte_planes_leave_out_only_what_is_zero(values: list[int]) -> None:
    lanes = little(array("Q", values))
    packed = planes(lanes)
    assert unplanes(packed, len(values)) == lanes
    assert len(packed) == len(values) * ((max(values).bit_length() + 7) // 8)


@given(st.lists(st.binary(max_size=300)))
def test_joined_parts_come_apart_again(parts: list[bytes]) -> None:
    assert split(join(*parts)) == parts


@given(
    st.lists(
        st.tuples(
            st.integers(0, HOUR_MS // TICK_MS - 1),
            st.one_of(st.just(LOST), st.integers(0, 3_000_000), st.just(LOST - 1)),
        ),
        min_size=1,
        max_size=80,
    )
)
def test_an_hour_of_pings_keeps_every_ping_and_every_loss(pings: list[tuple[int, int]]) -> None:
    lanes = little(array("Q", [tick << 32 | rtt for tick, rtt in pings]))
    packed = ping_chunk(lanes)
    assert packed.n == len(pings)
    assert chunk_pings(packed.mask, packed.data) == [
        (tick * TICK_MS, None if rtt == LOST else rtt) for tick, rtt in sorted(pings)
    ]


@st.composite
def hours(draw: st.DrawFn) -> tuple[list[Poll], dict[Measure, list[list[int | None]]]]:
    """Polls of one device, and what each of its interfaces then said of each measure."""
    columns, rows = draw(st.integers(1, 4)), draw(st.integers(1, 8))
    octets = st.lists(st.one_of(st.none(), NUMBERS), min_size=columns, max_size=columns)
    status = st.lists(st.integers(0, 7), min_size=columns, max_size=columns)
    table: dict[Measure, list[list[int | None]]] = {measure: [] for measure in Measure}
    polls = []
    for k in range(rows):
        ins, outs, admin, oper = draw(octets), draw(octets), draw(status), draw(status)
        polls.append(
            Poll(
                at_ms=k * 60_000,
                in_octets=little(array("Q", [v or 0 for v in ins])),
                out_octets=little(array("Q", [v or 0 for v in outs])),
                admin=bytes(admin),
                oper=bytes(oper),
                no_in=[c for c, v in enumerate(ins) if v is None],
                no_out=[c for c, v in enumerate(outs) if v is None],
            )
        )
        table[Measure.IN_OCTETS].append(ins)
        table[Measure.OUT_OCTETS].append(outs)
        table[Measure.ADMIN_STATUS].append([s or None for s in admin])
        table[Measure.OPER_STATUS].append([s or None for s in oper])
    return polls, table


@given(hours())
def test_an_hour_of_counters_keeps_resets_gaps_and_64_bits(
    hour: tuple[list[Poll], dict[Measure, list[list[int | None]]]],
) -> None:
    polls, table = hour
    packed = port_chunk(polls)
    assert packed.n == len(polls)
    for measure, rows in table.items():
        for c in range(len(polls[0].admin)):
            if measure is not Measure.RTT_US:
                found = chunk_ports(packed.mask, packed.data, c, measure)
                assert found == [(p.at_ms, row[c]) for p, row in zip(polls, rows, strict=True)]

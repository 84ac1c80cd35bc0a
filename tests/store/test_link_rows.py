"""Links are told with what both ends measure; what nobody measures is not known, never 0."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Engine, event

from inventory.model import Device, End, Network
from store.changes import Batch, DeviceSaid, Interface, Sensed, SensorFact, SensorsSaid
from store.lines import LightHistory, LinkRow
from store.reader import RecordReader
from store.sample_file import meta, open_keeping
from store.samples import DAY_MS, HOUR_MS, MINUTE_MS, Measure, Samples
from tests.store.keeping import NOW, bring, network, reading, writing
from tests.store.sampling import interfaces, keep, measure, poll, roster

NAMES = ("Gi0/1", "Gi0/2")
A, B = (
    End(site="p", device="p-r", interface="Gi0/1"),
    End(site="d", device="d-r", interface="Gi0/2"),
)
MBIT = 125_000  # octets
RX = SensorFact(
    place="1.1",
    kind="rx_power",
    name="rx",
    unit="dBm",
    scale=1000,
    how={},
    if_index=1,
    low_alarm=-28.0,
    low_warn=-25.0,
)
TX = replace(RX, place="2.1", kind="tx_power", name="tx")


def joined(a: End = A, b: End = B, capacity_mbps: float | None = 100.0, **told: object) -> Network:
    """The small network with L1 between these ends."""
    old = network()
    link = replace(old.links["L1"], a=a, b=b, capacity_mbps=capacity_mbps, **told)  # type: ignore[arg-type]
    return replace(old, links={"L1": link})


def stock(
    url: str, declared: Network, ports: Sequence[Interface] = interfaces(NAMES)
) -> tuple[int, int]:
    """p-r and d-r with these ports."""
    ids = bring(url, declared).ids
    devices = ids["device", "p-r"], ids["device", "d-r"]
    with writing(url) as writer:
        for device in devices:
            said = DeviceSaid(thing_id=device, status="ok", detail="", interfaces=tuple(ports))
            writer.submit(Batch(at_ms=NOW, said=(said,))).result(timeout=30)
    return devices


def sense(url: str, device: int, *said: tuple[SensorFact, int | None]) -> tuple[int, ...]:
    """These sensors, and no others, with what they say."""
    facts, values = zip(*said, strict=True) if said else ((), ())
    with writing(url) as writer:
        found = SensorsSaid(device_id=device, sensors=facts)
        ids = writer.submit(Batch(at_ms=NOW, sensors=(found,))).result(timeout=30).sensors[device]
        sensed = Sensed(device_id=device, at_ms=NOW + 5000, sensor_ids=ids, values=values)
        writer.submit(Batch(at_ms=NOW + 5000, sensed=(sensed,))).result(timeout=30)
    return ids


def ask(url: str) -> LinkRow:
    with reading(url) as reader:
        [row] = reader.links()
    return row


def carry(
    url: str,
    device: int,
    *polls: tuple[int, int | None, int | None],
    since: int = 0,
    narrow: Sequence[str] = (),
) -> None:
    """What the ports of a device counted: (ms after NOW, octets in, out)."""
    samples = Samples()
    samples.flush(NOW + since)
    of = roster(device, NAMES, narrow)
    for after, inward, outward in polls:
        said = {Measure.IN_OCTETS: inward, Measure.OUT_OCTETS: outward}
        poll(samples, NOW + after, of, dict.fromkeys(NAMES, said), uptime_s=9000 + after // 1000)
    keep(url, samples.flush(NOW + max(after for after, *_ in polls) + MINUTE_MS))


def used(url: str) -> tuple[float | None, float | None]:
    row = ask(url)
    return row.in_pct, row.out_pct


def test_a_link_without_devices_is_told_as_it_is_declared(url: str) -> None:
    told = joined(
        End(site="p"), End(site="d"), medium="fibre", length_km=18.4, circuit_id="DEMO-VNP-0041"
    )
    ids = bring(url, told).ids
    row = ask(url)
    assert (row.thing_id, row.key, row.provider) == (ids["link", "L1"], "L1", "VNPT")
    assert (row.a.site, row.b.site) == ("Trung tâm Dữ liệu tỉnh", "UBND thành phố Quảng Ngãi")
    assert (row.medium, row.role, row.length_km) == ("fibre", "primary", 18.4)
    assert (row.capacity_mbps, row.circuit_id) == (100.0, "DEMO-VNP-0041")
    assert (row.a.device, row.a.interface, row.a.oper_status, row.a.rx) == (None,) * 4
    assert (row.weaker, row.in_pct, row.out_pct) == (None, None, None)


def test_a_device_that_never_spoke_tells_nothing_of_its_end(url: str) -> None:
    bring(url, joined())
    row = ask(url)
    assert (row.a.device, row.a.interface) == ("p-r", "Gi0/1")
    assert (row.a.oper_status, row.a.rx, row.weaker) == (None, None, None)


def test_both_ends_tell_their_light_with_their_own_limits(url: str) -> None:
    near, far = stock(url, joined())
    [rx, _] = sense(url, near, (RX, -17_200), (TX, -3_100))
    sense(url, far, (replace(RX, if_index=2, low_alarm=-20.0, low_warn=None), -18_500))
    row = ask(url)
    assert (row.a.oper_status, row.a.admin_status) == ("up", "up")
    assert row.a.rx is not None
    assert (row.a.rx.sensor_id, row.a.rx.dbm, row.a.rx.at_ms) == (rx, -17.2, NOW + 5000)
    assert (row.a.rx.low_warn, row.a.rx.low_alarm, row.a.tx_dbm) == (-25.0, -28.0, -3.1)
    assert row.b.rx is not None
    assert (row.b.rx.low_warn, row.b.rx.margin_db, row.b.tx_dbm) == (None, 1.5, None)
    assert row.weaker == row.b.rx


def test_light_at_another_port_is_not_the_link_s(url: str) -> None:
    near, _ = stock(url, joined())
    sense(url, near, (replace(RX, if_index=2), -17_200), (replace(RX, if_index=None), -9_000))
    assert ask(url).a.rx is None


def test_no_light_and_never_read_are_two_things(url: str) -> None:
    near, far = stock(url, joined())
    sense(url, near, (RX, None))
    with writing(url) as writer:
        new = SensorsSaid(device_id=far, sensors=(replace(RX, if_index=2),))
        writer.submit(Batch(at_ms=NOW, sensors=(new,))).result(timeout=30)
    row = ask(url)
    assert row.a.rx is not None
    assert row.b.rx is not None
    assert (row.a.rx.dark, row.a.rx.dbm) == (True, None)
    assert (row.b.rx.dark, row.b.rx.dbm, row.b.rx.at_ms) == (False, None, None)
    assert row.weaker == row.a.rx


def test_a_sensor_that_is_gone_is_not_told_any_more(url: str) -> None:
    near, _ = stock(url, joined())
    sense(url, near, (RX, -17_200))
    assert ask(url).a.rx is not None
    sense(url, near)
    assert ask(url).a.rx is None


def test_of_several_lanes_the_weakest_counts(url: str) -> None:
    near, _ = stock(url, joined())
    lanes = [replace(RX, place=f"1.1#{n}") for n in range(4)]
    sense(url, near, *zip(lanes, (-4_000, -9_500, None, -6_000), strict=True))
    row = ask(url)
    assert row.a.rx is not None
    assert row.a.rx.dark
    sense(url, near, *zip(lanes, (-4_000, -9_500, -5_000, -6_000), strict=True))
    row = ask(url)
    assert row.a.rx is not None
    assert row.a.rx.dbm == -9.5


def test_without_limits_there_is_light_and_no_margin(url: str) -> None:
    near, _ = stock(url, joined())
    sense(url, near, (replace(RX, low_alarm=None, low_warn=None), -17_200))
    light = ask(url).weaker
    assert light is not None
    assert (light.dbm, light.margin_db) == (-17.2, None)


def test_an_interface_may_be_named_by_its_description_but_a_name_wins(url: str) -> None:
    one, two = interfaces(NAMES)
    ports = (replace(one, if_descr="GigabitEthernet0/1"), replace(two, if_descr="Gi0/1"))
    a, b = (replace(end, interface=name) for end, name in ((A, "Gi0/1"), (B, "GigabitEthernet0/1")))
    near, far = stock(url, joined(a, b), ports)
    for device in (near, far):
        sense(url, device, (RX, -10_000), (replace(RX, place="1.2", if_index=2), -20_000))
    row = ask(url)
    assert [end.rx.dbm for end in (row.a, row.b) if end.rx] == [-10.0, -10.0]


def test_a_retired_link_is_on_no_list(url: str) -> None:
    bring(url, joined())
    bring(url, replace(network(), links={}), NOW + 1, accept=True)
    with reading(url) as reader:
        assert reader.links() == ()


def test_utilisation_is_what_the_last_two_polls_counted_of_the_capacity(url: str) -> None:
    near, _ = stock(url, joined())
    carry(url, near, (0, 0, 0), (60_000, 60 * 20 * MBIT, 60 * 5 * MBIT))
    assert used(url) == pytest.approx((20.0, 5.0))


def test_what_only_end_b_counts_is_turned_round(url: str) -> None:
    _, far = stock(url, joined())
    carry(url, far, (0, 0, 0), (60_000, 60 * 20 * MBIT, 60 * 5 * MBIT))
    assert used(url) == pytest.approx((5.0, 20.0))


@pytest.mark.parametrize("capacity", [None, 0.0])
def test_without_a_capacity_there_is_no_part_of_it(url: str, capacity: float | None) -> None:
    near, _ = stock(url, joined(capacity_mbps=capacity))
    carry(url, near, (0, 0, 0), (60_000, MBIT, MBIT))
    assert used(url) == (None, None)


@pytest.mark.parametrize(
    "polls",
    [
        [(0, 5, 5)],  # one says nothing of a rate
        [(0, 500 * MBIT, 9 * MBIT), (60_000, 7, 7)],  # counters that went back
        [(0, None, None), (60_000, MBIT, MBIT)],
        [(0, MBIT, MBIT), (60_000, None, None)],
    ],
)
def test_what_was_not_counted_is_not_known(
    url: str, polls: Sequence[tuple[int, int | None, int | None]]
) -> None:
    near, _ = stock(url, joined())
    carry(url, near, *polls)
    assert used(url) == (None, None)


def test_a_32_bit_counter_may_pass_zero(url: str) -> None:
    near, _ = stock(url, joined())
    carry(url, near, (0, 2**32 - 60 * MBIT, 0), (60_000, 0, 0), narrow=NAMES)
    assert used(url) == pytest.approx((1.0, 0.0))


def test_a_reader_that_stays_open_follows_the_polls(url: str) -> None:
    near, far = stock(url, joined())
    with reading(url) as reader:
        assert _used(reader) == (None, None)
        carry(url, near, (0, 0, 0))
        assert _used(reader) == (None, None)
        carry(url, near, (60_000, 60 * MBIT, 0), since=60_000)
        assert _used(reader) == _used(reader) == pytest.approx((1.0, 0.0))
        carry(url, near, (120_000, 180 * MBIT, 0), since=120_000)
        assert _used(reader) == pytest.approx((2.0, 0.0))
        later = 20 * MINUTE_MS  # and this device was not heard of since
        carry(url, far, (later, 0, 0), since=later)
        assert _used(reader) == (None, None)


def _used(reader: RecordReader) -> tuple[float | None, float | None]:
    [row] = reader.links()
    return row.in_pct, row.out_pct


def test_samples_of_another_record_hide_no_link_and_are_told_once(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    near, _ = stock(url, joined())
    carry(url, near, (0, 0, 0), (60_000, MBIT, MBIT))
    _forge(url)
    with reading(url) as reader, caplog.at_level(logging.WARNING):
        assert [_used(reader), _used(reader)] == [(None, None)] * 2
    assert ["belong to record" in one.message for one in caplog.records] == [True]


def _forge(url: str) -> None:
    engine = open_keeping(url)
    with engine.begin() as conn:
        conn.execute(meta.update().values(record_id="another"))
    engine.dispose()


def test_a_hundred_links_are_asked_for_with_as_many_questions_as_one(url: str) -> None:
    asked = []
    for count in (1, 100):
        old = joined()
        keys = [f"d-r{n}" for n in range(count)]
        more = {key: Device(id=key, site="d", role="router", address="127.51.1.2") for key in keys}
        links = {
            f"L{n}": replace(old.links["L1"], id=f"L{n}", b=replace(B, device=key))
            for n, key in enumerate(keys, 1)
        }
        ids = bring(
            url, replace(old, devices={**old.devices, **more}, links=links), accept=True
        ).ids
        for key in ("p-r", *keys):
            device = ids["device", key]
            with writing(url) as writer:
                said = DeviceSaid(
                    thing_id=device, status="ok", detail="", interfaces=interfaces(NAMES)
                )
                writer.submit(Batch(at_ms=NOW, said=(said,))).result(timeout=30)
        sense(url, ids["device", "p-r"], (RX, -20_000))
        with reading(url) as reader:
            asked.append(_questions(reader._engine, reader.links))
            assert len(reader.links()) == count
    assert asked[1] == asked[0] < 12


def _questions(engine: Engine, ask: Callable[[], object]) -> int:
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    ask()
    return len([text for text in said if text.lstrip().upper().startswith("SELECT")])


def remember(url: str, sensor: int, device: int, *values: tuple[int, int | None]) -> int:
    """(hours before the end, kept value) → the end, when it is asked."""
    end = NOW - NOW % HOUR_MS
    samples = Samples()
    samples.flush(end - 40 * DAY_MS)
    for before, value in values:
        measure(samples, end - before * HOUR_MS, device, {sensor: value})
    keep(url, samples.flush(end))
    return end


def history(url: str, sensor: int, until_ms: int) -> LightHistory:
    with reading(url) as reader:
        return reader.light_history(sensor, until_ms)


def test_light_that_sinks_tells_how_fast_and_until_when(url: str) -> None:
    near, _ = stock(url, joined())
    [sensor] = sense(url, near, (RX, -25_000))
    steps = [(before, -24_000 - (240 - before) * 1000 // 168) for before in range(240, 0, -1)]
    end = remember(url, sensor, near, *steps)
    found = history(url, sensor, end)
    assert len(found.points) == 240
    assert found.points[0] == pytest.approx((end - 240 * HOUR_MS, -24.0))
    assert found.day_db == pytest.approx(-24 / 168, abs=0.01)
    assert found.week_db == pytest.approx(-1.0)
    assert found.slope_db_week == pytest.approx(-1.0, abs=0.01)
    assert found.alarm_ms == pytest.approx(end + (4 * 168 - 240) * HOUR_MS, abs=8 * HOUR_MS)


@pytest.mark.parametrize(
    ("low_alarm", "values"),
    [
        (-28.0, [(before, -20_000) for before in range(100, 0, -1)]),  # steady
        (-28.0, [(before, -20_000 - before) for before in range(100, 0, -1)]),  # it rises
        (-20.0, [(before, -22_000 + before) for before in range(100, 0, -1)]),  # below already
        (None, [(before, -22_000 + before) for before in range(100, 0, -1)]),
        (-28.0, [(before, -20_000 + before // 90) for before in range(100, 0, -1)]),  # in years
    ],
)
def test_what_does_not_sink_to_its_alarm_has_no_day_for_it(
    url: str, low_alarm: float | None, values: Sequence[tuple[int, int]]
) -> None:
    near, _ = stock(url, joined())
    [sensor] = sense(url, near, (replace(RX, low_alarm=low_alarm), -20_000))
    found = history(url, sensor, remember(url, sensor, near, *values))
    assert found.slope_db_week is not None
    assert found.alarm_ms is None


def test_a_day_makes_no_slope_and_hours_without_light_are_no_points(url: str) -> None:
    near, _ = stock(url, joined())
    [sensor] = sense(url, near, (RX, -20_000))
    end = remember(url, sensor, near, (40, None), (30, -20_000), (25, -20_500), (2, None))
    found = history(url, sensor, end)
    assert [dbm for _, dbm in found.points] == [-20.0, -20.5]
    assert (found.day_db, found.week_db, found.slope_db_week) == (None, None, None)


def test_only_the_last_thirty_days_count(url: str) -> None:
    near, _ = stock(url, joined())
    [sensor] = sense(url, near, (RX, -20_000))
    end = remember(url, sensor, near, (31 * 24, -9_000), (29 * 24, -20_000))
    assert [dbm for _, dbm in history(url, sensor, end).points] == [-20.0]


def test_what_was_never_sampled_has_no_past_and_an_unknown_sensor_is_an_error(url: str) -> None:
    near, _ = stock(url, joined())
    [sensor] = sense(url, near, (RX, -20_000))
    nothing = LightHistory(points=(), day_db=None, week_db=None, slope_db_week=None, alarm_ms=None)
    assert history(url, sensor, NOW) == nothing
    with pytest.raises(KeyError):
        history(url, sensor + 1, NOW)


def test_samples_of_another_record_tell_no_past(url: str) -> None:
    near, _ = stock(url, joined())
    [sensor] = sense(url, near, (RX, -20_000))
    end = remember(url, sensor, near, (2, -20_000))
    _forge(url)
    assert history(url, sensor, end).points == ()

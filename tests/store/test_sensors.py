"""What devices measure is kept dated with its limits; the sheet shows it with its last values."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from store.changes import Batch, DeviceSaid, Interface, Sensed, SensorFact, SensorsSaid
from store.engine import open_writer
from store.tables import sensor
from store.thing_sheet import Ups
from store.writer import Writer
from tests.store.keeping import NOW, bring, network, reading, writing

RX = SensorFact(
    place="1.3.6.1.4.1.2636.3.60.1.1.1.1.5.513",
    kind="rx_power",
    name="xe-0/0/0 rx",
    unit="dBm",
    scale=1000,
    how={"factor": 0.01},
    if_index=513,
    low_alarm=-13.09,
    low_warn=-12.09,
    high_warn=0.0,
    high_alarm=1.0,
)
TEMPERATURE = SensorFact(
    place="1.3.6.1.4.1.2636.3.1.13.1.7.1",
    kind="temperature",
    name="CPU",
    unit="°C",
    scale=100,
    how={},
)
PORT = Interface(
    if_index=513,
    if_name="xe-0/0/0",
    if_descr=None,
    if_alias=None,
    if_type=6,
    mac=None,
    speed_bps=None,
    admin_status=1,
    oper_status=1,
)


def ups(kind: str, unit: str = "") -> SensorFact:
    return SensorFact(place=f"1.3.{kind}", kind=kind, name=kind, unit=unit, scale=10, how={})


def find(writer: Writer, device_id: int, *facts: SensorFact, at_ms: int = NOW) -> tuple[int, ...]:
    said = SensorsSaid(device_id=device_id, sensors=facts)
    done = writer.submit(Batch(at_ms=at_ms, sensors=(said,))).result(timeout=30)
    return done.sensors[device_id]


def sense(writer: Writer, device_id: int, ids: tuple[int, ...], *values: int | None) -> None:
    sensed = Sensed(device_id=device_id, at_ms=NOW + 5000, sensor_ids=ids, values=values)
    writer.submit(Batch(at_ms=NOW + 5000, sensed=(sensed,))).result(timeout=30)


def test_a_sheet_shows_what_a_device_measures_with_its_own_limits(url: str) -> None:
    device = bring(url, network()).ids["device", "p-r"]
    with writing(url) as writer:
        port = DeviceSaid(thing_id=device, status="ok", detail="", interfaces=(PORT,))
        writer.submit(Batch(at_ms=NOW, said=(port,))).result(timeout=30)
        ids = find(writer, device, RX, TEMPERATURE)
        sense(writer, device, ids, -2300, None)
    with reading(url) as reader:
        rx, temperature = sorted(reader.sheet(device).sensors, key=lambda row: row.kind)
    assert (rx.value, rx.unit, rx.at_ms, rx.if_index) == (-2.3, "dBm", NOW + 5000, 513)
    assert (rx.low_alarm, rx.low_warn, rx.high_warn, rx.high_alarm) == (-13.09, -12.09, 0.0, 1.0)
    assert (temperature.value, temperature.if_index) == (None, None)


def test_what_was_found_again_keeps_its_id_and_what_is_gone_keeps_its_past(url: str) -> None:
    device = bring(url, network()).ids["device", "p-r"]
    with writing(url) as writer:
        first = find(writer, device, RX, TEMPERATURE)
        again = find(writer, device, TEMPERATURE, RX, at_ms=NOW + 1000)
        moved = find(writer, device, replace(RX, low_alarm=-20.0), at_ms=NOW + 2000)
    assert again == first[::-1]
    assert moved[0] not in first
    engine = open_writer(url)
    with engine.connect() as conn:
        rows = {row.id: row for row in conn.execute(select(sensor))}
    engine.dispose()
    assert [rows[i].valid_to for i in first] == [NOW + 2000, NOW + 2000]
    assert [rows[i].valid_to for i in moved] == [None]


def test_a_clock_that_is_set_back_loses_no_sensor(url: str) -> None:
    device = bring(url, network()).ids["device", "p-r"]
    with writing(url) as writer:
        first = find(writer, device, RX)
        moved = find(writer, device, replace(RX, low_alarm=-20.0), at_ms=NOW - 60_000)
    assert moved
    assert moved != first


def test_a_monitor_that_starts_anew_knows_what_was_found(url: str) -> None:
    device = bring(url, network()).ids["device", "p-r"]
    with writing(url) as writer:
        port = DeviceSaid(thing_id=device, status="ok", detail="", interfaces=(PORT,))
        writer.submit(Batch(at_ms=NOW, said=(port,))).result(timeout=30)
        ids = find(writer, device, RX, TEMPERATURE)
    with reading(url) as reader:
        assert reader.sensors() == {device: ((ids[0], RX), (ids[1], TEMPERATURE))}


def test_a_ups_tells_its_four_words(url: str) -> None:
    device = bring(url, network()).ids["device", "p-r"]
    facts = [ups("ups_status"), ups("ups_on_battery"), ups("ups_charge", "%")]
    with writing(url) as writer:
        ids = find(writer, device, *facts)
        sense(writer, device, ids, 20, 10, 995)
    with reading(url) as reader:
        told = reader.sheet(device).ups
        other = reader.sheet(bring(url, network()).ids["device", "d-r"]).ups
    wanted = Ups(status="normal", on_battery=True, battery_charge_pct=99.5, runtime_s=None)
    assert told == wanted
    assert other is None


def test_a_device_without_sensors_has_an_empty_list(url: str) -> None:
    device = bring(url, network()).ids["device", "p-r"]
    with writing(url) as writer:
        find(writer, device, RX)
        assert find(writer, device, at_ms=NOW + 1000) == ()
    with reading(url) as reader:
        assert reader.sheet(device).sensors == ()
        assert reader.sensors() == {}

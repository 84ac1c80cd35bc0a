"""Each source is read as its MIB says: scales, limits, ports; what is no measure is none."""

from __future__ import annotations

import pytest

from probes.sensors import entity_sensor, sources
from probes.sensors.keeping import fact_of, known, sensor_of
from probes.sensors.measure import Kind, Limits, Sensor, Turn
from tests.probes.sensors.mibs import entity, port_of, read, shown, values

ENT = "1.3.6.1.2.1.99.1.1.1"
CISCO = "1.3.6.1.4.1.9.9.91.1.1.1.1"
CISCO_LIMIT = "1.3.6.1.4.1.9.9.91.1.2.1.1"
HUAWEI = "1.3.6.1.4.1.2011.5.25.31.1.1.3.1"
UPS = "1.3.6.1.2.1.33.1"
Rows = dict[str, int | str | bytes | None]


def ent(index: int, kind: int, scale: int, precision: int, value: int, unit: str = "") -> Rows:
    cells: Rows = {"1": kind, "2": scale, "3": precision, "4": value, "5": 1, "6": unit}
    return {f"{ENT}.{column}.{index}": each for column, each in cells.items()}


@pytest.mark.parametrize(
    ("scale", "precision", "raw", "value"),
    [
        (9, 0, 31, 31.0),  # units
        (8, 0, 21_625, 21.625),  # milli
        (9, 1, 215, 21.5),  # one decimal place
        (8, 3, 21_500_000, 21.5),  # both
        (10, 0, 1, 1000.0),  # kilo
        (7, 0, 5_000_000, 5.0),  # micro
        (9, -2, 3, 300.0),
    ],
)
def test_scale_and_precision_are_those_of_rfc_3433(
    scale: int, precision: int, raw: int, value: float
) -> None:
    (sensor,) = read(ent(7, 4, scale, precision, raw) | entity(7, "V"))
    assert sensor.value == pytest.approx(value)
    assert (sensor.kind, sensor.unit) == (Kind.VOLTAGE, "V")


def test_watts_of_light_become_dbm_and_other_watts_stay() -> None:
    rows = ent(1, 6, 7, 0, 540) | entity(1, "DOM RX Power Sensor for Ethernet1")
    rows |= ent(2, 6, 8, 0, 1) | entity(2, "DOM TX Power Sensor for Ethernet1")
    rows |= ent(3, 6, 9, 0, 85) | entity(3, "Power for Power Supply 1")
    rows |= ent(4, 1, 9, 2, -345, "dBm") | entity(4, "xe0 receive")
    found = read(rows, {})
    assert shown(found) == {
        "DOM RX Power Sensor for Ethernet1": (-2.676, "dBm", None),
        "DOM TX Power Sensor for Ethernet1": (0.0, "dBm", None),
        "Power for Power Supply 1": (85.0, "W", None),
        "xe0 receive": (-3.45, "dBm", None),
    }
    assert [s.kind for s in found] == [Kind.RX_POWER, Kind.TX_POWER, Kind.POWER, Kind.RX_POWER]


def test_a_sensor_that_does_not_work_has_no_value_and_one_that_is_broken_is_none() -> None:
    rows = ent(1, 8, 9, 0, 40) | entity(1, "a") | ent(2, 8, 9, 0, 40) | entity(2, "b")
    rows |= {f"{ENT}.5.1": 2, f"{ENT}.5.2": 3}  # unavailable, nonoperational
    (sensor,) = read(rows)
    assert (sensor.name, sensor.value) == ("a", None)
    again = values(rows | {f"{ENT}.5.1": 1})
    assert sensor.read(again) == 40.0
    assert sensor.read(values(rows)) is None


def test_a_sensor_finds_its_port_by_containment_alias_or_name() -> None:
    rows = entity(10, "slot") | entity(11, "SFP", 10) | entity(12, "Gi0/2", 11) | port_of(12, 2)
    rows |= ent(13, 8, 9, 0, 30) | entity(13, "transceiver temperature", 11)
    rows |= ent(14, 8, 9, 0, 30) | entity(14, "board temperature", 10)
    rows |= ent(15, 8, 9, 0, 30) | entity(15, "port temperature", 12)
    rows |= ent(16, 1, 9, 0, -5, "dBm") | entity(16, "Gi0/1 receive power")
    assert {s.name: s.if_index for s in read(rows)} == {
        "transceiver temperature": 2,
        "board temperature": None,
        "port temperature": 2,
        "Gi0/1 receive power": 1,
    }


def test_containment_that_runs_in_a_circle_ends() -> None:
    rows = ent(1, 8, 9, 0, 30) | entity(1, "a", 2) | entity(2, "b", 1)
    assert read(rows)[0].if_index is None


def cisco(index: int, kind: int, scale: int, precision: int, raw: int) -> Rows:
    row = zip(range(1, 6), (kind, scale, precision, raw, 1), strict=True)
    return {f"{CISCO}.{column}.{index}": each for column, each in row}


def threshold(index: int, number: int, severity: int, relation: int, limit: int) -> Rows:
    row = zip((2, 3, 4), (severity, relation, limit), strict=True)
    return {f"{CISCO_LIMIT}.{column}.{index}.{number}": each for column, each in row}


@pytest.mark.parametrize("alarm", [20, 30], ids=["major", "critical"])
def test_thresholds_of_cisco_are_alarms_and_warnings_by_their_severity(alarm: int) -> None:
    rows = cisco(5, 14, 9, 1, -91) | entity(5, "Gi0/1 Receive Power Sensor")
    rows |= threshold(5, 1, alarm, 4, 10) | threshold(5, 2, 10, 4, -30)
    rows |= threshold(5, 3, 10, 2, -190) | threshold(5, 4, alarm, 2, -230)
    (sensor,) = read(rows)
    assert sensor.value == pytest.approx(-9.1)
    assert sensor.limits == Limits(-23.0, -19.0, -3.0, 1.0)
    assert (sensor.kind, sensor.if_index) == (Kind.RX_POWER, 1)


def test_no_light_is_no_measure() -> None:
    rows = cisco(5, 14, 8, 0, 0) | entity(5, "Gi0/1 Receive Power")
    rows |= cisco(6, 14, 9, 0, -40) | entity(6, "Gi0/2 Receive Power")
    assert [s.value for s in read(rows)] == [None, None]


def test_where_two_tables_tell_of_one_sensor_the_one_with_limits_counts() -> None:
    rows = cisco(5, 8, 9, 0, 40) | ent(5, 8, 9, 0, 40) | entity(5, "CPU")
    rows |= threshold(5, 1, 20, 4, 90)
    (sensor,) = read(rows)
    assert sensor.limits.high_alarm == 90.0


def test_without_its_vendors_file_a_device_still_tells_what_standard_mibs_hold() -> None:
    rows = cisco(5, 8, 9, 0, 40) | ent(5, 8, 9, 0, 40) | entity(5, "CPU")
    told = values(rows)
    standard = [s for s in sources.present(told) if s.name == "entity_sensor"]
    (sensor,) = sources.read(standard, told, {})
    assert (sensor.value, sensor.limits) == (40.0, Limits())


def huawei(index: int, rx: int, tx: int, lane: str = "") -> Rows:
    rows: Rows = {f"{HUAWEI}.{c}.{index}": v for c, v in ((5, 40), (7, 5000), (8, rx), (9, tx))}
    return rows | ({f"{HUAWEI}.32.{index}": lane} if lane else {}) | entity(index, "Gi0/1")


@pytest.mark.parametrize(
    ("rows", "dbm"),
    [
        (huawei(9, 536, 591), -2.708),  # µW
        (huawei(9, -849, -575), -8.49),  # 0.01 dBm
        (huawei(9, 120, -575), 1.2),  # its fellow tells how this device speaks
        (huawei(9, 120, 120, "118.00"), 1.2),  # and so does a lane
        (huawei(9, 536, 591, "-270.19"), -2.708),
        (huawei(9, 0, -575), None),
        (huawei(9, -1, -575), None),
    ],
)
def test_huawei_speaks_in_microwatts_or_hundredths_of_dbm(rows: Rows, dbm: float | None) -> None:
    rx = next(s for s in read(rows) if s.kind is Kind.RX_POWER)
    assert rx.value == (None if dbm is None else pytest.approx(dbm, abs=0.001))
    assert rx.if_index == 1


def test_lanes_of_a_huawei_module_are_read_each_by_itself() -> None:
    rows = huawei(9, 0, 0, "-216.46,-221.11,,-300.00")
    lanes = [s for s in read(rows) if s.kind is Kind.RX_POWER]
    told = [None if s.value is None else round(s.value, 4) for s in lanes]
    assert told == [-2.1646, -2.2111, None, -3.0]
    assert [s.name for s in lanes] == [f"Gi0/1 rx lane {n}" for n in (1, 2, 3, 4)]


def test_an_empty_cage_has_no_sensors() -> None:
    rows: Rows = {f"{HUAWEI}.{c}.9": v for c, v in ((5, 0), (6, 0), (7, 0), (8, -1), (9, -1))}
    assert read(rows | entity(9, "Gi0/1")) == []
    mikrotik = "1.3.6.1.4.1.14988.1.1.19.1.1"
    assert read({f"{mikrotik}.{column}.1": 0 for column in (6, 7, 8, 9, 10)}) == []


def test_junipers_limits_may_be_0_dbm_between_others_that_rise() -> None:
    dom = "1.3.6.1.4.1.2636.3.60.1.1.1.1"
    cells = {5: -230, 9: 100, 10: -1309, 11: 0, 12: -1209, 7: -188}
    rx, _ = read({f"{dom}.{column}.1": raw for column, raw in cells.items()})
    fact = fact_of(rx)
    assert (fact.name, rx.value) == ("Gi0/1 rx", -2.3)
    four = (fact.low_alarm, fact.low_warn, fact.high_warn, fact.high_alarm)
    assert four == (-13.09, -12.09, 0.0, 1.0)


def test_limits_in_tenths_of_microwatts_become_dbm() -> None:
    entry = "1.3.6.1.4.1.25506.2.70.1.1.1"
    cells = {12: -1045, 9: -540, 34: 12589, 35: 40, 36: 10000, 37: 100}
    found = read({f"{entry}.{column}.1": raw for column, raw in cells.items()})
    rx = next(s for s in found if s.kind is Kind.RX_POWER)
    assert rx.value == pytest.approx(-10.45)
    four = (rx.limits.low_alarm, rx.limits.low_warn, rx.limits.high_warn, rx.limits.high_alarm)
    assert four == pytest.approx((-23.979, -20.0, 0.0, 1.0), abs=0.001)


def test_text_with_a_unit_is_read() -> None:
    foundry = "1.3.6.1.4.1.1991.1.1.3.3.6.1"
    rows: Rows = {f"{foundry}.3.1": "-002.4157 dBm: Normal", f"{foundry}.2.1": "N/A"}
    assert shown(read(rows)) == {"Gi0/1 rx": (-2.416, "dBm", 1)}


def test_limits_that_are_all_zero_or_in_no_order_are_none() -> None:
    assert Limits(0.0, 0.0, 0.0, 0.0).sound() == Limits()
    assert Limits(-20.0, -18.0, 0.0, 0.0).sound() == Limits(-20.0, -18.0)
    assert Limits(5.0, -18.0, 3.0, 1.0).sound() == Limits()


def test_a_ups_of_rfc_1628_tells_minutes_and_where_it_feeds_from() -> None:
    rows: Rows = {f"{UPS}.2.1.0": 3, f"{UPS}.2.3.0": 22, f"{UPS}.2.4.0": 40, f"{UPS}.4.1.0": 5}
    found = {s.kind: s.value for s in read(rows)}
    assert found == {
        Kind.UPS_STATUS: 3.0,
        Kind.UPS_RUNTIME: 1320.0,
        Kind.UPS_CHARGE: 40.0,
        Kind.UPS_ON_BATTERY: 1.0,
    }


def test_an_agent_that_forgot_the_last_zero_is_read_too() -> None:
    rows: Rows = {f"{UPS}.2.1": 2, f"{UPS}.4.1": 3}
    assert {s.kind for s in read(rows)} >= {Kind.UPS_ON_BATTERY}


def test_the_standard_words_of_a_ups_come_first_and_its_own_mib_fills_the_gaps() -> None:
    mge = "1.3.6.1.4.1.705.1"
    rows: Rows = {f"{UPS}.2.1.0": 2, f"{UPS}.2.3.0": -1, f"{UPS}.4.1.0": 3}
    rows |= {f"{mge}.5.1.0": 2594, f"{mge}.5.2.0": 100, f"{mge}.7.3.0": 1}
    found = {s.kind: s.value for s in read(rows)}
    assert found[Kind.UPS_ON_BATTERY] == 0.0
    assert found[Kind.UPS_RUNTIME] == 2594.0
    assert found[Kind.UPS_CHARGE] == 100.0


@pytest.mark.parametrize(
    ("rows", "on_battery", "charge", "runtime_s"),
    [
        (
            {"318.1.1.1.4.1.1.0": 3, "318.1.1.1.2.3.1.0": 985, "318.1.1.1.2.2.3.0": 360_000},
            1.0,
            98.5,
            3600.0,
        ),
        ({"3808.1.1.1.4.1.1.0": 2, "3808.1.1.1.2.2.1.0": 77}, 0.0, 77.0, None),
        ({"534.1.4.5.0": 5, "534.1.2.4.0": 50, "534.1.2.1.0": 600}, 1.0, 50.0, 600.0),
        ({"935.1.1.1.4.1.1.0": 3, "935.1.1.1.2.2.1.0": 80}, 1.0, 80.0, None),
        ({"2254.2.4.7.2.0": 0, "2254.2.4.5.1.0": 1, "2254.2.4.7.5.0": 10}, 1.0, None, 600.0),
    ],
    ids=["apc", "cyberpower", "eaton", "phoenixtec", "delta"],
)
def test_other_makes_of_ups_are_read(
    rows: Rows, on_battery: float, charge: float | None, runtime_s: float | None
) -> None:
    found = {s.kind: s.value for s in read({f"1.3.6.1.4.1.{k}": v for k, v in rows.items()})}
    kinds = (Kind.UPS_ON_BATTERY, Kind.UPS_CHARGE, Kind.UPS_RUNTIME)
    told = [found.get(kind) for kind in kinds]
    assert told == [on_battery, charge, runtime_s]


def test_a_sensor_comes_back_from_the_record_as_it_went() -> None:
    rows = huawei(9, 0, 0, "-216.46,-221.11") | cisco(5, 8, 9, 0, 40) | {f"{UPS}.4.1.0": 3}
    rows |= {f"{UPS}.2.1.0": 2}
    for sensor in read(rows):
        fact = fact_of(sensor)
        again = sensor_of(fact)
        assert isinstance(again, Sensor)
        assert (again.oid, again.turn, again.guard, again.kind) == (
            sensor.oid,
            sensor.turn,
            sensor.guard,
            sensor.kind,
        )
        assert fact_of(again) == fact
        assert again.read(values(rows)) == sensor.value


def test_what_this_version_does_not_understand_is_looked_for_anew() -> None:
    (sensor,) = read(cisco(5, 8, 9, 0, 40))
    fact = fact_of(sensor)
    assert known([(3, fact)]) is not None
    strange = type(fact)(**{**{n: getattr(fact, n) for n in fact.__slots__}, "kind": "odour"})
    assert known([(3, strange)]) is None


@pytest.mark.parametrize(
    "raw", [0x7FFFFFFF, -0x80000000, 0xFFFFFFFF, None, b"", b"n/a", b"\xff\x00"]
)
def test_what_stands_for_nothing_is_nothing(raw: int | bytes | None) -> None:
    assert all(Turn().value(kind, raw) is None for kind in Kind)


def test_every_source_is_asked_by_a_root_that_it_also_reads() -> None:
    assert all(source.root in source.columns for source in sources.SOURCES)
    names = [source.name for source in sources.SOURCES]
    assert len(set(names)) == len(names)
    assert entity_sensor.SOURCE in sources.SOURCES

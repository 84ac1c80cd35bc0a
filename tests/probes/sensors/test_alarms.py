"""A device's own limits: raised and cleared at different levels, only of ports that are used."""

from __future__ import annotations

import pytest

from probes.alarms import HEAT, LIGHT, Alarms, Passed, Port
from probes.sensors.measure import Kind, Limits, Sensor, Turn

USED = {7: Port(admin_up=True, oper_up=True, link=None)}
LINKED = {7: Port(admin_up=True, oper_up=True, link=42)}


def sensor(kind: Kind = Kind.RX_POWER, *, port: int | None = 7, **limits: float) -> Sensor:
    return Sensor(
        kind=kind,
        name="x",
        oid=b"\x2b",
        turn=Turn(),
        value=None,
        if_index=port,
        limits=Limits(**limits),
    )


def rounds(alarms: Alarms, one: Sensor, ports: dict[int, Port], *values: float | None) -> list[str]:
    """What each reading changed: the side with + or -."""

    def said(found: list[Passed]) -> str:
        return ",".join(f"{'+' if passed.on else '-'}{passed.side}" for passed in found)

    return [said(alarms.judge([(1, one, value)], ports)) for value in values]


def test_light_is_ill_after_three_readings_and_well_when_it_is_back_by_a_margin() -> None:
    alarms, rx = Alarms(), sensor(low_alarm=-20.0)
    assert rounds(alarms, rx, LINKED, -21, -21, -19.9, -21, -21, -21) == [""] * 5 + ["+low_alarm"]
    assert alarms.health().ails == {42: {LIGHT}}
    assert rounds(alarms, rx, LINKED, -19.8, -19.8, -19.5, -19.8, -19.5) == [""] * 5
    assert rounds(alarms, rx, LINKED, -19.4) == ["-low_alarm"]
    assert alarms.health().ails == {}


def test_a_warning_is_no_illness() -> None:
    alarms = Alarms()
    assert rounds(alarms, sensor(low_alarm=-20.0, low_warn=-18.0), LINKED, -19, -19, -19)[-1]
    assert alarms.health().ails == {}
    assert alarms.health().warned == {42}


@pytest.mark.parametrize(
    "port",
    [
        Port(admin_up=False, oper_up=False, link=None),
        Port(admin_up=False, oper_up=False, link=42),
        Port(admin_up=True, oper_up=False, link=None),
    ],
    ids=["shut", "shut at a link", "empty"],
)
def test_nothing_is_said_of_the_light_of_a_port_that_nobody_uses(port: Port) -> None:
    alarms = Alarms()
    assert rounds(alarms, sensor(low_alarm=-20.0), {7: port}, -35, -35, -35, -35) == [""] * 4
    assert alarms.health().ails == {}


def test_a_dark_port_at_the_end_of_a_link_is_judged() -> None:
    alarms = Alarms()
    ports = {7: Port(admin_up=True, oper_up=False, link=42)}
    assert rounds(alarms, sensor(low_alarm=-20.0), ports, -35, -35, -35)[-1] == "+low_alarm"


def test_a_port_that_is_shut_takes_its_illness_with_it() -> None:
    alarms, rx = Alarms(), sensor(low_alarm=-20.0)
    rounds(alarms, rx, USED, -21, -21, -21)
    assert alarms.health().ails == {None: {LIGHT}}
    rounds(alarms, rx, {7: Port(admin_up=False, oper_up=False, link=None)}, -21)
    assert alarms.health().ails == {}


def test_light_whose_port_is_not_known_is_not_judged() -> None:
    alarms = Alarms()
    rounds(alarms, sensor(port=None, low_alarm=-20.0), USED, -30, -30, -30)
    rounds(alarms, sensor(port=9, low_alarm=-20.0), USED, -30, -30, -30)
    assert alarms.health().ails == {}


def test_a_limit_of_0_means_that_none_is_set() -> None:
    alarms = Alarms()
    assert (
        rounds(alarms, sensor(high_alarm=0.0, low_alarm=0.0), USED, 2, 2, 2, -9, -9, -9) == [""] * 6
    )


def test_no_light_is_no_reading() -> None:
    alarms, rx = Alarms(), sensor(low_alarm=-20.0)
    assert rounds(alarms, rx, USED, -21, None, -21, None, -21)[-1] == "+low_alarm"
    rounds(alarms, rx, USED, None, None, None)
    assert alarms.health().ails == {None: {LIGHT}}


def test_heat_ails_the_device_and_cold_nobody() -> None:
    alarms, hot = Alarms(), sensor(Kind.TEMPERATURE, port=None, low_alarm=5.0, high_alarm=70.0)
    assert rounds(alarms, hot, {}, 1, 1, 1, 71, 71, 71)[-1] == "+high_alarm"
    assert alarms.health().ails == {None: {HEAT}}
    assert rounds(alarms, hot, {}, 68, 68, 67, 67)[-1] == "-high_alarm"


def test_a_hot_transceiver_ails_the_device_and_not_its_link() -> None:
    alarms = Alarms()
    rounds(alarms, sensor(Kind.TEMPERATURE, high_alarm=70.0), LINKED, 75, 75, 75)
    assert alarms.health().ails == {None: {HEAT}}


def test_what_the_record_says_is_ill_needs_no_second_confirmation() -> None:
    assert rounds(Alarms(restored=True), sensor(low_alarm=-20.0), USED, -21) == ["+low_alarm"]


def test_a_ups_says_by_itself_when_it_feeds_from_its_battery() -> None:
    alarms = Alarms()
    assert alarms.health().on_battery is None
    on, status = sensor(Kind.UPS_ON_BATTERY, port=None), sensor(Kind.UPS_STATUS, port=None)
    alarms.judge([(1, on, 1.0), (2, status, 2.0)], {})
    assert alarms.health()[2:] == (True, False)
    alarms.judge([(1, on, None), (2, status, 3.0)], {})
    assert alarms.health()[2:] == (True, True)
    alarms.judge([(1, on, 0.0), (2, status, 2.0)], {})
    assert alarms.health()[2:] == (False, False)


def test_sensors_that_are_gone_ail_nobody() -> None:
    alarms = Alarms()
    rounds(alarms, sensor(low_alarm=-20.0), USED, -21, -21, -21)
    alarms.keep([2])
    assert alarms.health().ails == {}

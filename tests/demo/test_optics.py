"""What the simulated transceivers tell: as a Juniper does, fading before a break, never a fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from demo import optics
from demo.agents import Agents
from demo.process import sample
from demo.world import Conditions
from inventory.model import Network
from inventory.sites_toml import read
from probes.sensors import juniper, sources
from probes.sensors.measure import Kind
from tests.demo.small import province
from wire import ber

RX = (*optics.TABLE, optics.RECEIVED_COLUMN)
QUIET = Conditions()


def lit() -> Network:
    """The small province with a Juniper in its centre and fibre to the districts."""
    small = province()
    devices = dict(small.devices)
    devices["c-gw"] = replace(devices["c-gw"], vendor="Juniper")
    links = {key: replace(link, medium="fibre") for key, link in small.links.items()}
    return replace(small, devices=devices, links=links)


NETWORK = lit()
AGENTS = Agents(NETWORK)


def told(device: str, at_s: float = 10.0, now: Conditions = QUIET) -> dict[str, int]:
    """Link → what its port at this device receives."""
    ports = AGENTS.moment(device, at_s, now).ports
    names = [(port, ber.encode_arcs((*RX, port.if_index))) for port in ports if port.light]
    if not names:
        return {}
    request = ber.request(ber.GET, b"public", [name for _, name in names])
    answer = AGENTS.answer(device, request.message(1), at_s, now)
    assert answer is not None
    values = [value for _, _, value in ber.varbinds(answer, ber.parse_head(answer))]
    return {port.link or "": value for (port, _), value in zip(names, values, strict=True)}  # type: ignore[misc]


def steady() -> list[str]:
    """Links whose light does not age."""
    return [port.link or "" for port in AGENTS.moment("c-gw", 0, QUIET).ports if port.light][1:]


def walked(device: str) -> Mapping[bytes, ber.Value]:
    found: dict[bytes, ber.Value] = {}
    root = at = ber.oid("1.3.6.1.4.1.2636")
    while True:
        request = ber.request(ber.GETBULK, b"public", [at], max_repetitions=50)
        answer = AGENTS.answer(device, request.message(1), 10.0, QUIET)
        assert answer is not None
        for name, tag, value in ber.varbinds(answer, ber.parse_head(answer)):
            if tag == ber.END_OF_MIB_VIEW or not name.startswith(root):
                return found
            found[name] = value
            at = name


def test_a_juniper_tells_the_light_of_its_fibres_and_others_do_not() -> None:
    ends = {key for key, link in NETWORK.links.items() if "c-gw" in (link.a.device, link.b.device)}
    assert ends
    assert told("c-gw").keys() == ends
    assert told("d1-gw") == {}
    assert walked("d1-gw") == {}


def test_the_monitor_reads_it_with_its_limits_at_the_port_of_the_link() -> None:
    found = sources.read([juniper.TRANSCEIVERS], walked("c-gw"), {})
    received = [sensor for sensor in found if sensor.kind is Kind.RX_POWER]
    assert {sensor.if_index for sensor in received} == {
        port.if_index for port in AGENTS.moment("c-gw", 0, QUIET).ports if port.light
    }
    for sensor in received:
        assert sensor.limits.low_alarm == -28.0
        assert sensor.limits.low_warn == -25.0
        assert sensor.value is not None
        assert -13.1 <= sensor.value <= -7.0


def test_light_is_gone_while_its_fibre_is_cut_and_back_when_it_is_mended() -> None:
    link, *_ = steady()
    before = told("c-gw")[link]
    assert told("c-gw", 20.0, Conditions(cut={link: 15.0}))[link] == optics.DARK
    assert told("c-gw", 30.0)[link] == before


def test_light_fades_before_its_fibre_breaks_and_not_on_others() -> None:
    breaking, other, *_ = steady()
    now = Conditions(breaks={breaking: 100.0})
    usual, course = told("c-gw")[breaking], [told("c-gw", at, now) for at in range(60, 101, 5)]
    levels = [each[breaking] for each in course]
    assert levels[0] == usual
    assert levels == sorted(levels, reverse=True)
    assert usual - levels[-1] == optics.FADE
    assert len({each[other] for each in course}) == 1
    assert told("c-gw", 101.0, now)[breaking] == usual  # it broke, and was mended at once


def test_light_of_one_link_falls_slowly_and_no_further_than_it_may() -> None:
    courses = [told("c-gw", at) for at in (0, 60, 120, 3_600, 86_400)]
    falling = [key for key in courses[0] if courses[1][key] < courses[0][key]]
    assert len(falling) == 1
    levels = [course[falling[0]] for course in courses]
    assert levels[0] - levels[1] == pytest.approx(40, abs=1)
    assert levels[0] - levels[-1] == optics.AGES_BY
    assert levels[-1] == levels[-2]


def test_no_light_is_a_fault_of_its_own() -> None:
    """The truth file tells of none: at its worst the light stays above the warning."""
    links = dict.fromkeys(NETWORK.links, 1_000_000.0)
    worst = told("c-gw", 999_999.0, Conditions(breaks=links))
    warning = optics.LIMITS[12]
    assert all(level > warning for level in worst.values())


def test_many_fibres_of_the_sample_province_tell_their_light() -> None:
    network = read(sample()).network
    assert network is not None
    agents = Agents(network)
    fibres = {key for key, link in network.links.items() if link.medium == "fibre"}
    told = {
        port.link
        for device in network.devices
        for port in agents.moment(device, 0.0, QUIET).ports
        if port.light
    }
    assert told <= fibres
    assert len(told) > len(fibres) / 3

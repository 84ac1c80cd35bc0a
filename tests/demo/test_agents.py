"""What the simulated agents answer, byte for byte, and what they keep silent about."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.agents import Agents
from demo.objects import octets
from demo.ports import ports
from demo.world import Change, Conditions, conditions_at
from tests.demo.small import province
from wire import ber

AGENTS = Agents(province())
QUIET = Conditions()
IF_ADMIN_STATUS, IF_OPER_STATUS = "1.3.6.1.2.1.2.2.1.7", "1.3.6.1.2.1.2.2.1.8"
SYS_NAME, SYS_UPTIME = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.3.0"


def ask(
    request: ber.Template, device: str = "d1-gw", at_s: float = 10.0, now: Conditions = QUIET
) -> list[ber.VarBind]:
    data = AGENTS.answer(device, request.message(0x0102_0304), at_s, now)
    assert data is not None
    head = ber.parse_head(data)
    assert (head.request_id, head.pdu, head.error_status) == (0x0102_0304, ber.RESPONSE, 0)
    return ber.varbinds(data, head)


def get(*names: str) -> ber.Template:
    return ber.request(ber.GET, b"public", map(ber.oid, names))


def walk(root: str, *, repetitions: int = 10) -> list[ber.VarBind]:
    """Everything below `root`, as a poller walks it."""
    found: list[ber.VarBind] = []
    prefix, at = ber.oid(root), ber.oid(root)
    while True:
        request = ber.request(ber.GETBULK, b"public", [at], max_repetitions=repetitions)
        for varbind in ask(request):
            if varbind[1] == ber.END_OF_MIB_VIEW or not varbind[0].startswith(prefix):
                return found
            found.append(varbind)
        at = found[-1][0]


def test_the_system_group_names_the_device_and_its_clock_runs() -> None:
    (name, uptime) = ask(get(SYS_NAME, SYS_UPTIME))
    assert name[1:] == (ber.OCTET_STRING, b"d1-gw")
    (later,) = ask(get(SYS_UPTIME), at_s=15.0)
    assert isinstance(uptime[2], int)
    assert later[1:] == (ber.TIME_TICKS, uptime[2] + 500)


def test_uptime_and_counters_begin_anew_when_power_comes_back() -> None:
    changes = [Change(20, "dark", "d1", 1), Change(30, "dark", "d1", 0)]
    now = conditions_at(changes, 40)
    ((_, _, ticks),) = ask(get(SYS_UPTIME), at_s=40.0, now=now)
    assert ticks == 1000
    moment = AGENTS.moment("d1-gw", 40.0, now)
    assert octets(moment, moment.ports[0], 0) < 10 * 100e6 / 8


@pytest.mark.parametrize("repetitions", [1, 3, 10, 1000])
def test_a_walk_by_getbulk_finds_the_same_as_one_by_getnext(repetitions: int) -> None:
    found = walk("1.3.6.1", repetitions=repetitions)
    oids = [ber.arcs(encoded) for encoded, _, _ in found]
    assert oids == sorted(set(oids))
    at, stepped = ber.oid("1.3.6.1"), []
    while True:
        (varbind,) = ask(ber.request(ber.GETNEXT, b"public", [at]))
        if varbind[1] == ber.END_OF_MIB_VIEW:
            break
        stepped.append(varbind)
        at = varbind[0]
    assert found == stepped


def test_the_interfaces_are_those_that_links_name_and_a_few_more() -> None:
    names = [value for _, _, value in walk("1.3.6.1.2.1.31.1.1.1.1")]
    assert {b"wan1", b"wan2", b"to-L-d1-1", b"lan1"} <= set(names)
    assert len(names) == len(ports(province())["d1-gw"])
    ((_, _, number),) = ask(get("1.3.6.1.2.1.2.1.0"))
    assert number == len(names)


def test_a_cut_link_is_oper_down_at_both_ends_and_nowhere_else() -> None:
    now = conditions_at([Change(5, "cut", "L-d1-2", 1)], 10)
    by_device = ports(province())
    for device, built in by_device.items():
        if not device.endswith("-gw"):
            continue
        for port in built:
            ((_, _, oper),) = ask(get(f"{IF_OPER_STATUS}.{port.if_index}"), device, 10.0, now)
            ((_, _, admin),) = ask(get(f"{IF_ADMIN_STATUS}.{port.if_index}"), device, 10.0, now)
            assert (oper, admin) == (
                (2, 1) if port.link == "L-d1-2" else (port.oper_status, port.admin_status)
            )


def test_counters_of_a_cut_port_stand_still_and_others_go_on() -> None:
    now = conditions_at([Change(5, "cut", "L-d1", 1)], 10)
    built = {port.if_name: port for port in ports(province())["d1-gw"]}

    def count(name: str, at_s: float) -> int:
        return octets(AGENTS.moment("d1-gw", at_s, now), built[name], 0)

    assert count("wan1", 10) == count("wan1", 20)
    assert count("wan2", 20) > count("wan2", 10)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.sampled_from([0, 1]))
def test_counters_never_fall_and_never_outrun_the_line(one: float, other: float, way: int) -> None:
    early, late = sorted((one, other))
    port = ports(province())["d1-gw"][0]
    before, after = (octets(AGENTS.moment("d1-gw", at, QUIET), port, way) for at in (early, late))
    assert 0 <= after - before <= (late - early) * port.speed_bps / 8 + 1


def test_an_answer_to_a_greedy_getbulk_stays_small_enough_for_a_datagram() -> None:
    request = ber.request(
        ber.GETBULK,
        b"public",
        [ber.oid("1.3.6.1.2.1.2.2.1.1")] * 60,
        max_repetitions=2_000_000_000,
    )
    data = AGENTS.answer("c-gw", request.message(0x0100_0000), 1.0, QUIET)
    assert data is not None
    assert len(data) < 16_000


def test_unknown_objects_are_no_such_instance_and_the_end_is_the_end() -> None:
    ((_, tag, _),) = ask(get("1.3.6.1.2.1.1.5.7"))
    assert tag == ber.NO_SUCH_INSTANCE
    ((_, tag, _),) = ask(ber.request(ber.GETNEXT, b"public", [ber.oid("1.3.6.1.7")]))
    assert tag == ber.END_OF_MIB_VIEW


def test_version_1_has_no_64_bit_counters_and_names_the_varbind_that_is_not_there() -> None:
    hc_in, name = ber.oid("1.3.6.1.2.1.31.1.1.1.6.1"), ber.oid(SYS_NAME)
    for asked, missing in (([name], 0), ([name, hc_in], 2)):
        request = ber.request(ber.GET, b"public", asked, version=ber.V1).message(0x0100_0000)
        data = AGENTS.answer("d1-gw", request, 1.0, QUIET)
        assert data is not None
        head = ber.parse_head(data)
        assert (head.version, head.error_index) == (ber.V1, missing)
        assert head.error_status == (ber.NO_SUCH_NAME if missing else ber.NO_ERROR)
        assert [encoded for encoded, _, _ in ber.varbinds(data, head)] == asked
    stepped = ber.request(
        ber.GETNEXT, b"public", [ber.oid("1.3.6.1.2.1.31.1.1.1.6")], version=ber.V1
    )
    data = AGENTS.answer("d1-gw", stepped.message(0x0100_0000), 1.0, QUIET)
    assert data is not None
    ((encoded, _, _),) = ber.varbinds(data, ber.parse_head(data))
    assert ber.dotted(encoded) == "1.3.6.1.2.1.31.1.1.1.15.1"


def test_so_many_interfaces_as_were_ordered_has_each_device() -> None:
    agents = Agents(province(), least=24)
    assert {len(agents.moment(d, 1.0, QUIET).ports) for d in ("d1-gw", "c-gw")} == {24}


def test_a_wrong_community_and_devices_without_snmp_get_silence() -> None:
    wrong = ber.request(ber.GET, b"secret", [ber.oid(SYS_NAME)]).message(0x0100_0000)
    right = get(SYS_NAME).message(0x0100_0000)
    assert AGENTS.answer("d1-gw", wrong, 1.0, QUIET) is None
    assert AGENTS.answer("d1-sw", right, 1.0, QUIET) is None
    assert AGENTS.answer("d1-gw", right, 1.0, QUIET) is not None


@given(st.binary(max_size=80), st.integers(0, 60))
def test_no_datagram_can_break_an_agent(noise: bytes, keep: int) -> None:
    good = get(SYS_NAME).message(0x0100_0000)
    AGENTS.answer("d1-gw", noise, 1.0, QUIET)
    AGENTS.answer("d1-gw", good[:keep] + noise, 1.0, QUIET)


def test_what_the_declaration_says_of_maker_and_model_is_what_the_agent_says() -> None:
    network = province()
    juniper = replace(network.devices["d1-gw"], vendor="Juniper", model="MX204")
    agents = Agents(replace(network, devices={**network.devices, "d1-gw": juniper}))
    request = get("1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.2.0").message(0x0100_0000)
    data = agents.answer("d1-gw", request, 1.0, QUIET)
    assert data is not None
    (descr, object_id) = ber.varbinds(data, ber.parse_head(data))
    assert descr[2] == b"Juniper MX204 (simulated)"
    assert isinstance(object_id[2], bytes)
    assert ber.dotted(object_id[2]) == "1.3.6.1.4.1.2636.1.51"

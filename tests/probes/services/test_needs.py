"""Services that cannot work without others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from probes.services.results import Fault
from store.states import State
from tests.probes.play import province
from tests.probes.services.office import AT, BROKEN, MENDED, Office, with_services


def needing(fault: Callable[[str, int], Fault]) -> Office:
    """The portal cannot work without the axis, and the axis not without the far one."""
    network = with_services(province())
    needs = {"portal": ("axis",), "axis": ("far",)}
    services = {
        key: replace(one, needs=needs.get(key, ()), outside=key == "far")
        for key, one in network.services.items()
    }
    return Office(replace(network, services=services), fault=fault)


@pytest.mark.parametrize("fault", [Fault.SERVER_ERROR, Fault.NO_ANSWER])
def test_what_needs_a_fallen_service_is_unreachable_behind_it(fault: Fault) -> None:
    world = needing(lambda key, at: fault if BROKEN <= at < MENDED else Fault.NONE)
    world.run(BROKEN + 200_000)
    assert world.last("far") == (State.DOWN, None, fault)
    assert world.last("axis") == (State.UNREACHABLE, "far", fault)
    assert world.last("portal") == (State.UNREACHABLE, "far", fault)
    states = {key: [v.state for _, v in world.told(key, "service")] for key in ("axis", "portal")}
    assert all(State.DOWN not in told for told in states.values()), states
    world.run(MENDED + 150_000)
    assert {world.last(key)[0] for key in AT} == {State.UP}


def test_a_service_that_fails_alone_is_its_own_fault() -> None:
    world = needing(
        lambda key, at: Fault.REFUSED if at >= BROKEN and key == "portal" else Fault.NONE
    )
    world.run(BROKEN + 200_000)
    assert world.last("portal") == (State.DOWN, None, Fault.REFUSED)
    assert world.last("axis")[0] == State.UP


def test_what_still_fails_when_the_other_is_back_is_its_own_fault_then() -> None:
    def found(key: str, at: int) -> Fault:
        until = {"far": MENDED, "axis": MENDED, "portal": 2 * MENDED}[key]
        return Fault.SERVER_ERROR if BROKEN <= at < until else Fault.NONE

    world = needing(found)
    world.run(MENDED + 200_000)
    assert world.last("axis")[0] == State.UP
    assert world.last("portal") == (State.DOWN, None, Fault.SERVER_ERROR)


def test_a_fault_that_its_site_cannot_cause_does_not_pass_to_a_later_one_by_it() -> None:
    """The site is away first, then the portal says 500, and long after that the axis falls."""

    def found(key: str, at: int) -> Fault:
        begin = {"portal": BROKEN + 50_000, "axis": MENDED}.get(key)
        return Fault.SERVER_ERROR if begin is not None and at >= begin else Fault.NONE

    world = needing(found)
    world.around = True
    world.alive = lambda key, at: at < BROKEN or not key.startswith("d1-")
    world.run(MENDED - 1_000)
    assert world.state("d1", "site") == State.DOWN
    assert world.last("portal") == (State.DOWN, None, Fault.SERVER_ERROR)
    world.run(MENDED + 200_000)
    assert world.last("axis") == (State.DOWN, None, Fault.SERVER_ERROR)
    assert world.last("portal") == (State.DOWN, None, Fault.SERVER_ERROR)


def test_what_stands_on_a_service_is_asked_at_once_when_that_one_is_back() -> None:
    world = needing(lambda key, at: Fault.SERVER_ERROR if BROKEN <= at < MENDED else Fault.NONE)
    world.run(MENDED + 150_000)
    back = {}
    for key in AT:
        at, verdict = world.told(key, "service")[-1]
        assert verdict.state == State.UP
        back[key] = at
    assert back["axis"] - back["far"] < 3_000
    assert back["portal"] - back["axis"] < 3_000


def test_what_works_without_what_it_needs_is_up() -> None:
    world = needing(
        lambda key, at: Fault.NO_ANSWER if at >= BROKEN and key == "far" else Fault.NONE
    )
    world.run(BROKEN + 200_000)
    assert world.last("far")[0] == State.DOWN
    assert {world.last(key)[0] for key in ("axis", "portal")} == {State.UP}

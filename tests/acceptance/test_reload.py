"""Changed files are taken up by a running monitor, in a real network with real cuts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from store.questions import LiveRow, OutageRow
from store.states import Mark, State
from tests.acceptance.monitor import until
from tests.acceptance.net import BACK_S, FOUND_S, Net, network
from tests.acceptance.stations import Station
from tests.rig import Act, need_rig, now_ms

STATIONS = (
    Station("p", "10.0.0.1"),
    Station("d1", "10.1.0.1", "p"),
    Station("d1c1", "10.1.1.1", "d1"),
    Station("d2", "10.2.0.1", "p"),
    Station("d2c1", "10.2.1.1", "d2"),
)
NEW = "p-s"
STOCK = 60  # devices that are only listed: enough that one more or less is no great change
TAKEN_UP_S = 20  # noticed within two seconds, read by a process of its own; a busy machine


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Net]:
    need_rig()
    folder = tmp_path_factory.mktemp("reload")
    stock = "".join(device(f"stock{n}", "p") for n in range(STOCK))
    with network(STATIONS, folder, links=stock) as net:
        yield net


@pytest.fixture
def net(running: Net) -> Iterator[Net]:
    """Calm, and the file as it was; a test may leave it broken."""
    sound = running.monitor.sites.read_text("utf-8")
    assert until(lambda: calm(running), 60) is not None, running.said()
    yield running
    running.restore()
    running.monitor.sites.write_text(sound, "utf-8")
    reload(running, "--accept-retired")


def calm(net: Net) -> bool:
    """As in other files, but for the devices that are only listed."""
    watched = net.record.watching()
    rows = [row for row in net.record.rows() if row.state != State.NOT_MONITORED]
    up = all(row.state == State.UP and row.marks <= {Mark.FLAPPING} for row in rows)
    return up and watched.running and not watched.blind and watched.seen_to_ms is not None


def device(key: str, site: str, **keys: str) -> str:
    lines = "".join(f"{name} = {json.dumps(value)}\n" for name, value in keys.items())
    return f'\n[[device]]\nid = "{key}"\nsite = "{site}"\nrole = "switch"\n{lines}'


def another(net: Net) -> str:
    """A device that answers and is not watched yet: the near end of the first line."""
    return device(NEW, "p", address=net.wires["p"].ends[1])


def rewrite(net: Net, *pairs: tuple[str, str], more: str = "") -> str:
    """Change the file; gives what stood there."""
    path = net.monitor.sites
    old = text = path.read_text("utf-8")
    for before, after in pairs:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text + more, "utf-8")
    return old


def reload(net: Net, *words: str) -> tuple[int, dict[str, Any]]:
    """`canh reload`: its exit code and its answer."""
    done = net.monitor.canh("reload", "--json", *words)
    return done.returncode, json.loads(done.stdout)


def row(net: Net, key: str) -> LiveRow | None:
    return next((row for row in net.record.rows() if row.key == key), None)


def up(net: Net, key: str) -> bool:
    found = row(net, key)
    return found is not None and found.state == State.UP


def outage(net: Net, key: str, since_ms: int) -> OutageRow:
    return net.record.outages(since_ms=since_ms)[f"device:{key}"]


def must_be_down(net: Net, key: str, within_s: float = FOUND_S) -> None:
    def down() -> bool:
        found = row(net, key)
        return found is not None and found.state == State.DOWN

    assert until(down, within_s) is not None, net.said()


def must_be_whole(net: Net) -> None:
    """Coverage has had no gap since the monitor started."""
    assert len(net.record.period(now_ms() - 3_600_000).coverage) == 1


def test_an_open_outage_stays_the_same_through_additions_and_removals(net: Net) -> None:
    """A device is added, one removed and the one that is down renamed, while it is down."""
    start = now_ms()
    cut = net.wires["d1c1"].cut()
    must_be_down(net, "d1c1-r")
    before = outage(net, "d1c1-r", start)
    rewrite(
        net,
        ('id = "d1c1-r"', 'id = "d1c1-new"\nwas = ["d1c1-r"]'),
        ('gateway = ["d1c1-r"]', 'gateway = ["d1c1-new"]'),
        (device("stock0", "p"), another(net)),
    )
    assert until(lambda: up(net, NEW), TAKEN_UP_S) is not None, net.said()
    assert row(net, "stock0") is None
    renamed = row(net, "d1c1-new")
    assert renamed is not None
    assert (renamed.state, renamed.outage_id) == (State.DOWN, before.id)
    mended = net.wires["d1c1"].mend()
    assert until(lambda: up(net, "d1c1-new"), BACK_S) is not None, net.said()
    after = outage(net, "d1c1-new", start)
    assert (after.id, after.first_bad_ms) == (before.id, before.first_bad_ms)
    assert after.first_good_ms is not None
    assert after.last_bad_ms <= mended.after_ms + 100
    assert before.first_bad_ms >= cut.before_ms - 100
    must_be_whole(net)


def test_a_broken_file_leaves_what_runs_and_every_problem_is_told_once(net: Net) -> None:
    start, said = now_ms(), len(net.monitor.log)
    sound = rewrite(net, ('role = "switch"', 'rolle = "switch"'))
    assert until(lambda: net.record.refused() is not None, TAKEN_UP_S) is not None, net.monitor.log
    refused = net.monitor.status()["config_refused"]
    assert any("rolle" in problem for problem in refused["problems"])
    code, answer = reload(net)
    assert (code, answer["taken_up"], answer["count"]) == (1, False, refused["count"])
    cut = net.wires["d2c1"].cut()
    must_be_down(net, "d2c1-r")
    net.wires["d2c1"].mend()
    assert until(lambda: up(net, "d2c1-r"), BACK_S) is not None, net.said()
    assert outage(net, "d2c1-r", start).first_bad_ms >= cut.before_ms - 100
    told = [line for line in net.monitor.log[said:].splitlines() if "not taken up" in line]
    assert len(told) == len(set(told)) == refused["count"] >= STOCK
    net.monitor.sites.write_text(sound, "utf-8")
    net.monitor.hang_up()
    assert until(lambda: net.record.refused() is None, TAKEN_UP_S) is not None, net.monitor.log
    assert reload(net) == (0, {"taken_up": False, "problems": []})
    must_be_whole(net)


def test_what_drops_much_is_refused_until_a_person_accepts_it(net: Net) -> None:
    gone = [(device(f"stock{n}", "p"), "") for n in range(20, 28)]
    rewrite(net, *gone)
    code, answer = reload(net)
    assert code == 1
    assert "--accept-retired" in answer["problems"][0]
    assert row(net, "stock20") is not None
    refused = net.record.refused()
    assert refused is not None
    assert refused.count == 1
    code, answer = reload(net, "--accept-retired")
    assert (code, answer["removed"], answer["added"]) == (0, 8, 0)
    assert row(net, "stock20") is None
    assert net.record.refused() is None
    must_be_whole(net)


def test_a_cut_in_the_second_of_a_change_is_found_as_quickly(net: Net) -> None:
    start = now_ms()
    rewrite(net, more=another(net))
    net.monitor.hang_up()
    cut = net.wires["d1"].cut()
    must_be_down(net, "d1-r")
    assert until(lambda: up(net, NEW), TAKEN_UP_S) is not None, net.said()
    behind = row(net, "d1c1-r")
    assert behind is not None
    assert (behind.state, behind.root_id) == (State.UNREACHABLE, row_id(net, "d1-r"))
    net.wires["d1"].mend()
    assert until(lambda: calm(net), BACK_S) is not None, net.said()
    must_hold(outage(net, "d1-r", start), cut)
    must_be_whole(net)


def row_id(net: Net, key: str) -> int:
    found = row(net, key)
    assert found is not None
    return found.thing_id


def must_hold(found: OutageRow, cut: Act) -> None:
    assert found.last_good_ms is not None
    assert found.last_good_ms <= cut.after_ms + 100
    assert found.first_bad_ms >= cut.before_ms - 100


def test_without_a_monitor_nobody_answers(running: Net) -> None:
    running.monitor.kill()
    done = running.monitor.canh("reload", "--wait", "1")
    assert done.returncode == 1
    assert "did not answer" in done.stderr or "no monitor is running" in done.stderr

"""Files that change while the monitor writes: all or nothing, in order, on both engines."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from functools import partial
from typing import Any

import pytest

from inventory.model import Device, Network
from store.actions import Done, open_actions
from store.changes import Batch, Marked, Reading
from store.declare import Agreement, RetireLimitError
from store.questions import LiveRow
from store.reader import RecordReader
from store.reloads import keep_on, refuse, take_up
from store.requests import RELOAD, RELOAD_ACCEPTED
from store.states import Mark, State
from store.writer import Writer
from tests.store.keeping import NOW, bring, commit, down, network, reading, up, without, writing


def changed(writer: Writer, files: Network, now: int, **said: Any) -> Agreement:
    work = partial(take_up, network=files, now_ms=now, **said)
    return writer.change(work, lambda done: writer.drop(done.ended)).result(timeout=30)


def with_one_more(files: Network) -> Network:
    new = Device(id="d-s", site="d", role="switch", address="127.51.1.2")
    return dataclasses.replace(files, devices={**files.devices, "d-s": new})


def row(reader: RecordReader, key: str) -> LiveRow:
    found = reader.find(key)
    assert found is not None
    return found


def last_event(reader: RecordReader) -> Mapping[str, Any]:
    event = reader.events()[-1]
    assert event["kind"] == "config"
    body: Mapping[str, Any] = event["body"]
    return body


def test_an_outage_that_is_open_stays_the_same_outage(url: str) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader:
        commit(writer, NOW, up(device, NOW))
        commit(writer, NOW + 9000, down(device, NOW + 5000))
        before = row(reader, "d-r")
        done = changed(writer, with_one_more(network()), NOW + 10_000)
        assert (done.added, done.retired, done.edited) == (("d-s",), (), ())
        after = row(reader, "d-r")
        assert (after.state, after.since_ms, after.outage_id) == (
            State.DOWN,
            before.since_ms,
            before.outage_id,
        )
        commit(writer, NOW + 30_000, up(device, NOW + 20_000))
        [outage] = reader.outages()
        assert (outage.id, outage.first_good_ms) == (before.outage_id, NOW + 20_000)
        assert Mark.NEVER_SEEN in row(reader, "d-s").marks


def test_what_was_still_on_its_way_about_a_thing_that_left_is_not_written(url: str) -> None:
    """Between the change of the record and that of the watch come batches of the old watch."""
    ids = bring(url, with_one_more(network())).ids
    gone, kept = ids["device", "d-s"], ids["device", "d-r"]
    with writing(url) as writer, reading(url) as reader:
        commit(writer, NOW + 500, up(gone, NOW), up(kept, NOW))
        commit(writer, NOW + 2000, down(gone, NOW + 1000))
        assert changed(writer, network(), NOW + 3000).ended == {gone}
        late = Batch(
            at_ms=NOW + 4000,
            verdicts=(down(kept, NOW + 3500), up(gone, NOW + 3600), down(gone, NOW + 3900)),
            marks=(Marked(thing_id=gone, marks=frozenset({Mark.NO_ICMP})),),
            readings=(Reading(thing_id=gone, rtt_us=1, loss_pct=0),),
        )
        assert len(writer.submit(late).result(timeout=30).opened) == 1
        assert reader.find("d-s") is None
        [open_one] = reader.outages(open_only=True)
        assert open_one.key == "d-r"
        [past] = [h for h in reader.period(NOW, NOW + 9000, NOW + 9000).histories
                  if h.thing_id == gone]  # fmt: skip
        assert past.service == ((NOW, NOW + 3000),)


def test_what_is_only_listed_from_now_on_is_written_of_no_more_until_it_is_asked_again(
    url: str,
) -> None:
    device = bring(url, network()).ids["device", "d-r"]
    listed = dataclasses.replace(network().devices["d-r"], monitor="none")
    files = dataclasses.replace(network(), devices={**network().devices, "d-r": listed})
    with writing(url) as writer, reading(url) as reader:
        commit(writer, NOW + 500, up(device, NOW))
        assert device in changed(writer, files, NOW + 1000).ended
        commit(writer, NOW + 2000, down(device, NOW + 1500))
        assert row(reader, "d-r").state == State.NOT_MONITORED
        assert reader.outages() == ()
        assert changed(writer, network(), NOW + 3000).ended == frozenset()
        commit(writer, NOW + 4000, up(device, NOW + 3500))
        assert row(reader, "d-r").state == State.UP


def test_the_event_and_the_answer_tell_what_changed(url: str) -> None:
    bring(url, with_one_more(network()))
    moved = dataclasses.replace(network().devices["d-r"], role="firewall")
    new = Device(id="p-s", site="p", role="switch", address="127.51.0.2")
    files = network()
    files = dataclasses.replace(files, devices={**files.devices, "d-r": moved, "p-s": new})
    with writing(url) as writer, reading(url) as reader:
        asked = ask(url)
        changed(writer, files, NOW + 1000, asked=(asked,))
        told = {
            "added": 1,
            "removed": 1,
            "changed": 1,
            "names": {"added": ["p-s"], "removed": ["d-s"], "changed": ["d-r"]},
        }
        assert last_event(reader) == told
        assert reader.answer(asked) == {"taken_up": True} | told
        assert reader.requests() == ()


def ask(url: str, **how: bool) -> int:
    actions = open_actions(url)
    done = actions.ask_reload(actor="an", **how)
    actions.close()
    assert isinstance(done, Done)
    return done.row_id


def test_a_request_waits_for_its_answer(url: str) -> None:
    bring(url, network())
    first, second = ask(url), ask(url, accept=True)
    with reading(url) as reader:
        assert [(r.id, r.kind, r.actor) for r in reader.requests()] == [
            (first, RELOAD, "an"),
            (second, RELOAD_ACCEPTED, "an"),
        ]
        assert reader.answer(first) is None


def test_what_drops_too_much_leaves_all_as_it_was_and_the_record_says_why(url: str) -> None:
    bring(url, network())
    few = without(network(), "d-r", "d-u")
    with writing(url) as writer, reading(url) as reader:
        before = reader.snapshot()
        with pytest.raises(RetireLimitError):
            changed(writer, few, NOW + 1000)
        assert reader.snapshot() == dataclasses.replace(before, watching=reader.snapshot().watching)
        why = [f"sites.toml:{n}: lỗi" for n in range(1, 31)]
        asked = ask(url)
        writer.change(partial(refuse, problems=why, now_ms=NOW + 2000, asked=[asked])).result(30)
        refused = reader.snapshot().refused
        assert refused is not None
        assert (refused.at_ms, refused.count, refused.problems) == (NOW + 2000, 30, tuple(why[:10]))
        assert last_event(reader) == {"problems": why[:10], "count": 30}
        answer = reader.answer(asked)
        assert answer is not None
        assert answer["taken_up"] is False
        changed(writer, few, NOW + 3000, accept_retired=True)
        assert reader.snapshot().refused is None
        assert reader.find("d-r") is None


def test_files_put_back_as_they_were_are_no_change_but_nothing_is_refused_any_more(
    url: str,
) -> None:
    bring(url, network())
    with writing(url) as writer, reading(url) as reader:
        writer.change(partial(keep_on, now_ms=NOW)).result(30)
        assert [e["kind"] for e in reader.events()] == []
        writer.change(partial(refuse, problems=["lỗi"], now_ms=NOW)).result(30)
        writer.change(partial(keep_on, now_ms=NOW + 1)).result(30)
        assert reader.snapshot().refused is None
        assert last_event(reader)["changed"] == 0

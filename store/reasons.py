"""Why a thing is shown as it is: what was asked, what came back, which rule decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from store.faces import face_of
from store.questions import LiveRow, OutageRow
from store.stated import measured
from store.teller import Teller
from store.told import what, why

if TYPE_CHECKING:
    from store.changes import Raw
    from store.opened import Opened

RESULTS = 4  # the last ones of each thing


def reasons(tell: Teller, row: LiveRow, opened: Opened | None) -> Iterator[str]:
    """`opened`: the open root that it is, or is behind; None: nothing is open."""
    state = tell.word(face_of(row))
    if opened is None:
        if row.since_ms is None:
            yield state
        else:
            at, age = tell.moment(row.since_ms), tell.age(row.since_ms)
            yield tell.say("why.well", state=state, at=at, age=age)
        return
    root = measured(opened.row)  # what answered stands around what was recorded first
    if root.thing_id != row.thing_id:
        yield tell.say("why.behind", root=what(tell, root))
    last = tell.say("why.never")
    if root.last_good_ms is not None:
        last = tell.moment(root.last_good_ms)
    age = tell.age(root.first_bad_ms, root.first_good_ms)
    began = {"at": tell.moment(root.first_bad_ms), "age": age}
    yield tell.say("why.state", state=tell.word(tell.face(root)), last=last, **began)
    found = opened.start.results
    own = f"{root.kind}:{root.key}"
    if own in found:
        results, every_s = _results(tell, found[own], root), _every_s(found[own], root)
        if every_s is None:
            yield tell.say("why.asked", results=results)
        else:
            yield tell.say("why.asked_every", every=tell.span(every_s), results=results)
    for name, raws in _others(found, own):
        yield tell.say("why.above", name=name, results=_results(tell, raws, root))
    if said := why(tell, root):
        yield tell.say("why.rule", reason=said)
    if root.cause_reasons:
        yield tell.say("why.cause", cause=tell.joined(_causes(tell, root)))
    if taken := _taken(tell, opened):
        yield taken


def _others(found: Mapping[str, Sequence[Raw]], own: str) -> Iterator[tuple[str, Sequence[Raw]]]:
    for name, raws in found.items():
        if name != own:
            yield name.partition(":")[2], raws
            return


def _every_s(raws: Sequence[Raw], root: OutageRow) -> float | None:
    """In which interval it was asked before it failed, and is again; None: that is not known."""
    before = [raw for raw in raws if raw.sent_ms < root.first_bad_ms]
    times = [raw.sent_ms for raw in before if raw.how == before[-1].how]
    steps = [later - earlier for earlier, later in pairwise(times)]
    return round(median(steps) / 1000) if steps else None


def _results(tell: Teller, raws: Sequence[Raw], root: OutageRow) -> str:
    """The last before and the first from the moment on: `13:49:53 icmp trả lời 4,2 ms`."""
    before = [raw for raw in raws if raw.sent_ms < root.first_bad_ms][-1:]
    after = [raw for raw in raws if raw.sent_ms >= root.first_bad_ms][: RESULTS - len(before)]
    return tell.joined(_result(tell, raw) for raw in (*before, *after))


def _result(tell: Teller, raw: Raw) -> str:
    said = tell.say_if_known("why.said", raw.said)
    if said == tell.clean(raw.said):
        said = tell.say_if_known("reason", raw.said)
    took = "" if raw.rtt_us is None else f" {tell.number(raw.rtt_us / 1000)} ms"
    return f"{tell.clock(raw.sent_ms)} {raw.how} {said}{took}"


def _causes(tell: Teller, root: OutageRow) -> Iterator[str]:
    for reason in root.cause_reasons:
        values = {name: value for name, value in reason.items() if name != "code"}
        yield tell.say(f"cause.reason.{reason['code']}", **values)


def _taken(tell: Teller, opened: Opened) -> str:
    """Who has it, or had it until that ran out, with what was said then: notes have their own
    authors."""
    root = opened.row
    who = root.acknowledged_by
    if who is None:
        return ""
    if root.owner not in (None, who):
        who = tell.say("why.for", who=who, owner=root.owner)
    until = tell.say("why.to_the_end")
    if root.acknowledged_until_ms is not None:
        until = tell.moment(root.acknowledged_until_ms)
    key = "why.taken" if root.acknowledged else "why.ran_out"
    said = [one["note"] for one in opened.acknowledgements if one["withdrawn"] is None]
    return tell.say(key, who=who, until=until, note=(said and said[-1]) or tell.dash)

"""Why a thing is shown as it is: what was asked, what came back, which rule decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from store.questions import LiveRow, OutageRow
from tui import faces, keys
from tui.cells import Line, clean, line
from tui.faces import face_of
from tui.footer import Footer
from tui.painted import Painted
from tui.roots import what, why
from tui.scene import Scene

if TYPE_CHECKING:
    from store.changes import Raw
    from store.opened import Opened

LINES = 6
RESULTS = 4  # the last ones of each thing


class WhyPanel(ModalScreen[None]):
    """At the foot of the screen, over the row that it is about stays to be seen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        keys.BACK.bind("dismiss"),
        keys.WHY.bind("dismiss"),
        keys.OPEN.bind("dismiss"),
    ]

    def __init__(self, scene: Scene, row: LiveRow, opened: Opened | None) -> None:
        super().__init__()
        self.scene = scene
        self.row = row
        self.opened = opened

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Reasons(self)
            yield Footer(self.scene, keys.ON_WHY)


class Reasons(Painted):
    def __init__(self, panel: WhyPanel) -> None:
        super().__init__(panel.scene)
        self._panel = panel
        self._said = list(reasons(panel.scene, panel.row, panel.opened))[:LINES]
        self.styles.height = 1 + len(self._said)

    def draw(self, y: int) -> Line:
        width, scene = self.size.width, self.scene
        if y == 0:
            row = self._panel.row
            title = scene.say("why.title", what=f"{scene.short(row.name)} ({row.key})")
            text = scene.fit(f" {title}", width)
            return line(width, [(text, faces.TITLE_FOCUSED)], faces.TITLE_FOCUSED)
        return line(width, [(scene.fit(f" {self._said[y - 1]}", width), faces.TEXT)])


def reasons(scene: Scene, row: LiveRow, opened: Opened | None) -> Iterator[str]:
    """`opened`: the open root that it is, or is behind; None: nothing is open."""
    state = scene.word(face_of(row))
    if opened is None:
        if row.since_ms is None:
            yield state
        else:
            at, age = scene.moment(row.since_ms), scene.age(row.since_ms)
            yield scene.say("why.well", state=state, at=at, age=age)
        return
    root = opened.row
    if root.thing_id != row.thing_id:
        yield scene.say("why.behind", root=what(scene, root))
    last = scene.say("why.never")
    if root.last_good_ms is not None:
        last = scene.moment(root.last_good_ms)
    began = {"at": scene.moment(root.first_bad_ms), "age": scene.age(root.first_bad_ms)}
    yield scene.say("why.state", state=scene.word(scene.known.face(root)), last=last, **began)
    found = opened.start.results
    own = f"{root.kind}:{root.key}"
    if own in found:
        results, every_s = _results(scene, found[own], root), _every_s(found[own], root)
        if every_s is None:
            yield scene.say("why.asked", results=results)
        else:
            yield scene.say("why.asked_every", every=scene.span(every_s), results=results)
    for name, raws in _others(found, own):
        yield scene.say("why.above", name=name, results=_results(scene, raws, root))
    if said := why(scene, root):
        yield scene.say("why.rule", reason=said)
    if root.cause_reasons:
        yield scene.say("why.cause", cause=scene.joined(_causes(scene, root)))
    if taken := _taken(scene, root):
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


def _results(scene: Scene, raws: Sequence[Raw], root: OutageRow) -> str:
    """The last before and the first from the moment on: `13:49:53 icmp trả lời 4,2 ms`."""
    before = [raw for raw in raws if raw.sent_ms < root.first_bad_ms][-1:]
    after = [raw for raw in raws if raw.sent_ms >= root.first_bad_ms][: RESULTS - len(before)]
    return scene.joined(_result(scene, raw) for raw in (*before, *after))


def _result(scene: Scene, raw: Raw) -> str:
    said = scene.say_if_known("why.said", raw.said)
    if said == clean(raw.said):
        said = scene.say_if_known("reason", raw.said)
    took = "" if raw.rtt_us is None else f" {scene.number(raw.rtt_us / 1000)} ms"
    return f"{scene.clock(raw.sent_ms)} {raw.how} {said}{took}"


def _causes(scene: Scene, root: OutageRow) -> Iterator[str]:
    for reason in root.cause_reasons:
        values = {name: value for name, value in reason.items() if name != "code"}
        yield scene.say(f"cause.reason.{reason['code']}", **values)


def _taken(scene: Scene, root: OutageRow) -> str:
    """Who has it, or had it until that ran out."""
    who = root.owner or root.acknowledged_by
    if who is None:
        return ""
    until = scene.say("why.to_the_end")
    if root.acknowledged_until_ms is not None:
        until = scene.moment(root.acknowledged_until_ms)
    key = "why.taken" if root.acknowledged else "why.ran_out"
    return scene.say(key, who=who, until=until, note=root.note or scene.dash)

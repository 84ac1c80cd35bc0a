"""What an engineer says from the board: forms, and the actions that they become."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from inventory.moments import next_moment
from store.questions import LiveRow, OutageRow
from store.states import Kind
from store.told import what
from tui.forms import Field, Form
from tui.scene import Scene
from tui.speaker import Saying

if TYPE_CHECKING:
    from store.works import Work

SOON_MS = 2_000  # a window that begins now is announced before it begins
_OFTEN = re.compile(r"FREQ=(\w+)", re.IGNORECASE)


class _Seen:
    """Roots as somebody read them: when the form opened, and how they are after a refusal."""

    def __init__(self, scene: Scene, roots: Sequence[OutageRow]) -> None:
        self._scene, self._roots = scene, roots
        self.revision = scene.known.revision

    def look(self) -> list[str]:
        self.revision = self._scene.known.revision
        now = {root.id: root for root in self._scene.known.roots}
        return [self._state(root, now.get(root.id)) for root in self._roots]

    def _state(self, before: OutageRow, now: OutageRow | None) -> str:
        scene, name = self._scene, what(self._scene, before)
        if now is None:
            return scene.joined([name, scene.say("form.root_over")])
        since = scene.say(
            "board.since", at=scene.moment(now.first_bad_ms), age=scene.age(now.first_bad_ms)
        )
        words = [name, f"{scene.word(scene.known.face(now))} {since}"]
        if now.acknowledged:
            words.append(f"{scene.say('board.is_taken')}: {now.owner or now.acknowledged_by}")
        return scene.joined(words)


def take(scene: Scene, roots: Sequence[OutageRow]) -> Form:
    """Of one root what was said before stands in the fields."""
    seen = _Seen(scene, roots)
    before = roots[0] if len(roots) == 1 else None
    fields = (
        Field("note", (before.note if before else None) or ""),
        Field("owner", (before.owner if before else None) or ""),
        Field("until"),
    )

    def read(said: Mapping[str, str]) -> str | list[Saying]:
        try:
            until = time(scene, said["until"]) if said["until"] else None
        except ValueError:
            return _no_time(scene, "until", said)
        note, owner, read_at = said["note"] or None, said["owner"] or None, seen.revision

        def saying(root: OutageRow) -> Saying:
            return lambda actions, actor: actions.acknowledge(
                root.id, actor=actor, expected=read_at, note_text=note, owner=owner, until_ms=until
            )

        return [saying(root) for root in roots]

    title = scene.many("form.take", len(roots))
    return Form(scene, title, _named(scene, roots), fields, read, seen.look)


def give_back(scene: Scene, roots: Sequence[OutageRow]) -> list[Saying]:
    seen = scene.known.revision

    def saying(root: OutageRow) -> Saying:
        return lambda actions, actor: actions.withdraw(root.id, actor=actor, expected=seen)

    return [saying(root) for root in roots if root.acknowledged]


def note(scene: Scene, roots: Sequence[OutageRow]) -> Form:
    def read(said: Mapping[str, str]) -> str | list[Saying]:
        text = said["note"]
        if not text:
            return _wrong(scene, "note", scene.say("form.empty"))

        def saying(root: OutageRow) -> Saying:
            return lambda actions, actor: actions.annotate(
                root.thing_id, actor=actor, text=text, outage_id=root.id
            )

        return [saying(root) for root in roots]

    title = scene.many("form.note", len(roots))
    return Form(scene, title, _named(scene, roots), (Field("note"),), read)


def plan(scene: Scene, rows: Sequence[LiveRow]) -> Form:
    """Of a device its site: that is where people go. Of several the scopes are not typed."""
    scopes = list({one.thing_id: one for one in map(partial(_scope, scene), rows)}.values())
    alone = scopes[0] if len(scopes) == 1 else None
    fields: tuple[Field, ...] = (Field("reason"), Field("from"), Field("to", "2h"))
    if alone is not None:
        fields = (Field("scope", f"{alone.kind}:{alone.key}"), *fields)

    def read(said: Mapping[str, str]) -> str | list[Saying]:
        meant = scopes
        if alone is not None:
            named = scene.known.named(said["scope"])
            if named is None:
                return _wrong(scene, "scope", scene.say("form.no_scope", key=said["scope"]))
            meant = [named]
        if not said["reason"]:
            return _wrong(scene, "reason", scene.say("form.no_reason"))
        field = "from"
        try:
            begin = time(scene, said["from"]) if said["from"] else scene.now_ms() + SOON_MS
            field = "to"
            end = time(scene, said["to"], after_ms=begin)
        except ValueError:
            return _no_time(scene, field, said)

        def saying(scope: LiveRow) -> Saying:
            return lambda actions, actor: actions.plan_maintenance(
                scope.thing_id, actor=actor, from_ms=begin, to_ms=end, reason=said["reason"]
            )

        return [saying(scope) for scope in meant]

    about = [_name(scene, row) for row in (rows if alone is not None else scopes)]
    return Form(scene, scene.many("form.work", len(scopes)), about, fields, read)


def _scope(scene: Scene, row: LiveRow) -> LiveRow:
    return scene.known.rows.get(row.site_id or 0, row) if row.kind is Kind.DEVICE else row


def release(scene: Scene, row: LiveRow, work: Work, window: tuple[int, int]) -> Form:
    """`window`: that of the work which goes on now; one that recurs has others to come."""
    hours = f"{scene.moment(window[0])} {scene.dash} {scene.moment(window[1])}"
    about = [
        _name(scene, row),
        scene.joined([f"{work.kind}:{work.key}", hours, work.author]),
        work.reason,
        scene.say("form.release.hint") if work.rrule is None else _recurs(scene, work.rrule),
    ]

    def read(_: Mapping[str, str]) -> list[Saying]:
        return [lambda actions, actor: actions.cancel_maintenance(work.id, actor=actor)]

    title = "form.release" if work.rrule is None else "form.release.series"
    return Form(scene, scene.say(title), about, (), read)


def _recurs(scene: Scene, rule: str) -> str:
    found = _OFTEN.search(rule)
    often = scene.say_if_known("recurs", found[1].lower()) if found else rule
    return scene.say("form.release.recurs", often=often, rule=rule)


def covering(
    scene: Scene, row: LiveRow, works: Sequence[Work]
) -> tuple[Work, tuple[int, int]] | None:
    """The maintenance that a thing is in now, and since when until when it goes on.

    Its own first, then that of its site and units; what recurs after what does not.
    """
    scopes, now_ms = scene.known.scopes(row), scene.now_ms()
    found = [
        (work, window)
        for work in works
        if work.thing_id in scopes and (window := work.window_at(now_ms, scene.zone))
    ]
    return min(
        found,
        key=lambda one: (scopes.index(one[0].thing_id), one[0].rrule is not None),
        default=None,
    )


def time(scene: Scene, text: str, *, after_ms: int | None = None) -> int:
    """`15:30` is the next one; durations count from `after_ms`, else from now. ValueError."""
    from_ms = scene.now_ms() if after_ms is None else after_ms
    return next_moment(text, scene.zone, from_ms)


def _wrong(scene: Scene, field: str, why: str) -> str:
    return scene.say("form.wrong", field=scene.say(f"form.field.{field}"), why=why)


def _no_time(scene: Scene, field: str, said: Mapping[str, str]) -> str:
    return _wrong(scene, field, scene.say("form.no_time", text=said[field]))


def _named(scene: Scene, roots: Sequence[OutageRow]) -> list[str]:
    return [what(scene, root) for root in roots]


def _name(scene: Scene, row: LiveRow) -> str:
    return f"{scene.kind(row)} {scene.short(row.name)} ({row.key})"

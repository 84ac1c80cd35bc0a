"""Everything about one thing, as lines: what, since when, why, on what, whom to call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len
from rich.style import Style

from store.questions import LiveRow, OutageRow
from store.stated import stated
from store.states import Kind, State
from store.told import behind, declared, why
from tui import faces
from tui.cells import clean, wrap
from tui.faces import Face, face_of
from tui.scene import Scene
from tui.sheet_charts import chart_lines
from tui.sites import state_cells

if TYPE_CHECKING:
    from store.changes import ModuleFact, NeighbourFact
    from store.charts import Charts
    from store.thing_sheet import InterfaceRow, Sheet

LABEL = 15
MANY = 200  # more rows than a person reads; the list of sites finds the rest


class Entry(NamedTuple):
    """One line; Enter on it opens `thing_id`."""

    spans: tuple[tuple[str, Style], ...]
    thing_id: int | None = None


def entries(
    scene: Scene, sheet: Sheet, width: int, charts: Charts | None = None, height: int = 0
) -> list[Entry]:
    """The sheet from the most to the least urgent, each line at most `width` cells."""
    return [
        *_state(scene, sheet, width),
        *_call(scene, sheet, width),
        *_charts(scene, sheet, width, charts, height),
        *_things(scene, "board.hidden", scene.known.hidden_by(sheet.row.thing_id), width),
        *_place(scene, sheet, width),
        *_things(scene, "board.above", sheet.above, width),
        *_things(scene, "board.below", sheet.below, width),
        *_parts(scene, sheet.found.modules, width),
        *_neighbours(scene, sheet.found.neighbours, width),
        *_interfaces(scene, sheet.interfaces, width),
        *_outages(scene, sheet.outages, width),
        *_facts(scene, "board.declared", sheet.declared, width),
        *_facts(scene, "board.measured", sheet.measured, width),
    ]


def _pair(scene: Scene, label: str, value: str, width: int, cells: int = LABEL) -> Iterator[Entry]:
    """A label and its value, on further lines where it is long."""
    for number, text in enumerate(wrap(clean(value), max(10, width - cells - 3))):
        shown = scene.fit(f"  {label}" if number == 0 else "", cells + 1)
        yield Entry(((shown, faces.FAINT), (" " + text, faces.TEXT)))


def _heading(scene: Scene, key: str, count: int | None = None) -> Iterator[Entry]:
    yield Entry((("", faces.TEXT),))
    words = scene.say(key) + (f" ({count})" if count is not None else "")
    yield Entry(((f" {words}", faces.HEADING),))


def _open_outage(sheet: Sheet) -> OutageRow | None:
    return next((outage for outage in sheet.outages if outage.first_good_ms is None), None)


def _state(scene: Scene, sheet: Sheet, width: int) -> Iterator[Entry]:
    row, outage = sheet.row, _open_outage(sheet)
    face = face_of(row)
    words = [f"{scene.sign(face)} {scene.word(face)}"]
    if row.since_ms is not None:
        since = scene.say("board.since", at=scene.moment(row.since_ms), age=scene.age(row.since_ms))
        words.append(since)
    yield Entry(((f" {words[0]} ", scene.style(face)), (" ".join(words[1:]), faces.TEXT)))
    for mark in sorted(row.marks):
        yield from _pair(scene, scene.say("board.mark"), scene.say(f"mark.{mark}"), width)
    if outage is not None:
        taken = "board.is_taken" if outage.acknowledged else "board.is_not_taken"
        reason = why(scene, outage)
        if reason:
            yield from _pair(scene, scene.say("board.why").lower(), reason, width)
        if outage.root_thing_id is None:  # people take roots, not what is behind them
            yield from _pair(scene, scene.say("board.taking"), scene.say(taken), width)
        follows = behind(scene, outage, width)
        if follows:
            yield from _pair(scene, scene.say("board.behind"), follows, width)
    if row.root_id is not None and row.root_id != row.thing_id:
        yield _hidden_by(scene, row.root_id, width)


def _hidden_by(scene: Scene, root_id: int, width: int) -> Entry:
    """An unreachable thing is nobody's fault but its root's: one Enter leads there."""
    root = scene.known.rows.get(root_id)
    name = f"{scene.short(root.name)} {root.key}" if root is not None else f"#{root_id}"
    label = scene.fit(f"  {scene.say('board.root')}", LABEL + 1)
    face = face_of(root) if root is not None else Face.UNKNOWN
    text = scene.fit(f" {scene.sign(face)} {name}", max(10, width - LABEL - 3))
    return Entry(((label, faces.FAINT), (text, scene.style(face))), root_id)


def _call(scene: Scene, sheet: Sheet, width: int) -> Iterator[Entry]:
    circuit = sheet.declared.get("circuit_id")
    if not sheet.whom_to_call and not circuit:
        return
    yield from _heading(scene, "board.call")
    names = [cell_len(clean(who)) for who, _ in sheet.whom_to_call]
    cells = max(LABEL, min(width // 2, max(names, default=0) + 2))
    for who, number in sheet.whom_to_call:
        yield from _pair(scene, who, number, width, cells)
    if circuit and not any(str(circuit) in who for who, _ in sheet.whom_to_call):
        yield from _pair(scene, scene.say("field.circuit_id"), str(circuit), width, cells)


def _charts(
    scene: Scene, sheet: Sheet, width: int, charts: Charts | None, height: int
) -> Iterator[Entry]:
    if sheet.row.kind is Kind.DEVICE:
        yield from map(Entry, chart_lines(scene, charts, width, height))


def _place(scene: Scene, sheet: Sheet, width: int) -> Iterator[Entry]:
    row, known = sheet.row, scene.known
    yield from _heading(scene, "board.what")
    yield from _pair(scene, scene.kind(row), f"{row.name} ({row.key})", width)
    site = known.rows.get(row.site_id) if row.site_id is not None else None
    if site is not None and site.thing_id != row.thing_id:
        label = scene.fit(f"  {scene.say('kind.site')}", LABEL + 1)
        name = scene.fit(f" {site.name}", max(10, width - LABEL - 3))
        yield Entry(((label, faces.FAINT), (name, faces.LEADS_ON)), site.thing_id)
    units = scene.joined(_unit_chain(scene, row.unit_id))
    if units:
        yield from _pair(scene, scene.say("board.unit"), units, width)
    if row.address:
        label = "field.url" if row.kind is Kind.SERVICE else "field.address"
        yield from _pair(scene, scene.say(label), row.address, width)
    answer = _answer(scene, row)
    if answer:
        yield from _pair(scene, scene.say("board.answer"), answer, width)


def _unit_chain(scene: Scene, unit: int | None) -> list[str]:
    """From the commune up to the province."""
    names: list[str] = []
    while unit is not None and unit in scene.known.rows and len(names) < 5:
        names.append(scene.known.rows[unit].name)
        unit = scene.known.rows[unit].unit_id
    return names


def _answer(scene: Scene, row: LiveRow) -> str:
    parts = []
    if row.rtt_us is not None:
        parts.append(scene.say("board.rtt", ms=scene.number(row.rtt_us / 1000)))
    if row.loss_pct is not None:
        parts.append(scene.say("board.loss", pct=scene.number(row.loss_pct)))
    return ", ".join(parts)


def _things(scene: Scene, title: str, rows: Sequence[LiveRow], width: int) -> Iterator[Entry]:
    if not rows:
        return
    yield from _heading(scene, title, len(rows))
    worst_first = sorted(rows, key=lambda row: faces.URGENCY[face_of(row)])
    cells = state_cells(scene) - 1
    kind_cells = 10 if len({row.kind for row in rows}) > 1 else 0
    for row in worst_first[:MANY]:
        face = face_of(row)
        name = scene.short(row.name)
        text = name if row.key in name or row.kind is Kind.UNIT else f"{name}  {row.key}"
        yield Entry(
            (
                (
                    "  " + scene.fit(f"{scene.sign(face)} {scene.word(face)}", cells),
                    scene.style(face),
                ),
                (f"{scene.since(row.since_ms):5} ", faces.FAINT),
                (scene.fit(scene.say(f"board.kind.{row.kind}"), kind_cells), faces.FAINT),
                (scene.fit(text, max(6, width - cells - 10 - kind_cells)), faces.LEADS_ON),
            ),
            row.thing_id,
        )


def _parts(scene: Scene, parts: tuple[ModuleFact, ...], width: int) -> Iterator[Entry]:
    """What stands there, by serial: what a technician compares with the label."""
    if parts:
        yield from _heading(scene, "board.parts", len(parts))
    for part in parts[:MANY]:
        serial = scene.fit(part.serial or scene.dash, 20)
        model = scene.fit(part.model or part.descr or part.kind, max(8, (width - 24) // 2))
        yield Entry(
            (
                (f"    {serial} ", faces.TEXT),
                (model + " ", faces.TEXT),
                (scene.fit(part.name, max(4, width - 26 - max(8, (width - 24) // 2))), faces.FAINT),
            )
        )


def _neighbours(scene: Scene, ends: tuple[NeighbourFact, ...], width: int) -> Iterator[Entry]:
    if not ends:
        return
    yield from _heading(scene, "board.neighbours", len(ends))
    port_cells = min(26, max(cell_len(clean(end.port)) for end in ends))
    for end in ends[:MANY]:
        other = f"{end.remote_name or '?'} {end.remote_port or ''}".rstrip()
        yield Entry(
            (
                (f"    {scene.fit(end.port, port_cells)} → ", faces.TEXT),
                (scene.fit(other, max(8, width - port_cells - 8)), faces.TEXT),
            )
        )


def _interfaces(scene: Scene, interfaces: tuple[InterfaceRow, ...], width: int) -> Iterator[Entry]:
    """Facts, not alarms: an unused port is no red port."""
    if not interfaces:
        return
    yield from _heading(scene, "board.interfaces", len(interfaces))
    name_cells = min(22, max(cell_len(clean(port.if_name)) for port in interfaces) + 2)
    for port in interfaces[:MANY]:
        status = _port_status(scene, port)
        speed = _speed(port.speed_bps)
        about = port.if_alias or port.if_descr or ""
        sign, style = _port_face(scene, port)
        yield Entry(
            (
                (f"  {sign} ", style),
                (scene.fit(port.if_name, name_cells), faces.TEXT),
                (scene.fit(status, 15), faces.FAINT),
                (scene.fit(speed, 9), faces.FAINT),
                (scene.fit(about, max(4, width - name_cells - 29)), faces.FAINT),
            )
        )


def _port_status(scene: Scene, port: InterfaceRow) -> str:
    if port.admin_status == "down":
        return scene.say("mark.admin_down")
    return scene.say_if_known("port", port.oper_status or "unknown")


def _port_face(scene: Scene, port: InterfaceRow) -> tuple[str, Style]:
    if port.oper_status == "up":
        return scene.sign(Face.UP), scene.style(Face.UP)
    return scene.sign(Face.NOT_MONITORED), faces.FAINT


def _speed(bps: int | None) -> str:
    if not bps:
        return ""
    for unit, size in (("Gb/s", 10**9), ("Mb/s", 10**6), ("kb/s", 10**3)):
        if bps >= size:
            return f"{bps / size:g} {unit}"
    return f"{bps} b/s"


def _outages(scene: Scene, outages: tuple[OutageRow, ...], width: int) -> Iterator[Entry]:
    """Each with its brackets: between which two answers it began and ended."""
    if not outages:
        return
    yield from _heading(scene, "board.outages", len(outages))
    for outage in outages:
        face = Face(outage.state.value) if outage.state is not State.UP else Face.UNKNOWN
        started = _bracket(
            scene, outage.last_good_ms, outage.first_bad_ms, stated(outage, "started")
        )
        if outage.first_good_ms is None:
            ended = scene.say("board.open")
            lasted = scene.age(outage.first_bad_ms)
        else:
            ended = _bracket(
                scene, outage.last_bad_ms, outage.first_good_ms, stated(outage, "ended")
            )
            lasted = scene.age(outage.first_bad_ms, outage.first_good_ms)
        arrow = "->" if scene.ascii_only else "→"
        cells = state_cells(scene) - 1
        text = f"{started} {arrow} {ended}  {lasted}"
        state = scene.fit(f"{scene.sign(face)} {scene.word(face)}", cells)
        yield Entry(
            (
                ("  " + state, scene.style(face)),
                (scene.fit(text, max(6, width - cells - 3)), faces.TEXT),
            ),
            outage.root_thing_id,
        )


def _bracket(scene: Scene, before: int | None, after: int, said: bool) -> str:
    """`20/11 13:50:03`, with how much earlier it may have been: `(≤ 10 s)`; `said`: by a person."""
    at = scene.local(after).strftime("%d/%m %H:%M:%S")
    if said:
        return f"{at} ({scene.say('board.said')})"
    if before is None:
        return at
    sign = "<=" if scene.ascii_only else "≤"
    return f"{at} ({sign}{scene.span((after - before + 999) / 1000)})"


def _facts(scene: Scene, title: str, facts: Mapping[str, Any], width: int) -> Iterator[Entry]:
    shown = declared(scene, facts)
    if not shown:
        return
    yield from _heading(scene, title)
    for name, value in shown:
        yield from _pair(scene, name, value, width)

"""Any thing from anywhere: what is typed is looked up, and keys are found by what they do."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from inventory.folding import matches
from store.questions import LiveRow
from store.states import Kind
from tui import faces, keys
from tui.cells import Line, line
from tui.footer import label
from tui.messages import Chosen
from tui.painted import Painted, Pane, ground
from tui.scene import Scene
from tui.sites import thing_line
from tui.view import View

if TYPE_CHECKING:
    from inventory.lookup import Hit

_OWN = ("name", "id")  # found by what the row shows anyway


class Found(NamedTuple):
    """A thing of the lists, something else with a name, or a key and what it does."""

    of: tuple[str, str]  # kind and key: it stays the same one wherever it stands
    name: str
    about: str = ""
    row: LiveRow | None = None
    kind: str = ""
    action: str = ""
    site: LiveRow | None = None  # which Enter opens for a person


class FoundList(Pane):
    def __init__(self, scene: Scene, *, id: str | None = None) -> None:
        super().__init__(scene, id=id)
        self.driven = True
        self.found: list[Found] = []
        self.asked = ""
        self._numbers: dict[tuple[str, str], int] = {}  # kind and key → key of this list
        self._by_key: dict[int, Found] = {}

    def fill(self, found: list[Found], asked: str, *, best: bool = False) -> None:
        """Of another question the best hit, not the last choice; `best`: unless somebody walked."""
        self.found = found
        if asked != self.asked:
            self.asked, self._touched, best = asked, -math.inf, True
        if best and self._touched == -math.inf:
            self.cursor = None
        numbers = self._numbers
        self._by_key = {numbers.setdefault(one.of, len(numbers)): one for one in found}
        self.show(list(self._by_key))
        self.repaint()

    @property
    def here(self) -> Found | None:
        return self._by_key.get(self.cursor) if self.cursor is not None else None

    def _steady(self, keys: Sequence[int]) -> Sequence[int]:
        return keys

    def title(self) -> tuple[str, str]:
        return self.scene.say("board.found"), str(len(self.keys))

    def nothing(self) -> str:
        return self.scene.say("board.nothing_found")

    def thing_of(self, key: int) -> int | None:
        row = self._by_key[key].row or self._by_key[key].site
        return row.thing_id if row is not None else None

    def row(self, key: int, lead: str) -> Line:
        one, width, scene = self._by_key[key], self.size.width, self.scene
        if one.row is not None:
            return thing_line(scene, one.row, width, lead, with_kind=True, about=one.about)
        name_cells = max(12, (width - 12) // 2)
        spans = [
            (f"{lead}{scene.fit(one.kind, 10)} ", faces.KEY if one.action else faces.FAINT),
            (scene.fit(one.name, name_cells) + " ", faces.TEXT),
            (scene.fit(one.about, max(0, width - 13 - name_cells)), faces.FAINT),
        ]
        return line(width, spans, ground(lead))


class FindBox(Input):
    """Letters go into the box, so that Vietnamese typing never presses a key of the board."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "screen.walk(1)"),
        Binding("up", "screen.walk(-1)"),
        Binding("pagedown", "screen.page(1)"),
        Binding("pageup", "screen.page(-1)"),
    ]


Ask = Callable[[str, Callable[[str, Sequence["Hit"]], None]], None]


class FindScreen(View):
    """`ask` looks up in the index and answers later; until then what the lists show is searched.
    `going`: keys come first."""

    AUTO_FOCUS = "FindBox"
    KEYS = keys.IN_FIND
    BINDINGS: ClassVar[list[BindingType]] = [keys.BACK.fix("back")]

    def __init__(self, scene: Scene, ask: Ask, *, going: bool) -> None:
        super().__init__(scene)
        self._ask = ask
        self._going = going
        self._hits: Sequence[Hit] | None = None
        self._wanted = ""

    def body(self) -> ComposeResult:
        box = FindBox(id="find", compact=True, select_on_focus=False)
        box.cursor_blink = False  # an idle board writes nothing
        yield FoundList(self.scene, id="found")
        yield box

    def on_mount(self) -> None:
        self._look()

    def follow_all(self) -> None:
        self.query_one(FindBox).placeholder = self.scene.say("board.find_hint")
        self._fill()
        super().follow_all()

    def pane(self) -> Painted | None:
        return self.query_one(FoundList)

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.value.strip() != self._wanted:
            self._wanted, self._hits = event.value.strip(), None
            self._look()

    def _look(self) -> None:
        self._ask(self._wanted, self._looked_up)
        self._fill()

    def _looked_up(self, asked: str, hits: Sequence[Hit]) -> None:
        if asked == self._wanted and self.built:
            self._hits = hits
            self._fill(best=True)

    def _fill(self, *, best: bool = False) -> None:
        keys_found, things = list(self._keys_found()), list(self._things())
        found = [*keys_found, *things] if self._going else [*things, *keys_found]
        self.query_one(FoundList).fill(found, self._wanted, best=best)

    def _things(self) -> Iterator[Found]:
        known = self.scene.known
        if not self._wanted:
            ids = [] if self._going else known.sites_worst_first()
        elif self._hits:
            yield from map(self._hit, self._hits)
            return
        else:
            ids = known.found(self._wanted)
        for row in map(known.rows.__getitem__, ids):
            yield Found((row.kind, row.key), row.name, row=row)

    def _hit(self, hit: Hit) -> Found:
        by = "" if hit.field in _OWN else hit.text
        of, by_key = (hit.entry.kind, hit.entry.key), self.scene.known.by_key
        row, site = by_key.get(of), by_key.get((Kind.SITE, hit.entry.site))
        about = by if row else self.scene.joined(filter(None, (by, hit.entry.where)))
        kind = self.scene.say_if_known("board.kind", hit.entry.kind)
        return Found(of, hit.entry.name, about, row, kind, site=site)

    def _keys_found(self) -> Iterator[Found]:
        if not self._wanted and not self._going:
            return
        for key, action in keys.ACTIONS.items():
            name = self.scene.say(key.explains)
            if matches(self._wanted, name, key.name):
                yield Found(("key", key.name), name, kind=label(self.scene, key), action=action)

    def action_walk(self, step: int) -> None:
        self.query_one(FoundList).action_move(step)

    def action_page(self, step: int) -> None:
        self.query_one(FoundList).action_page(step)

    async def on_input_submitted(self, _: Input.Submitted) -> None:
        pane = self.query_one(FoundList)
        if pane.here is not None and pane.here.action:
            self.app.pop_screen()
            await self.app.run_action(pane.here.action)
        elif things := self.pointed():
            self.post_message(Chosen(things[0]))

    def action_back(self) -> None:
        """What was typed leaves first."""
        box = self.query_one(FindBox)
        if box.value:
            box.value = ""
        else:
            self.app.pop_screen()

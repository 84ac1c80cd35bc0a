"""A form at the foot of the screen: a few fields, what is wrong with them, Enter, Esc."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from tui import faces, keys
from tui.cells import Line, line
from tui.footer import Footer
from tui.messages import Sayable
from tui.painted import Painted
from tui.scene import Scene
from tui.speaker import Saying

MOST_LINES = 4  # of what it is about


class Field(NamedTuple):
    name: str
    value: str = ""

    @property
    def label(self) -> str:
        return f"form.field.{self.name}"


class Form(ModalScreen[None]):
    """`read` makes of the fields what is said, or done; a text is what is wrong with them.

    `look` tells after a refusal what it is about, as it is now.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        keys.BACK.fix("back"),
        keys.OPEN.fix("submit"),
    ]

    def __init__(
        self,
        scene: Scene,
        title: str,
        about: Sequence[str],
        fields: Sequence[Field],
        read: Callable[[Mapping[str, str]], str | Sequence[Saying] | Callable[[], None]],
        look: Callable[[], Sequence[str]] | None = None,
    ) -> None:
        super().__init__()
        self.scene = scene
        self.title_text = title
        self.about = about[:MOST_LINES]
        self.fields = fields
        self.wrong = ""
        self.saying = False  # until it is known what became of it, nothing else is said
        self._read = read
        self._look = look
        self._refused = False

    def compose(self) -> ComposeResult:
        with Vertical(id="form"):
            yield Head(self)
            for field in self.fields:
                with Horizontal(classes="field"):
                    yield Label(self.scene, field)
                    yield self._box(field)
            yield Wrong(self)
            yield Footer(self.scene, keys.ON_FORM)

    def _box(self, field: Field) -> Input:
        hint = self.scene.say(f"form.hint.{field.name}")
        box = Input(field.value, hint, compact=True, select_on_focus=False, id=f"f-{field.name}")
        box.cursor_blink = False  # an idle board writes nothing
        return box

    @property
    def values(self) -> dict[str, str]:
        return {
            field.name: self.query_one(f"#f-{field.name}", Input).value.strip()
            for field in self.fields
        }

    def on_input_submitted(self, _: Input.Submitted) -> None:
        self.action_submit()

    def action_back(self) -> None:
        if not self.saying:
            self.dismiss()

    def action_submit(self) -> None:
        if self.saying:
            return
        said = self._read(self.values)
        if isinstance(said, str):
            self.refuse(said)
        elif callable(said):
            self.dismiss()
            said()
        else:
            self._tell("", saying=True)
            self.post_message(Sayable(self, said))

    def refuse(self, why: str) -> None:
        """Nothing was said; what was typed stays."""
        self._tell(why, saying=False)

    def refuse_said(self, why: str) -> None:
        """The record did: what was read here may be no more so."""
        self.refuse(why)
        self._refused = True
        self.follow()

    def follow(self) -> None:
        """Show how what was refused is now."""
        if self._look is not None and self._refused:
            self.about = self._look()[:MOST_LINES]
            self.query_one(Head).repaint()

    def _tell(self, wrong: str, *, saying: bool) -> None:
        self.wrong, self.saying = wrong, saying
        self.query_one(Wrong).repaint()


class Head(Painted):
    def __init__(self, form: Form) -> None:
        super().__init__(form.scene)
        self._form = form
        self.styles.height = 1 + len(form.about)

    def draw(self, y: int) -> Line:
        width = self.size.width
        if y == 0:
            title = self.scene.fit(f" {self._form.title_text}", width)
            return line(width, [(title, faces.TITLE_FOCUSED)], faces.TITLE_FOCUSED)
        return line(width, [(self.scene.fit(f" {self._form.about[y - 1]}", width), faces.TEXT)])


class Label(Painted):
    def __init__(self, scene: Scene, field: Field) -> None:
        super().__init__(scene)
        self._field = field

    def draw(self, y: int) -> Line:
        text = self.scene.fit(f" {self.scene.say(self._field.label)}", self.size.width)
        return line(self.size.width, [(text, faces.FAINT)])


class Wrong(Painted):
    def __init__(self, form: Form) -> None:
        super().__init__(form.scene)
        self._form = form

    def draw(self, y: int) -> Line:
        width, wrong = self.size.width, self._form.wrong
        said = self.scene.say("form.saying") if self._form.saying else wrong
        text = self.scene.fit(f" {said}", width)
        return line(width, [(text, faces.BANNER if wrong else faces.TEXT)])

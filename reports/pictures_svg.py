"""A picture as SVG, in plain Python: a country's report has a hundred thousand shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports.drawn.shapes import LOOKS, SIZE, WIDTH, Box, Drawing, Label, Path, Shape, n
from reports.markup import escaped
from reports.pictures import Picture
from reports.shown import shown
from reports.wording import Wording

_FONT = 'font-family="Liberation Sans, Arial, DejaVu Sans, sans-serif"'
_SPACE = ' xmlns="http://www.w3.org/2000/svg"'
_GROUPS = {
    look: f"<g{''.join(f' {name}={value!r}' for name, value in said.items())}>".replace("'", '"')
    for look, said in LOOKS.items()
}


def svg(part: Picture, wording: Wording, *, alone: bool = True) -> str:
    """760 units wide, no style and no font from outside. `alone`: as a document of its own, for
    the PDF and for files beside a page, which names its language of shapes."""
    drawing = wording.drawing(part)
    tall, name = round(drawing.height), f"{wording.anchor(part.name)}-title"
    return "".join(
        (
            f'<svg{_SPACE if alone else ""} viewBox="0 0 {WIDTH:g} {tall}" width="{WIDTH:g}"'
            f' height="{tall}" style="max-width:100%;height:auto" role="img"'
            f' aria-labelledby="{name}" {_FONT} font-size="{SIZE:g}">\n'
            f'<title id="{name}">{escaped(shown(wording.text(part.caption)))}</title>\n',
            *_layers(drawing),
            "</svg>",
        )
    )


def _layers(drawing: Drawing) -> Iterator[str]:
    for look, shapes in drawing.layers:
        yield _GROUPS[look]
        yield from _shapes(shapes)
        yield "</g>\n"


def _shapes(shapes: Iterable[Shape]) -> Iterator[str]:
    for shape in shapes:
        match shape:
            case Path(d, title):
                yield f'<path d="{d}"{_closed("path", title)}'
            case Box(x, y, width, height, title):
                yield (
                    f'<rect x="{n(x)}" y="{n(y)}" width="{n(width)}" height="{n(height)}"'
                    f"{_closed('rect', title)}"
                )
            case Label(x, y, text, anchor, size):
                middle = "" if anchor == "start" else f' text-anchor="{anchor}"'
                letters = "" if size == SIZE else f' font-size="{size:g}"'
                yield f'<text x="{n(x)}" y="{n(y)}"{middle}{letters}>{escaped(text)}</text>'


def _closed(tag: str, title: str) -> str:
    return f"><title>{escaped(title)}</title></{tag}>" if title else "/>"

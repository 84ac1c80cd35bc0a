"""Makes the pictures of docs/pictures: board and pages in a real fibre cut, the report of a month.

Look at each picture afterwards and write its line in docs/looks.md; a test asks for it.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from functools import partial
from pathlib import Path

from cli.gather import gather
from docs import vision
from docs.web_pictures import web_pictures
from inventory.phrases import LANGUAGES, say
from reports import page, pdf_form
from reports.figures import figures
from reports.pictures_svg import svg
from store.actions import Actions
from store.reader import open_questions
from tests.docs import frozen, month
from tests.pictures import drawn, html_to_pdf, pdf_page_with, pdf_to_png, picture, svg_to_png
from tests.png import recoloured
from tests.tui.province import NOW_MS
from tests.tui.states import every_state
from tui import themes
from tui.app import Board
from tui.settings import Settings
from tui.speaker import Speaker

PICTURES = Path(__file__).parent / "pictures"
SIZES = ((80, 24), (160, 45))
SHEET_SIZE = (120, 40)
SEED = 7
KINDS = ("board", "states", "report", "web")


def board_pictures(folder: Path) -> None:
    """On terminals of both sizes, in both languages; and the sheet of the hub behind the cut."""
    moment = frozen.catch(folder)

    def board(language: str) -> Board:
        return Board(
            moment.reader,
            language=language,
            ascii_only=False,
            now_ms=lambda: moment.now_ms,
            speaker=Speaker(_no_door, "an"),
        )

    for language in LANGUAGES:
        for size in SIZES:
            png = PICTURES / f"board-{size[0]}x{size[1]}-{language}.png"
            asyncio.run(picture(board(language), size, png))
    png = PICTURES / f"sheet-{SHEET_SIZE[0]}x{SHEET_SIZE[1]}-vi.png"
    asyncio.run(picture(board("vi"), SHEET_SIZE, png, "slash", *moment.hub, "enter"))


def states_pictures(folder: Path) -> None:
    """Something in every state, in the three themes, as other eyes see it."""

    async def every_theme() -> list[str]:
        return [await drawn(_in_theme(name), SIZES[0]) for name in themes.NAMES]

    usual = svg_to_png(folder / "states.png", *asyncio.run(every_theme()))
    for eyes in vision.VISIONS:
        png = PICTURES / f"states-{eyes}.png"
        recoloured(usual, partial(vision.seen, vision=eyes), png)


def _in_theme(name: str) -> Board:
    return Board(
        every_state().reader,
        language="vi",
        ascii_only=False,
        now_ms=lambda: NOW_MS,
        settings=Settings(theme=name),
    )


def _no_door() -> Actions:
    """The keys that speak are shown, and nobody presses them."""
    raise OSError("a picture takes no words")


def report_pictures(folder: Path) -> None:
    """The first page, that with pictures, and the first one with sites, as they print on A4; and
    the first of the PDF that is to be signed."""
    reader = open_questions(month.write(folder, SEED))
    period = reader.period(month.BEGIN, month.END, month.MADE)
    document = gather(reader, period, figures(period))
    reader.close()
    for language in LANGUAGES:
        paper = folder / f"paper.{language}.pdf"
        paper.write_bytes(pdf_form.render(document, language, svg))
        pdf_to_png(paper, 1, PICTURES / f"report-pdf-{language}-1.png")
        pdf = html_to_pdf(page.render(document, language), folder / f"{language}.pdf")
        pdf_to_png(pdf, 1, PICTURES / f"report-{language}-1.png")
        words = say(language, "report.caption.calendar")[:20]
        pdf_to_png(pdf, pdf_page_with(pdf, words), PICTURES / f"report-{language}-pictures.png")
        tier = say(language, "report.tier.district")
        words = say(language, "report.caption.sites", tier=tier)[:40]
        pdf_to_png(pdf, pdf_page_with(pdf, words), PICTURES / f"report-{language}-sites.png")


def main() -> int:
    """All kinds, or those named: `python -m docs.make_pictures report`."""
    wanted = sys.argv[1:] or list(KINDS)
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        if "board" in wanted:
            board_pictures(Path(folder))
        if "web" in wanted:
            web_pictures(frozen.catch(Path(folder)), PICTURES)
        if "states" in wanted:
            states_pictures(Path(folder))
        if "report" in wanted:
            report_pictures(Path(folder))
    for png in sorted(PICTURES.glob("*.png")):
        sys.stdout.write(f"{png.stat().st_size:>8}  {png}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

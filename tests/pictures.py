"""Pictures as PNG files: of the board on a terminal of a given size, of pages as they print."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from textual.app import App

from tests.png import few_colours

# Fonts of fixed width with every Vietnamese letter first; the last one lacks some of them.
FONTS = "'Noto Sans Mono', 'JetBrains Mono', 'Hack', 'DejaVu Sans Mono', monospace"
_FONT_FAMILY = re.compile(r"font-family:[^;]*;")
_LAST_LINE = re.compile(r'(clip-terminal">\s*<rect [^>]*height=")([\d.]+)')
_ONLINE_FONT = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)


def local_svg(svg: str) -> str:
    """Textual's screenshot with fonts of this machine in the place of its online font."""
    whole = _LAST_LINE.sub(lambda found: f"{found[1]}{float(found[2]) + 6}", svg)  # room for g, p
    return _FONT_FAMILY.sub(f"font-family: {FONTS};", _ONLINE_FONT.sub("", whole))


def svg_to_png(png: Path, *svgs: str) -> Path:
    """Drawn one below the other by a headless chromium that may fetch nothing."""
    width = height = 0
    for svg in svgs:
        box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
        across, down = (round(float(size)) for size in box.groups()) if box else (1200, 800)
        width, height = max(width, across), height + down
    page = (
        f"<style>html,body{{margin:0;background:#0d1117}}svg{{width:{width}px;display:block}}"
        f"</style>{''.join(map(local_svg, svgs))}"
    )
    _chromium(page, f"--window-size={width},{height}", f"--screenshot={png.resolve()}")
    return few_colours(png)


def html_to_pdf(page: str, pdf: Path) -> Path:
    """As the reader's own browser prints it."""
    _chromium(page, "--no-pdf-header-footer", f"--print-to-pdf={pdf.resolve()}")
    return pdf


def pdf_page_with(pdf: Path, words: str) -> int:
    """The number of the first page that holds these words."""
    said = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True)
    pages = said.stdout.decode().split("\f")
    return next(number for number, text in enumerate(pages, 1) if words in text)


def pdf_to_png(pdf: Path, number: int, png: Path, dots_per_inch: int = 100) -> Path:
    """One page."""
    command = ["pdftoppm", "-png", "-singlefile", "-r", str(dots_per_inch)]
    command += ["-f", str(number), "-l", str(number), str(pdf), str(png.with_suffix(""))]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return few_colours(png)


def _chromium(page: str, *wanted: str) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise FileNotFoundError("chromium draws the pictures: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "page.html"
        source.write_text(page, "utf-8")
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu"]
        command += ["--disable-background-networking", "--hide-scrollbars"]
        command += ["--force-device-scale-factor=1", f"--user-data-dir={folder}/profile"]
        subprocess.run(
            [*command, *wanted, source.as_uri()], check=True, capture_output=True, timeout=120
        )


async def picture(app: App[Any], size: tuple[int, int], png: Path, *keys: str) -> Path:
    """Run the app on a terminal of (columns, lines), press the keys, take the picture."""
    return svg_to_png(png, await drawn(app, size, *keys))


async def drawn(app: App[Any], size: tuple[int, int], *keys: str) -> str:
    """The same as SVG."""
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        return app.export_screenshot(simplify=True)


async def settle(pilot: Any, seconds: float = 2.5) -> None:
    """Give the feed the time of two polls, and the links theirs behind it."""
    await pilot.pause(seconds)

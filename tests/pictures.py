"""Pictures of the board: an app on a terminal of a given size, as a PNG file."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from textual.app import App

# Fonts of fixed width with every Vietnamese letter first; the last one lacks some of them.
FONTS = "'Noto Sans Mono', 'JetBrains Mono', 'Hack', 'DejaVu Sans Mono', monospace"
_FONT_FAMILY = re.compile(r"font-family:[^;]*;")
_ONLINE_FONT = re.compile(r"@font-face\s*\{.*?\}", re.DOTALL)


def local_svg(svg: str) -> str:
    """Textual's screenshot with fonts of this machine in the place of its online font."""
    return _FONT_FAMILY.sub(f"font-family: {FONTS};", _ONLINE_FONT.sub("", svg))


def svg_to_png(svg: str, png: Path) -> Path:
    """Drawn by a headless chromium that may fetch nothing."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise FileNotFoundError("chromium draws the pictures: apt-get install chromium")
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    width, height = (round(float(size)) for size in box.groups()) if box else (1200, 800)
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "board.html"
        page.write_text(
            f"<style>html,body{{margin:0;background:#0d1117}}svg{{width:{width}px;display:block}}"
            f"</style>{local_svg(svg)}",
            "utf-8",
        )
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu"]
        command += ["--disable-background-networking", "--hide-scrollbars"]
        command += [f"--user-data-dir={folder}/profile", f"--window-size={width},{height}"]
        command += [f"--screenshot={png.resolve()}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    return png


async def picture(app: App[Any], size: tuple[int, int], png: Path, *keys: str) -> Path:
    """Run the app on a terminal of (columns, lines), press the keys, take the picture."""
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        svg = app.export_screenshot(simplify=True)
    return svg_to_png(svg, png)


async def settle(pilot: Any, seconds: float = 0.6) -> None:
    """Give the feed the time of two polls."""
    await pilot.pause(seconds)

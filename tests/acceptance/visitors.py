"""`canh serve` beside a record, and people at its pages: some listen, one goes where links lead."""

from __future__ import annotations

import random
import re
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.child import of_ours
from tests.acceptance.monitor import CANH, ROOT, until

SITES = '[network]\nname = "Mạng thử"\ntimezone = "Asia/Ho_Chi_Minh"\n'
STEP_S = 0.5  # from page to page
LEFT_OUT = ("/logout", "/static/", "/board")
PATIENCE_S = 30


class Pages:
    """The pages at `url`, asked from outside."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers = Counter[int]()  # by status

    def get(self, address: str) -> str:
        """What the page says; nothing where it is refused."""
        asked = urllib.parse.urljoin(self.url, address)
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE_S) as answer:
                self.answers[answer.status] += 1
                said: bytes = answer.read()
                return said.decode(errors="replace")
        except urllib.error.HTTPError as refused:
            with refused:
                self.answers[refused.code] += 1
            return ""

    def figures(self) -> dict[str, float]:
        """Of the process, by their names in /metrics."""
        lines = self.get("/metrics").splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    def walk(self, stop: threading.Event) -> None:
        """From page to page, each new one rather than one that was seen; then from the start."""
        dice, seen = random.Random(5), set[str]()
        here = self.get("/")
        while not stop.wait(STEP_S):
            links = set(re.findall(r'href="(/[^"#]*)"', here.replace("&amp;", "&")))
            links = {one for one in links if not one.startswith(LEFT_OUT)}
            new = sorted(links - seen)
            if not new or dice.random() < 0.1:
                seen.clear()
                here = self.get("/")
                continue
            seen.add(chosen := dice.choice(new))
            here = self.get(chosen)


@contextmanager
def pages_open(data: Path, listeners: int) -> Iterator[Pages]:
    """So many browsers hear of each change meanwhile."""
    (data / "pages.toml").write_text(SITES, "utf-8")
    words = ("serve", "--config", str(data / "pages.toml"), "--data", str(data), "--port", "0")
    said = data / "pages.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", *CANH, *words],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stderr=log,
        )
    try:
        assert until(lambda: " shows " in said.read_text("utf-8"), 60) is not None, said
        pages = Pages(re.findall(r"http://\S+/", said.read_text("utf-8"))[0])
        port = urllib.parse.urlsplit(pages.url).port
        crowd = ("web_readers", str(port), str(listeners))
        with of_ours(*crowd, said=data / "listeners") as heard:
            heard.line()
            yield pages
            heard.tell("end")
            least, _ = map(int, heard.line().split())
            assert least > 0, "somebody heard nothing"
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
    assert "Traceback" not in said.read_text("utf-8")

"""A night on duty: the demo's fibre cut, found and dealt with by keys that the screen shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from store.engine import open_reader
from store.spoken import audit
from tests.needs import need_program

SEED = 67  # a cut with some twenty sites behind it
PATIENCE_S = 120.0
CUT = re.compile(r"(L\d{4}) +\+\d\d điểm")


class Duty:
    """`canh demo` in a terminal of 80 by 24."""

    def __init__(self, folder: Path) -> None:
        self._name = f"canh-story-{os.getpid()}"
        self.data = folder / "demo"
        command = f"{sys.executable} -m cli.main demo --seed {SEED} --data {self.data} --lang vi"
        size = ("-x", "80", "-y", "24")
        environment = os.environ | {"CANH_ACTOR": "Trực ban", "LC_ALL": "C.UTF-8"}
        self._tmux("-u", "new-session", "-d", *size, command, env=environment)

    def _tmux(self, *words: str, env: dict[str, str] | None = None) -> str:
        call = ["tmux", "-L", self._name, "-f", "/dev/null", *words]
        return subprocess.run(call, capture_output=True, text=True, check=True, env=env).stdout

    def screen(self) -> list[str]:
        return self._tmux("capture-pane", "-p").split("\n")

    def until(self, true: Callable[[list[str]], bool]) -> list[str]:
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            shown = self.screen()
            if true(shown):
                return shown
            time.sleep(0.2)
        raise AssertionError("\n".join(self.screen()))

    def sees(self, words: str) -> list[str]:
        return self.until(lambda shown: words in "\n".join(shown))

    def press(self, key: str, label: str = "") -> None:
        """Only what the foot of the screen or the help shows."""
        if label:
            self.until(lambda shown: f" {label}" in f" {shown[23]}")
        self._tmux("send-keys", key)
        time.sleep(0.3)

    def type(self, text: str) -> None:
        self._tmux("send-keys", "-l", text)
        time.sleep(0.3)

    def end(self) -> None:
        subprocess.run(["tmux", "-L", self._name, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def duty(tmp_path: Path) -> Iterator[Duty]:
    need_program("tmux")
    here = Duty(tmp_path)
    try:
        yield here
    finally:
        here.end()


def under_cursor(shown: list[str]) -> str:
    return next((row for row in shown[3:] if row.startswith(">") and "gốc" not in row), "")


@pytest.mark.timeout(400)
def test_the_cut_is_found_opened_taken_planned_and_released(duty: Duty) -> None:
    shown = duty.until(lambda shown: any(CUT.search(row) for row in shown))
    found = next(match for row in shown if (match := CUT.search(row)))
    cut = found[1]
    duty.press("?", "? giúp")
    duty.sees("dòng dưới")
    duty.press("Escape", "Esc về")
    duty.press("g")
    for _ in range(10):
        if cut in under_cursor(duty.screen()):
            break
        duty.press("j")
    assert cut in under_cursor(duty.screen())

    duty.press("Enter", "Enter mở")
    shown = duty.sees("Gọi ai")
    assert any("1800" in row for row in shown)
    duty.sees("Điểm mạng bị ảnh hưởng")
    duty.press("Escape", "Esc về")

    duty.press("i", "i vì sao")
    duty.sees("Quy tắc:")
    duty.press("Escape", "Esc về")

    duty.press("a", "a nhận")
    duty.sees("Tiếp nhận sự cố gốc")
    duty.type("đội cáp đang đến chỗ đứt")
    duty.press("Enter", "Enter ghi")
    duty.until(lambda shown: any(cut in row and "✓" in row for row in shown))
    duty.sees("“đội cáp đang")

    duty.press("m", "m bảo trì")
    duty.sees("Đặt lịch bảo trì")
    duty.press("Tab", "Tab ô sau")
    duty.type("hàn nối cáp")
    duty.press("Enter", "Enter ghi")
    duty.until(lambda shown: any(cut in row and "M bảo trì" in row for row in shown))

    duty.press("m", "m bảo trì")
    duty.sees("Kết thúc bảo trì")
    duty.press("Enter", "Enter ghi")
    duty.until(lambda shown: not any(cut in row and "M bảo trì" in row for row in shown))
    duty.press("q", "q thoát")

    engine = open_reader(f"sqlite:///{duty.data / 'record.db'}")
    with engine.connect() as conn:
        rows = conn.execute(select(audit.c.actor, audit.c.action).order_by(audit.c.id)).all()
    engine.dispose()
    assert [tuple(row) for row in rows] == [
        ("Trực ban", "acknowledge"),
        ("Trực ban", "maintenance"),
        ("Trực ban", "cancel_maintenance"),
    ]

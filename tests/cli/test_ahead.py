"""Work in a process of its own gives its outcome once, or None however it ended."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from cli.ahead import ahead


def no_work() -> str:
    raise RuntimeError("not possible")


def killed() -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def test_the_outcome_is_that_of_another_process() -> None:
    outcome = ahead(lambda: ("x" * 1_000_000, os.getpid()))  # more than a pipe holds
    text, process = outcome() or ("", 0)
    assert len(text) == 1_000_000
    assert process not in (0, os.getpid())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@pytest.mark.parametrize("work", [no_work, killed])
def test_work_that_failed_gives_none_and_says_nothing(
    work: Callable[[], str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert ahead(work)() is None
    assert capfd.readouterr() == ("", "")

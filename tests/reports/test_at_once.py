"""Copies of a process share the work; what one of them does not bring is made all the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import pytest

from cli.progress import Progress
from inventory.phrases import LANGUAGES
from reports import at_once, page
from reports.at_once import begun, each, harmless
from reports.figures import figures
from tests.reports.province import october


def job(number: int) -> tuple[int, int]:
    time.sleep(0.02)
    return number, os.getpid()


def alone(ask: Callable[..., None], *arguments: object) -> None:
    """In a process of its own: other tests leave threads in this one."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as fresh:
        fresh.submit(ask, *arguments).result()


def shared(processes: int) -> int:
    """How many processes did the work."""
    made = each([partial(job, number) for number in range(20)], processes)
    assert [number for number, _ in made] == list(range(20))
    with pytest.raises(ChildProcessError):  # none is left
        os.waitpid(-1, os.WNOHANG)
    return len({pid for _, pid in made})


def test_the_work_is_shared_and_comes_in_its_order() -> None:
    alone(its_order)


def its_order() -> None:
    assert shared(3) == 3


def test_what_a_killed_copy_had_is_made_here() -> None:
    alone(killed)


def killed() -> None:
    us, died = os.getpid(), multiprocessing.get_context("fork").Value("i", 0)

    def die(number: int) -> int:
        if os.getpid() != us:
            died.value = 1
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.05)
        return number

    assert each([partial(die, number) for number in range(6)], 3) == list(range(6))
    assert died.value


def test_a_job_that_fails_is_told_as_if_there_were_no_copies() -> None:
    alone(failed)


def failed() -> None:
    def fail(number: int) -> int:
        if number == 3:
            raise ValueError("page 3")
        time.sleep(0.02)
        return number

    with pytest.raises(ValueError, match="page 3"):
        each([partial(fail, number) for number in range(6)], 2)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_more_than_a_pipe_holds_comes_through() -> None:
    alone(large)


def large() -> None:
    many: list[Callable[[], bytes]] = [partial(bytes, 3_000_000) for _ in range(6)]
    assert list(map(len, each(many, 2))) == [3_000_000] * 6


def test_a_page_is_the_same_whoever_makes_its_sections() -> None:
    alone(paged)


def paged() -> None:
    document, copies, fork = figures(october()), [], os.fork

    def counted() -> int:
        copies.append(fork())
        return copies[-1]

    os.fork = counted
    assert page.render(document, *LANGUAGES, processes=3) == page.render(document, *LANGUAGES)
    assert len(copies) == 2


@pytest.mark.parametrize("processes", [0, 1])
def test_one_process_makes_no_copies(processes: int) -> None:
    assert {pid for _, pid in each([partial(job, 1)] * 3, processes)} == {os.getpid()}
    assert each([], 4) == []


@pytest.mark.parametrize(("only_waits", "processes"), [(False, 1), (True, 3)])
def test_a_process_with_threads_is_copied_only_where_they_do_nothing(
    only_waits: bool, processes: int
) -> None:
    alone(threaded, only_waits, processes)


def threaded(only_waits: bool, processes: int) -> None:
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    if only_waits:
        harmless(other)
    other.start()
    try:
        assert shared(3) == processes
    finally:
        over.set()
        other.join()


def test_the_command_that_tells_its_progress_shares_its_work() -> None:
    alone(telling)


def telling() -> None:
    with Progress("report"):
        assert shared(2) == 2


def test_what_is_begun_in_a_copy_is_made_here_where_that_fails() -> None:
    alone(apart_and_here)


class Torn:
    """A pipe whose writer is killed before it told all."""

    def __init__(self, into: int, _: str) -> None:
        self._into = into

    def __enter__(self) -> Torn:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._into)

    def write(self, told: bytes) -> None:
        os.write(self._into, told[:-2])


def apart_and_here() -> None:
    at_once.processors = lambda: 2
    us = os.getpid()

    def fail() -> tuple[int, int]:
        raise ValueError

    def die() -> tuple[int, int]:
        os.kill(os.getpid(), signal.SIGKILL)
        return job(0)

    with begun(partial(job, 1), partial(job, 2)) as made:
        number, maker = made()
        assert (number, maker == us) == (1, False)

    def tear() -> tuple[int, int]:
        os.fdopen = Torn  # type: ignore[assignment]  # in the copy alone
        return job(0)

    for apart in (fail, die, tear):
        with begun(apart, partial(job, 2)) as made:
            assert made() == (2, us)
    began = time.monotonic()
    with begun(partial(time.sleep, 60), partial(time.sleep, 0)):
        pass  # nobody asked for it
    assert time.monotonic() - began < 30
    other = threading.Thread(target=time.sleep, args=(0.2,))
    other.start()
    with begun(partial(job, 1), partial(job, 2)) as made:
        assert made() == (2, us)
    other.join()
    with pytest.raises(ChildProcessError):  # none is left
        os.waitpid(-1, os.WNOHANG)

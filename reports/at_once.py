"""Things that do not need each other, made at the same time by copies of this process."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NoReturn, TypeVar, cast

Made = TypeVar("Made")
MOST = 4  # processes; each takes some of the memory of the first
_TOKEN = 2  # bytes
_MOST_JOBS = 30_000  # so many tokens fit into a pipe
_HARMLESS = weakref.WeakSet[threading.Thread]()


class _LostError(Exception):
    """A copy was killed, or what it was to make failed."""


def processors() -> int:
    """How many processes are worth while."""
    return min(MOST, len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1)


def each(jobs: Sequence[Callable[[], Made]], processes: int) -> list[Made]:
    """What the jobs make, in their order; it must be possible to pickle it.

    Who is done with one takes the next. What a copy did not finish, since it was killed or since
    the job fails, is made here: nothing is lost but time.
    """
    copies = min(processes, len(jobs)) - 1
    if copies < 1 or len(jobs) > _MOST_JOBS or not _may_fork():
        return [job() for job in jobs]
    with contextlib.ExitStack() as ended:
        queue = _tokens(len(jobs))
        ended.callback(os.close, queue)
        share = partial(_what_can_be, jobs, queue)
        answers = [ended.enter_context(_copied(share)) for _ in range(copies)]
        made = {number: jobs[number]() for number in _taken(queue)}
        for answer in answers:
            with contextlib.suppress(_LostError):
                made |= answer()
    return [made[number] if number in made else job() for number, job in enumerate(jobs)]


@contextlib.contextmanager
def begun(apart: Callable[[], Made], here: Callable[[], Made]) -> Iterator[Callable[[], Made]]:
    """What `apart` makes, begun now in a copy of this process; it is waited for when it is asked
    for, and must be possible to pickle. Where there can be no copy, or it fails: what `here` makes.
    """
    if processors() < 2 or not _may_fork():
        yield here
        return
    with _copied(apart) as answer:

        def made() -> Made:
            with contextlib.suppress(_LostError):
                return answer()
            return here()

        yield made


@contextlib.contextmanager
def _copied(job: Callable[[], Made]) -> Iterator[Callable[[], Made]]:
    """A copy that does the job, as long as this lasts; its answer can be waited for once."""
    reads, writes = os.pipe()
    copy = os.fork()
    if not copy:
        _tell(job, writes)
    os.close(writes)

    def answer() -> Made:
        try:
            return cast(Made, pickle.loads(told.read()))  # noqa: S301  (our own copy wrote it)
        except (EOFError, pickle.UnpicklingError) as error:
            raise _LostError from error

    try:
        with os.fdopen(reads, "rb") as told:
            yield answer
    finally:
        os.kill(copy, signal.SIGKILL)
        os.waitpid(copy, 0)


def _tell(job: Callable[[], object], into: int) -> NoReturn:
    """The end of a copy: nothing that is open in it is ours to close."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first one tells that it was interrupted
        told = pickle.dumps(job())
        with os.fdopen(into, "wb") as file:
            file.write(told)
    finally:
        os._exit(0)


def harmless(thread: threading.Thread) -> threading.Thread:
    """Mark a thread that holds no lock which a copy could need."""
    _HARMLESS.add(thread)
    return thread


def _may_fork() -> bool:
    """A copy of a process with threads may wait for ever for a lock that one of them held."""
    others = {*threading.enumerate()} - {threading.current_thread(), *_HARMLESS}
    return sys.platform == "linux" and not others


def _tokens(jobs: int) -> int:
    """A pipe that holds the number of each job: whoever reads one has it alone."""
    queue, into = os.pipe()
    os.write(into, b"".join(number.to_bytes(_TOKEN, "little") for number in range(jobs)))
    os.close(into)
    return queue


def _taken(queue: int) -> Iterator[int]:
    while token := os.read(queue, _TOKEN):
        yield int.from_bytes(token, "little")


def _what_can_be(jobs: Sequence[Callable[[], Made]], queue: int) -> Mapping[int, Made]:
    made = {}
    for number in _taken(queue):
        try:
            made[number] = jobs[number]()
        except Exception:  # it is done again where it can be told
            break
    return made

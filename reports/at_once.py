"""Things that do not need each other, made at the same time by copies of this process."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, NoReturn, TypeVar, cast

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

Made = TypeVar("Made")
MOST = 4  # processes; each takes some of the memory of the first
_TOKEN = 2  # bytes
_MOST_JOBS = 30_000  # so many tokens fit into a pipe
_HARMLESS = weakref.WeakSet[threading.Thread]()


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
    import multiprocessing  # longer to load than a small report has to wait for

    queue = _tokens(len(jobs))
    fork = multiprocessing.get_context("fork")
    answers: list[tuple[BaseProcess, Connection]] = []
    try:
        for _ in range(copies):
            answer, into = fork.Pipe(duplex=False)
            copy = fork.Process(target=_copy, args=(jobs, queue, into), daemon=True)
            copy.start()
            into.close()
            answers.append((copy, answer))
        made = {number: jobs[number]() for number in _taken(queue)}
        for _, answer in answers:
            with contextlib.suppress(EOFError):  # it was killed
                made |= answer.recv()
    finally:
        os.close(queue)
        for other, answer in answers:
            answer.close()
            other.kill()
            other.join()
    return [made[number] if number in made else job() for number, job in enumerate(jobs)]


@contextlib.contextmanager
def begun(apart: Callable[[], Made], here: Callable[[], Made]) -> Iterator[Callable[[], Made]]:
    """What `apart` makes, begun now in a copy of this process; it is waited for when it is asked
    for, and must be possible to pickle. Where there can be no copy, or it fails: what `here` makes.
    """
    if processors() < 2 or not _may_fork():
        yield here
        return
    reads, writes = os.pipe()
    copy = os.fork()
    if not copy:
        _tell(apart, writes)
    os.close(writes)

    def made() -> Made:
        with contextlib.suppress(EOFError, pickle.UnpicklingError):  # it was killed, or it failed
            return cast(Made, pickle.loads(answer.read()))  # noqa: S301  (our own copy wrote it)
        return here()

    try:
        with os.fdopen(reads, "rb") as answer:
            yield made
    finally:
        os.kill(copy, signal.SIGKILL)
        os.waitpid(copy, 0)


def _tell(job: Callable[[], object], into: int) -> NoReturn:
    """The end of a copy: nothing that is open in it is ours to close."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
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


def _copy(jobs: Sequence[Callable[[], object]], queue: int, into: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first one tells that it was interrupted
    made = {}
    for number in _taken(queue):
        try:
            made[number] = jobs[number]()
        except Exception:  # it is done again where it can be told
            break
    with contextlib.suppress(BrokenPipeError):
        into.send(made)

"""What a process does about memory that it does not use."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

STATUS = Path("/proc/self/status")
SPARING = "from store.thrift import be_sparing; be_sparing()\n"
ASK = f"print(open({str(STATUS)!r}).read())"
# Four threads that hold what they made; a large thing that is freed, and another that is held.
HOLD = """import ctypes, sys, threading
all_there, told = threading.Barrier(5), threading.Event()
def hold():
    made = [bytes(1_000) for _ in range(1_000)]
    all_there.wait()
    told.wait()
for _ in range(4):
    threading.Thread(target=hold).start()
all_there.wait()
bytes(1 << 20)
held = bytes(1 << 20)
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
file = ctypes.c_void_p(libc.fopen(b"/dev/stdout", b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
told.set()
"""


def said(words: str) -> str:
    done = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    return done.stdout


def heaps_and_large(words: str) -> tuple[int, int]:
    """How many heaps there are, and how many things stand outside of all."""
    told = said(words + HOLD)
    outside = re.findall(r'<total type="mmap" count="(\d+)"', told)
    return told.count("<heap nr="), int(outside[-1])


@pytest.mark.skipif(
    not STATUS.is_file() or "THP_enabled" not in STATUS.read_text(),
    reason="the kernel does not tell whether a process may have huge pages",
)
def test_the_kernel_makes_no_huge_pages_of_a_process_that_is_sparing() -> None:
    assert "THP_enabled:\t0" in said(SPARING + ASK)
    assert "THP_enabled:\t1" in said(ASK)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this is not glibc")
def test_all_threads_of_it_share_a_heap_and_what_is_large_stands_outside() -> None:
    heaps, large = heaps_and_large(SPARING)
    usual_heaps, usual_large = heaps_and_large("")
    assert heaps == 1 < usual_heaps
    assert large > usual_large

"""What a process does about memory that it does not use."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

STATUS = Path("/proc/self/status")
ASK = f"""from store.thrift import no_huge_pages
no_huge_pages()
print(open({str(STATUS)!r}).read())"""


@pytest.mark.skipif(
    not STATUS.is_file() or "THP_enabled" not in STATUS.read_text(),
    reason="the kernel does not tell whether a process may have huge pages",
)
def test_the_kernel_makes_no_huge_pages_of_a_process_that_wants_none() -> None:
    told = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert "THP_enabled:\t0" in told.stdout
    assert "THP_enabled:\t1" in STATUS.read_text()

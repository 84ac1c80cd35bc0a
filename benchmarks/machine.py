"""What the figures were measured on, and what must be installed for it."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path

PACKAGES = {
    "fping": "fping",
    "prometheus-snmp-exporter": "prometheus-snmp-exporter",
    "ip": "iproute2",
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "taskset": "util-linux",
    "nft": "nftables",
    "wrk": "wrk",
}
_VERSION = ("--version",)


def missing(programs: tuple[str, ...]) -> str | None:
    """One sentence with the remedy where a program is not there."""
    gone = [name for name in programs if shutil.which(name) is None]
    if not gone:
        return None
    packages = " ".join(PACKAGES[name] for name in gone)
    return f"not installed: {', '.join(gone)}; remedy: apt-get install {packages}"


def described(programs: tuple[str, ...]) -> str:
    """One line: processor, cores, kernel, versions, and how busy the machine was."""
    load = os.getloadavg()[0]
    cores = len(os.sched_getaffinity(0))
    peers = ", ".join(f"{name} {version(name)}" for name in programs)
    return (
        f"{_processor()}, {cores} cores, Linux {platform.release().partition('-')[0]}, "
        f"Python {platform.python_version()}, {peers}; load average {load:.1f} at the start"
    )


def version(program: str) -> str:
    """As the program itself tells it."""
    done = subprocess.run([program, *_VERSION], capture_output=True, text=True, check=False)
    found = re.search(r"\d+\.\d+(\.\d+)?", done.stdout + done.stderr)
    return found[0] if found else "of an unknown version"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()

"""What a unit file of systemd says, as a command that starts a program in the same way.

Without systemd: the user, the capabilities, no new privileges, no memory that is written and
executed, the limits, the mask and a file system that is read-only but for the state directory are
set by setpriv(1), mount(8), prctl(2) and setrlimit(2). The filter of system calls is not.
"""

from __future__ import annotations

import os
import re
import select
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGING = Path(__file__).parents[2] / "packaging"
UID = 8417  # nobody has it
# As PID 1 does between fork and exec: prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN), limits, mask.
_INSIDE = (
    "import ctypes, os, resource, sys; files, core, mask, mdwe = sys.argv[1:5];"
    " mdwe == 'yes' and ctypes.CDLL(None).prctl(65, 1, 0, 0, 0);"
    " most = resource.getrlimit(resource.RLIMIT_NOFILE)[1];"
    " resource.setrlimit(resource.RLIMIT_NOFILE, (min(int(files), most),) * 2);"
    " resource.setrlimit(resource.RLIMIT_CORE, (int(core),) * 2);"
    " os.umask(int(mask, 8)); os.execvp(sys.argv[5], sys.argv[5:])"
)
_STRICT = (
    'mount --make-rprivate / && mount --bind "$1" "$1" && mount -o remount,bind,ro / &&'
    ' shift && exec "$@"'
)
# An interpreter in a folder that is root's alone is shown to others, and nothing else of it.
_SHOW = (
    'mount --make-rprivate / && mount --bind "$2" /mnt && mount -t tmpfs -o mode=755 none "$1" &&'
    ' mkdir -p "$2" && mount --bind /mnt "$2" && umount /mnt && shift 2 && exec "$@"'
)


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that others can look into; pytest keeps shutting its own."""
    with tempfile.TemporaryDirectory(prefix="canh-unit-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


class Unit:
    """The [Service] of a file in packaging/; a key that stands there twice has both values."""

    def __init__(self, name: str) -> None:
        self._values: dict[str, list[str]] = {}
        section = ""
        for line in (PACKAGING / name).read_text("utf-8").splitlines():
            if line.startswith("["):
                section = line.strip("[]")
            elif section == "Service" and "=" in line and not line.startswith("#"):
                key, _, value = line.partition("=")
                self._values.setdefault(key, []).append(value)

    def all(self, key: str) -> list[str]:
        return self._values.get(key, [])

    def one(self, key: str, default: str = "") -> str:
        return (self.all(key) or [default])[-1]

    @property
    def watchdog_s(self) -> int:
        return int(self.one("WatchdogSec", "0"))

    def command(self, config: Path, state: Path, *more: str) -> list[str]:
        """Its ExecStart with our interpreter, our sites.toml and our folder of data."""
        assert self.one("ProtectSystem") == "strict"
        assert self.one("NoNewPrivileges") == "yes"
        program, *words = self.one("ExecStart").split()
        assert program == "/opt/canh/bin/canh"
        places = {"/etc/canh/sites.toml": str(config)}
        said = [places.get(word, word.replace("/var/lib/canh", str(state))) for word in words]
        caps = [
            name.removeprefix("CAP_").lower() for name in self.one("AmbientCapabilities").split()
        ]
        bound = self.one("CapabilityBoundingSet", "-").split()
        assert [name.removeprefix("CAP_").lower() for name in bound] == caps
        given = ",".join(["-all", *(f"+{cap}" for cap in caps)])
        limits = [self.one("LimitNOFILE", "1024"), self.one("LimitCORE", "0"), self.one("UMask")]
        return [
            *_showing(Path(sys.base_prefix)),
            *("unshare", "--mount", "sh", "-c", _STRICT, "sh", str(state)),
            *("setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups", "--no-new-privs"),
            *(f"--inh-caps={given}", f"--ambient-caps={given}", f"--bounding-set={given}"),
            *(sys.executable, "-c", _INSIDE, *limits, self.one("MemoryDenyWriteExecute", "no")),
            *(sys.executable, "-P", "-m", "cli.main", *said, *more),
        ]

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of ours but where our modules are."""
        own = dict(value.split("=", 1) for value in self.all("Environment"))
        found = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PACKAGING.parent)}
        return found | {"PYTHONDONTWRITEBYTECODE": "1"} | own | more


def _showing(home: Path) -> list[str]:
    shut = [one for one in reversed(home.parents) if not one.stat().st_mode & 0o001]
    return ["unshare", "--mount", "sh", "-c", _SHOW, "sh", str(shut[0]), str(home)] if shut else []


class Manager:
    """The end of NOTIFY_SOCKET at which a service manager listens."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        path.chmod(0o777)

    def heard(self, within_s: float, until: str = "") -> list[str]:
        """What was said, until a word comes or the time is over."""
        end, words = time.monotonic() + within_s, []
        while (left := end - time.monotonic()) > 0:
            if select.select([self._socket], [], [], left)[0]:
                words += self._socket.recv(4096).decode().splitlines()
                if until and until in words:
                    break
        return words

    def close(self) -> None:
        self._socket.close()


def capabilities(pid: int) -> dict[str, int]:
    """`CapEff`, `CapPrm`, `CapBnd`, `CapAmb` … of a process, `Uid` and `NoNewPrivs` as well."""
    text = Path(f"/proc/{pid}/status").read_text()
    found = dict(re.findall(r"^(Cap\w+):\s+([0-9a-f]+)$", text, re.MULTILINE))
    plain = dict(re.findall(r"^(Uid|NoNewPrivs):\s+(\d+)", text, re.MULTILINE))
    return {k: int(v, 16) for k, v in found.items()} | {k: int(v) for k, v in plain.items()}

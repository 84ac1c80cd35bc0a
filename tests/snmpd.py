"""A real snmpd on a free loopback port, as a child of the test."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.needs import need_program

NAME = "p-ttdl-router1"
COMMUNITY = "Bí mật 123"
AUTH_KEY, PRIV_KEY = "mật khẩu xác thực", "mật khẩu mã hoá"

USERS = {  # user name → (auth, priv) in our words, and in those of snmpd.conf
    "sha1aes128": ("sha1", "aes128", "SHA", "AES"),
    "sha256aes128": ("sha256", "aes128", "SHA-256", "AES"),
    "sha512aes256": ("sha512", "aes256", "SHA-512", "AES256"),
    "sha1aes256": ("sha1", "aes256", "SHA", "AES256"),
}


@dataclass(frozen=True)
class Snmpd:
    """A running agent; it answers `COMMUNITY` and the users in `USERS`."""

    address: str
    port: int


def free_udp_port(address: str = "127.0.0.1") -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((address, 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def running_snmpd(folder: Path, port: int | None = None, *, engine_id: str = "") -> Iterator[Snmpd]:
    """Start it, wait until it listens, stop it. `folder` is its own: empty, or as it left it,
    whereupon it counts its starts. `engine_id` in hexadecimal digits."""
    need_program("snmpd")
    port = port or free_udp_port()
    told = [f"exactEngineID 0x{engine_id}"] if engine_id else []
    (folder / "snmpd.conf").write_text("\n".join([*_configuration(), *told, ""]), "utf-8")
    command = ["snmpd", "-f", "-Lf", str(folder / "snmpd.log"), "-r"]
    kept = folder / "kept"
    paths = {"SNMPCONFPATH": f"{folder}:{kept}", "SNMP_PERSISTENT_DIR": str(kept)}
    child = subprocess.Popen(
        [*command, "-p", str(folder / "snmpd.pid"), f"udp:127.0.0.1:{port}", f"udp6:[::1]:{port}"],
        env={**os.environ, **paths, "MIBS": "", "MIBDIRS": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_it_listens(child, port, folder / "snmpd.log")
        yield Snmpd("127.0.0.1", port)
    finally:
        child.terminate()
        child.wait(10)


def _configuration() -> list[str]:
    lines = [
        f"sysName {NAME}",
        "sysDescr A switch for tests",
        "sysObjectID 1.3.6.1.4.1.8072.3.2.10",
        f'rocommunity "{COMMUNITY}" 127.0.0.1',
        f'rocommunity6 "{COMMUNITY}" ::1',
    ]
    for name, (_, _, auth, priv) in USERS.items():
        lines.append(f'createUser {name} {auth} "{AUTH_KEY}" {priv} "{PRIV_KEY}"')
        lines.append(f"rouser {name} priv")
    return lines


def _wait_until_it_listens(child: subprocess.Popen[bytes], port: int, log: Path) -> None:
    wanted = f":{port:04X}"
    for _ in range(200):
        if child.poll() is not None:
            raise RuntimeError(f"snmpd ended with {child.returncode}: {log.read_text('utf-8')}")
        table = Path("/proc/net/udp").read_text("ascii")
        if any(line.split()[1].endswith(wanted) for line in table.splitlines()[1:]):
            return
        time.sleep(0.05)
    raise RuntimeError("snmpd did not open its port within 10 s")

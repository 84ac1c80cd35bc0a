"""The simulator's sockets hear loopback and nobody else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import demo
from tests.needs import need_program, need_root

ROOT = Path(demo.__file__).resolve().parent.parent
ASKS = """
import socket, time
from demo import sockets

def heard(source, target):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.bind((source, 0))
        asker.sendto(b"hello", (target, door.getsockname()[1]))
    time.sleep(0.1)
    return [asked.address for asked in sockets.drain(door)]

door = sockets.open_socket()
assert heard("127.0.0.1", "127.51.2.3") == [bytes((127, 51, 2, 3))]
assert heard("127.0.0.1", "192.0.2.7") == []
assert heard("192.0.2.7", "192.0.2.7") == []
assert heard("192.0.2.7", "127.51.2.3") == []
door.close()
"""


def test_what_is_not_from_and_to_loopback_addresses_is_not_heard() -> None:
    need_root()
    need_program("unshare")
    need_program("ip")
    own_network = f"ip link set lo up && ip addr add 192.0.2.7/32 dev lo && exec {sys.executable} -"
    subprocess.run(
        ["unshare", "--net", "sh", "-c", own_network], input=ASKS, text=True, cwd=ROOT, check=True
    )

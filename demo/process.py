"""The simulated province as a child process, as its parent sees it.

Protocol: the parent writes a pickled `Order` to the child's stdin; the child answers with one line
of JSON, its ports; the parent writes `start` when the faults may begin; the end of stdin is the
end of the simulation, whether the parent asked for it or died. Only then does the child write the
truth file: a monitor that still runs finds nothing to open.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import select
import subprocess
import sys
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from types import TracebackType

import demo
from demo.ports import FEW
from inventory.model import Network

START_LIMIT_S = 30.0
STOP_LIMIT_S = 10.0


class SimulationError(RuntimeError):
    """The child is not as it should be; the text carries what it said."""


@dataclass(frozen=True, slots=True)
class Ports:
    """UDP ports that answer on every loopback address of the network."""

    echo: int
    snmp: int


@dataclass(frozen=True, slots=True)
class Order:
    """What the child is to simulate; without a duration the faults go on without end."""

    network: Network
    seed: int
    duration_s: float | None
    ping_interval_s: float
    truth: Path | None
    interfaces: int  # that each device has at least


class Simulation:
    """A running child. Leaving a `with` block stops it."""

    def __init__(self, child: subprocess.Popen[bytes], ports: Ports) -> None:
        self._child = child
        self.ports = ports

    @property
    def pid(self) -> int:
        return self._child.pid

    def start_script(self) -> None:
        """Let the faults begin: `duration_s` counts from now."""
        _tell(self._child, b"start\n")

    def stop(self) -> None:
        """End the child and wait; afterwards the truth file is there. Calling it twice is fine."""
        if self._child.stdin and self._child.stdin.closed:
            return
        said = _end(self._child)
        if self._child.returncode:
            raise SimulationError(_words(self._child, said))

    def __enter__(self) -> Simulation:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def sample() -> Path:
    """The sites.toml of the sample province that comes with the product."""
    return Path(str(resources.files("demo").joinpath("sites.toml")))


def start(
    network: Network,
    *,
    seed: int,
    duration_s: float | None,
    ping_interval_s: float,
    truth: Path | None,
    interfaces: int = FEW,
) -> Simulation:
    """Spawn the child and wait for its ports; SimulationError where it does not come up."""
    whereto = truth.absolute() if truth else None
    known = _without_secrets(network)
    order = Order(known, seed, duration_s, ping_interval_s, whereto, interfaces)
    child = subprocess.Popen(
        # -P: a folder named "demo" where the user happens to stand is not ours
        [sys.executable, "-P", "-m", "demo"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": _import_path()},
    )
    _tell(child, pickle.dumps(order))
    return Simulation(child, _ports(child))


def _import_path() -> str:
    """The child takes the same rooms as its parent, wherever that found them."""
    home = str(Path(demo.__file__).resolve().parent.parent)
    return os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH"))))


def _without_secrets(network: Network) -> Network:
    """Only what the simulator needs, in plain dicts that can be pickled."""
    return replace(
        network,
        snmp={},
        ssh={},
        contacts={},
        services={},
        calendars={},
        providers=dict(network.providers),
        units=dict(network.units),
        sites=dict(network.sites),
        devices=dict(network.devices),
        links=dict(network.links),
    )


def _ports(child: subprocess.Popen[bytes]) -> Ports:
    assert child.stdout
    ready, _, _ = select.select([child.stdout], [], [], START_LIMIT_S)
    line = child.stdout.readline() if ready else b""
    if not line:
        child.kill()
        raise SimulationError(_words(child, _end(child)))
    return Ports(**json.loads(line))


def _tell(child: subprocess.Popen[bytes], words: bytes) -> None:
    """A child that is gone is found out where its answer is awaited, with what it said."""
    assert child.stdin
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write(words)
        child.stdin.flush()


def _end(child: subprocess.Popen[bytes]) -> str:
    """Close its stdin, wait, and hand over what it said."""
    try:
        _, said = child.communicate(timeout=STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        _, said = child.communicate()
    return said.decode(errors="replace").strip()


def _words(child: subprocess.Popen[bytes], said: str) -> str:
    last = said.splitlines()[-1] if said else "it said nothing"
    return f"the simulated province ended with code {child.returncode}: {last}"

"""What really happened in the simulator: remembered while it runs, written when it has ended."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from demo.script import Fault, Round
from demo.world import Change, World

FORMAT = 1


@dataclass(slots=True)
class Witness:
    """Notes each change with the wall-clock time at which it took effect (UTC milliseconds)."""

    seed: int
    ping_interval_s: float
    started_ms: int | None = None
    rounds: list[Round] = field(default_factory=list)
    seen: list[tuple[Fault, Change, int]] = field(default_factory=list)

    def document(self, world: World, ended_ms: int) -> dict[str, Any]:
        """The truth file: ids as in sites.toml; null = it had not begun, or not ended."""
        faults = [self._fault(world, fault) for round_ in self.rounds for fault in round_.faults]
        begun = [fault for fault in faults if fault["from_ms"] is not None]
        return {
            "format": FORMAT,
            "seed": self.seed,
            "ping_interval_s": self.ping_interval_s,
            "started_ms": self.started_ms,
            "ended_ms": ended_ms,
            "never_seen": next(iter(world.absent), None),
            "faults": [fault for fault in begun if fault["kind"] != "blind"],
            "blind": [_times(fault) for fault in begun if fault["kind"] == "blind"],
            "left_out": sorted({kind for round_ in self.rounds for kind in round_.left_out}),
        }

    def _fault(self, world: World, fault: Fault) -> dict[str, Any]:
        changes = [(change, at_ms) for seen, change, at_ms in self.seen if seen is fault]
        own = [(change, at_ms) for change, at_ms in changes if change.thing == fault.thing]
        began = next((at_ms for _, at_ms in own), None)
        ended = own[-1][1] if own and own[-1][0] == fault.last_change else None
        return {
            "kind": fault.kind,
            **_victim(world, fault),
            "from_ms": began,
            "to_ms": ended,
            "changes": [
                {"at_ms": at_ms, "what": change.what, "thing": change.thing, "value": change.value}
                for change, at_ms in changes
            ],
        }


def _victim(world: World, fault: Fault) -> dict[str, Any]:
    """`root`: what the monitor should name; `unreachable`: what it should show behind it."""
    victim = fault.victim
    if victim is None:
        return {"root": None}
    end = victim.end
    return {
        "root": victim.root,
        "device": victim.device,
        "link": fault.thing if fault.thing in world.network.links else None,
        "site": fault.thing if fault.thing in world.network.sites else None,
        "also": list(victim.breaks[:-1]),
        "unreachable": sorted(victim.silent - {victim.root}),
        "degraded": sorted(victim.lossy),
        "if_name": end.interface if end else None,
    }


def _times(fault: Mapping[str, Any]) -> dict[str, Any]:
    return {"from_ms": fault["from_ms"], "to_ms": fault["to_ms"]}


def write(path: Path, document: Mapping[str, Any]) -> None:
    """All of it or nothing: whoever finds the file finds it whole."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")
    unfinished.replace(path)

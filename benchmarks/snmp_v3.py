"""CPU per SNMPv3 device-poll, signed and encrypted, beside gufo-snmp that asks the same objects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from benchmarks import snmp
from benchmarks.child import UselessError, of_ours
from benchmarks.figures import Row, table, titled
from benchmarks.snmp import Load, Measured, Target

PROGRAMS = ()
TITLE = "One SNMPv3 device-poll, SHA-256 and AES-128"
GUFO_POLLS = 400

FULL = Load("what is asked each minute", devices=150, interfaces=24, facts=False, sealed=True)
QUICK = replace(FULL, devices=60, rounds=3, repeats=1)


def compare(work: Path, *, quick: bool) -> str:
    """Our monitor, judging and storing, and the peer, which only decodes, in turn."""
    load = QUICK if quick else FULL
    rows = {name: Row(name) for name in ("canh", "gufo-snmp")}
    for number in range(load.repeats):
        data = work / str(number)
        data.mkdir()
        with snmp.load_target(load, data) as target:
            for name, measure in (("canh", snmp.of_canh), ("gufo-snmp", _gufo)):
                measured = measure(load, target, data)
                rows[name].load = str(measured)
                rows[name].costs.append(measured.cost_ms)
    shown = table(list(rows.values()), rows["gufo-snmp"], "ms")
    return titled(TITLE, [snmp.heading(load), "", shown, ""])


def _gufo(load: Load, target: Target, data: Path) -> Measured:
    indexes = range(1, load.interfaces + 1)
    oids = [f"{oid}.0" for oid in load.scalars]
    oids += [f"{column}.{index}" for index in indexes for column in load.columns]
    words = (str(target.port), ",".join(target.addresses), ",".join(oids))
    with of_ours("gufo_polls", *words, said=data / "gufo.log") as child:
        child.line()

        def batch() -> None:
            child.tell(str(GUFO_POLLS))
            if int(child.line()) < 0.9 * len(oids) * GUFO_POLLS:
                raise UselessError("gufo-snmp got less than it asked")

        batch()
        return snmp.cost_of(child, target, GUFO_POLLS, batch)

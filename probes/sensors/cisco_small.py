"""CISCOSB-PHY-MIB and RADLAN-PHY-MIB: transceivers of small-business switches and their kin.

One column holds all tests; the last number of the index tells which: 5 temperature in °C, 8 and 9
transmit and receive power in 0.001 dBm.
"""

from __future__ import annotations

from probes.sensors.gauges import Source, below, gauged
from probes.sensors.measure import Kind, Turn


def _transceivers(name: str, entry: str) -> Source:
    return gauged(
        name,
        f"{entry}.3",
        below(entry, Kind.TEMPERATURE, 3, name="transceiver temperature", port=0, rows=5),
        below(entry, Kind.TX_POWER, 3, name="tx", port=0, rows=8, turn=Turn(factor=0.001)),
        below(entry, Kind.RX_POWER, 3, name="rx", port=0, rows=9, turn=Turn(factor=0.001)),
    )


CISCO = _transceivers("cisco_small", "1.3.6.1.4.1.9.6.1.101.90.1.2.1")
RADLAN = _transceivers("radlan", "1.3.6.1.4.1.89.90.1.2.1")

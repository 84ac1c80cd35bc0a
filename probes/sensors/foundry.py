"""FOUNDRY-SN-SWITCH-GROUP-MIB: transceivers of Brocade and Ruckus switches, as text in dBm."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind

_ENTRY = "1.3.6.1.4.1.1991.1.1.3.3.6.1"  # snIfOpticalMonitoringInfoEntry

SOURCE = gauged(
    "foundry",
    f"{_ENTRY}.3",
    below(_ENTRY, Kind.TEMPERATURE, 1, name="transceiver temperature", port=0),
    below(_ENTRY, Kind.TX_POWER, 2, name="tx", port=0),
    below(_ENTRY, Kind.RX_POWER, 3, name="rx", port=0),
)

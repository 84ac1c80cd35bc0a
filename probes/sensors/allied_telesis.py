"""AT-SYSINFO-MIB: transceivers of AlliedWare Plus switches; power in 0.1 µW, four limits behind."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_TX = "1.3.6.1.4.1.207.8.4.4.3.28.1.4.1"  # atPluggableDiagTxPowerEntry: port, channel
_RX = "1.3.6.1.4.1.207.8.4.4.3.28.1.5.1"
_TENTHS_OF_MICROWATTS = Turn(factor=1e-4, milliwatts=True)

SOURCE = gauged(
    "allied_telesis",
    f"{_RX}.3",
    below(_TX, Kind.TX_POWER, 3, name="tx", port=0, numbered=True, turn=_TENTHS_OF_MICROWATTS),
    below(_RX, Kind.RX_POWER, 3, name="rx", port=0, numbered=True, turn=_TENTHS_OF_MICROWATTS),
)

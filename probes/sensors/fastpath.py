"""Box services of Broadcom FASTPATH, as in EdgeSwitch and UniFi switches: temperatures, fans."""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_TEMPERATURE = "1.3.6.1.4.1.4413.1.1.43.1.8.1"  # boxServicesTempSensorsEntry
_FAN = "1.3.6.1.4.1.4413.1.1.43.1.6.1"  # boxServicesFansEntry

SOURCE = gauged(
    "fastpath",
    f"{_TEMPERATURE}.5",
    below(
        _TEMPERATURE, Kind.TEMPERATURE, 5, name="temperature", numbered=True, turn=Turn(none=(0,))
    ),
    below(_FAN, Kind.FAN, 4, name="fan", numbered=True),
)

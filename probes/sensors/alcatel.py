"""ALCATEL-IND1-PORT-MIB (OmniSwitch) and TIMETRA-PORT-MIB (Nokia service routers).

OmniSwitch gives 0.001 dBm, service routers 0.1 µW; both list the four limits behind each value.
"""

from __future__ import annotations

from probes.sensors.gauges import below, gauged
from probes.sensors.measure import Kind, Turn

_DDM = "1.3.6.1.4.1.6486.801.1.2.1.5.1.1.2.6.1"  # ddmPortInfoEntry
_DBM = Turn(factor=0.001)
_MILLI = Turn(factor=0.001, none=(0,))

OMNISWITCH = gauged(
    "omniswitch",
    f"{_DDM}.22",
    below(
        _DDM,
        Kind.TEMPERATURE,
        2,
        (3, 4, 5, 6),
        name="transceiver temperature",
        port=0,
        turn=_MILLI,
        sorted_limits=True,
    ),
    below(
        _DDM,
        Kind.TX_POWER,
        17,
        (18, 19, 20, 21),
        name="tx",
        port=0,
        numbered=True,
        turn=_DBM,
        sorted_limits=True,
    ),
    below(
        _DDM,
        Kind.RX_POWER,
        22,
        (23, 24, 25, 26),
        name="rx",
        port=0,
        numbered=True,
        turn=_DBM,
        sorted_limits=True,
    ),
)

_PORT = "1.3.6.1.4.1.6527.3.1.2.2.4.31.1"  # tmnxDigitalDiagMonitorEntry: chassis, port
_LANE = "1.3.6.1.4.1.6527.3.1.2.2.4.66.1"  # tmnxDDMLaneEntry: chassis, port, lane
_TENTHS_OF_MICROWATTS = Turn(factor=1e-4, milliwatts=True)

SERVICE_ROUTER = gauged(
    "service_router",
    f"{_PORT}.21",
    below(
        _PORT,
        Kind.TX_POWER,
        16,
        (17, 18, 19, 20),
        name="tx",
        port=1,
        turn=_TENTHS_OF_MICROWATTS,
        sorted_limits=True,
    ),
    below(
        _PORT,
        Kind.RX_POWER,
        21,
        (22, 23, 24, 25),
        name="rx",
        port=1,
        turn=_TENTHS_OF_MICROWATTS,
        sorted_limits=True,
    ),
)
SERVICE_ROUTER_LANES = gauged(
    "service_router_lanes",
    f"{_LANE}.17",
    below(
        _LANE, Kind.TX_POWER, 12, name="tx lane", port=1, numbered=True, turn=_TENTHS_OF_MICROWATTS
    ),
    below(
        _LANE, Kind.RX_POWER, 17, name="rx lane", port=1, numbered=True, turn=_TENTHS_OF_MICROWATTS
    ),
)

_SFP = "1.3.6.1.4.1.637.61.1.56.5.1"  # sfpDiagEntry of ISAM nodes: text in dBm
ISAM = gauged(
    "isam",
    f"{_SFP}.7",
    below(_SFP, Kind.TX_POWER, 6, name="sfp tx", numbered=True),
    below(_SFP, Kind.RX_POWER, 7, name="sfp rx", numbered=True),
)

"""A three-tier network of stations, each one router at one site, as text of sites.toml."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

LEVELS = ("province", "district", "commune")


@dataclass(frozen=True, slots=True)
class Station:
    """The site has the id `key`, its router `key-r`; `above`: the station that it hangs on;
    `second`: another, any of the two will do; `snmp`: an agent answers there."""

    key: str
    address: str
    above: str | None = None
    second: str | None = None
    snmp: bool = False

    @property
    def router(self) -> str:
        return f"{self.key}-r"


def sites_toml(
    stations: Iterable[Station], *, ping_interval_s: float, ping_timeout_s: float, links: str = ""
) -> str:
    """The first station is what the monitor hangs on. `links`: tables that end the file."""
    found = {station.key: station for station in stations}
    anchor = next(iter(found.values()))
    head = f"""\
[network]
name = "Mạng thử"
timezone = "Asia/Ho_Chi_Minh"
anchor = ["{anchor.router}"]
[defaults]
ping_interval_s = {ping_interval_s}
ping_timeout_s = {ping_timeout_s}
snmp_interval_s = {2 * ping_interval_s}
[snmp.office]
community = "public"
timeout_s = {ping_timeout_s}
"""
    tables = (_tables(station, _line(found, station)) for station in found.values())
    return head + "".join(tables) + links


def _line(found: dict[str, Station], station: Station) -> list[Station]:
    """From the first station down to this one."""
    line = [station]
    while line[0].above is not None:
        line.insert(0, found[line[0].above])
    return line


def _tables(station: Station, line: list[Station]) -> str:
    """What hangs on a commune stands in that commune, and has no unit of its own."""
    above = [station.above, station.second] if station.second else [station.above]
    uplink = f"uplink = {json.dumps(above)}\n" if station.above else ""
    unit = _unit(station, LEVELS[len(line) - 1]) if len(line) <= len(LEVELS) else ""
    return f"""{unit}
[[site]]
id = "{station.key}"
name = "{station.key}"
unit = "{line[: len(LEVELS)][-1].key}"
gateway = ["{station.router}"]
{uplink}
[[device]]
id = "{station.router}"
site = "{station.key}"
role = "router"
address = "{station.address}"
snmp = {'"office"' if station.snmp else "false"}
"""


def _unit(station: Station, level: str) -> str:
    parent = f'parent = "{station.above}"\n' if station.above else ""
    return f"""
[[unit]]
id = "{station.key}"
code = "{station.key}"
name = "{station.key}"
level = "{level}"
{parent}"""

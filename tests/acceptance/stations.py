"""A three-tier network of stations, each one router at one site, as text of sites.toml."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LEVELS = ("province", "district", "commune")


@dataclass(frozen=True, slots=True)
class Station:
    """The site has the id `key`, its router `key-r`; `above`: the station that it hangs on."""

    key: str
    address: str
    above: str | None = None

    @property
    def router(self) -> str:
        return f"{self.key}-r"


def sites_toml(
    stations: Iterable[Station], *, ping_interval_s: float, ping_timeout_s: float
) -> str:
    """The first station is what the monitor hangs on. Ping alone, no SNMP."""
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
"""
    return head + "".join(_tables(station, _level(found, station)) for station in found.values())


def _level(found: dict[str, Station], station: Station) -> str:
    depth = 0
    while station.above is not None:
        station = found[station.above]
        depth += 1
    return LEVELS[depth]


def _tables(station: Station, level: str) -> str:
    parent = f'parent = "{station.above}"\n' if station.above else ""
    uplink = f'uplink = ["{station.above}"]\n' if station.above else ""
    return f"""
[[unit]]
id = "{station.key}"
code = "{station.key}"
name = "{station.key}"
level = "{level}"
{parent}
[[site]]
id = "{station.key}"
name = "{station.key}"
unit = "{station.key}"
gateway = ["{station.router}"]
{uplink}
[[device]]
id = "{station.router}"
site = "{station.key}"
role = "router"
address = "{station.address}"
snmp = false
"""

"""Asks one device for all that it says of itself, table by table; what fails is told by name.

The standard tables come first, then what its maker's file needs. A table that does not come
through costs that table; a device that falls silent is not asked on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from inventory.model import SnmpProfile
from probes.facts import neighbours as around
from probes.facts import physical, stations
from probes.facts.identity import NOBODY, Identity, asks, identity
from probes.facts.rules import Own, Vendor, number_of
from probes.facts.vendors import vendors as all_vendors
from probes.managed import target
from probes.results import Said, SnmpPoll, SnmpStatus, SnmpTarget
from probes.sensors import sources
from probes.sensors.gauges import Source
from probes.sensors.measure import Sensor
from probes.snmp import SnmpClient
from probes.snmp_v3 import SnmpV3Client
from store.changes import AddressFact, ModuleFact, NeighbourFact, StationFact
from wire.ber import Value

LIMIT_S = 60.0  # for one table
VLANS_MAX = 64  # that are asked one by one
_CISCO = "9."
PARTS, IDENTITY, LLDP, CDP = "entities", "identity", "LLDP", "CDP"
BRIDGE, ADDRESSES, SENSORS, REST = "bridge", "addresses", "sensors", "all that follows"
_SILENT = (SnmpStatus.NO_ANSWER, SnmpStatus.PORT_UNREACHABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """`missing`: table → why it did not come through; what stands in it may be a part."""

    poll: SnmpPoll
    profile: str = ""
    identity: Identity = NOBODY
    modules: tuple[ModuleFact, ...] = ()
    neighbours: tuple[NeighbourFact, ...] = ()
    macs: tuple[StationFact, ...] = ()
    arp: tuple[AddressFact, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    missing: Mapping[str, str] = field(default_factory=dict)


class _Silent(Exception):  # noqa: N818, a value on its way out of nested calls
    """It answers no more."""


def _in_vlan(aim: SnmpTarget, vlan: int) -> SnmpTarget:
    if aim.version == "3":
        return replace(aim, context=f"vlan-{vlan}", retries=0)
    return replace(aim, community=f"{aim.community}@{vlan}", retries=0)


class Collector:
    """For many devices at once, over one socket a family. To be closed."""

    def __init__(self, vendors: Sequence[Vendor] | None = None) -> None:
        self._vendors = vendors
        self._plain, self._v3 = SnmpClient(limit_s=LIMIT_S), SnmpV3Client(limit_s=LIMIT_S)

    def close(self) -> None:
        self._plain.close()
        self._v3.close()

    async def collect(
        self,
        address: str,
        profiles: Sequence[SnmpProfile],
        *,
        port: int | None = None,
        answers_from: tuple[str, ...] = (),
    ) -> Facts | None:
        """By the first profile that is answered; None: there is none to try."""
        facts = None
        for profile in profiles:
            aim = target(0, address, profile, port, answers_from)
            client = self._v3 if aim.version == "3" else self._plain
            facts = replace(await read(client, aim, self._vendors), profile=profile.id)
            if facts.poll.status is SnmpStatus.OK:
                break
        return facts


async def read(
    client: SnmpClient,
    aim: SnmpTarget,
    vendors: Sequence[Vendor] | None = None,
    *,
    sensors: bool = True,
) -> Facts:
    """All of one device; `vendors`: whose files count, all where None."""
    done: asyncio.Future[SnmpPoll] = asyncio.get_running_loop().create_future()
    client.poll(aim, done.set_result, facts=True)
    poll = await done
    if poll.status is not SnmpStatus.OK:
        return Facts(poll=poll)
    reading = _Reading(client, aim, poll, all_vendors() if vendors is None else vendors)
    return await reading.facts(sensors=sensors)


class _Reading:
    """One device."""

    def __init__(
        self, client: SnmpClient, aim: SnmpTarget, poll: SnmpPoll, vendors: Sequence[Vendor]
    ) -> None:
        self._client, self._aim, self._poll, self._vendors = client, aim, poll, vendors
        self._values: dict[bytes, Value] = {}
        self._missing: dict[str, str] = {}
        self._vlans: dict[int, Mapping[bytes, Value]] = {}

    async def facts(self, *, sensors: bool) -> Facts:
        poll, values = self._poll, self._values
        own = Own(
            descr=poll.sys_descr or "",
            number=number_of(poll.sys_object_id),
            name=poll.sys_name or "",
            values=values,
        )
        there: list[Source] = []
        try:
            await self._tables(own)
            if sensors:
                there = await self._sensors()
        except _Silent as silence:
            self._missing.setdefault(REST, str(silence))
        return await asyncio.to_thread(self._understood, own, there)  # of a core a second's work

    def _understood(self, own: Own, there: Sequence[Source]) -> Facts:
        ports, values = self._poll.facts or (), self._values
        own = replace(own, bodies=physical.bodies(values))
        indexes = {each.if_index for each in ports}
        names = {each.if_index: each.if_name for each in ports}
        return Facts(
            poll=self._poll,
            identity=identity(own, self._vendors),
            modules=physical.modules(own.bodies),
            neighbours=around.neighbours(values, ports),
            macs=self._stations(indexes),
            arp=stations.resolved(values),
            sensors=tuple(sources.read(there, values, names)),
            missing=self._missing,
        )

    async def _tables(self, own: Own) -> None:
        asked = asks(own, self._vendors)
        await self._walk(PARTS, physical.COLUMNS)
        await self._get(IDENTITY, asked.scalars)
        await self._walk(IDENTITY, asked.columns)
        await self._walk(LLDP, around.LLDP_REMOTE)
        if any(oid.startswith(around.LLDP_REMOTE) for oid in self._values):
            await self._walk(LLDP, around.LLDP_LOCAL)
            await self._walk(LLDP, (around.MANAGED_AT,))
        await self._walk(CDP, around.CDP)
        await self._walk(BRIDGE, stations.BRIDGE)
        if own.number.startswith(_CISCO):
            await self._by_vlan()
        await self._walk(ADDRESSES, stations.ADDRESSES)

    async def _by_vlan(self) -> None:
        """IOS has no Q-BRIDGE-MIB: each VLAN has a bridge table behind a community of its own."""
        if any(oid.startswith(stations.QFDB_PORT) for oid in self._values):
            return
        await self._walk(BRIDGE, (stations.VTP_VLAN,))
        for vlan in stations.vlans(self._values)[:VLANS_MAX]:
            said = await self._asked(_in_vlan(self._aim, vlan), stations.OLDER)
            if said.status is not SnmpStatus.OK:
                return  # it knows no such community
            self._vlans[vlan] = said.values

    def _stations(self, indexes: Collection[int]) -> tuple[StationFact, ...]:
        found = [stations.of_vlan(held, vlan, indexes) for vlan, held in self._vlans.items()]
        return tuple(chain(*found)) if any(found) else stations.stations(self._values, indexes)

    async def _sensors(self) -> list[Source]:
        await self._walk(SENSORS, sources.ROOTS)
        there = sources.present(self._values)
        columns = dict.fromkeys(column for source in there for column in source.columns)
        await self._walk(SENSORS, tuple(c for c in columns if c not in sources.ROOTS))
        return there

    async def _walk(self, table: str, columns: Sequence[bytes]) -> None:
        """Row by row of them all."""
        if columns:
            self._keep(table, await self._asked(self._aim, columns))

    async def _asked(self, aim: SnmpTarget, columns: Sequence[bytes]) -> Said:
        done: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
        self._client.walk(aim, columns, done.set_result, together=True)
        return await done

    async def _get(self, table: str, oids: Sequence[bytes]) -> None:
        if oids:
            done: asyncio.Future[Said] = asyncio.get_running_loop().create_future()
            self._client.get(self._aim, oids, done.set_result)
            self._keep(table, await done)

    def _keep(self, table: str, said: Said) -> None:
        self._values.update(said.values)
        if said.status is not SnmpStatus.OK:
            self._missing[table] = said.detail or said.status.value
        if said.status in _SILENT:
            raise _Silent(f"it fell silent at its {table}")

"""`canh collect`: read what devices say of themselves now: model, serials, ports, neighbours."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cli.addresses import addresses_of
from cli.config import load
from cli.forms import dump
from cli.sheet_text import found_text
from cli.shell import ask
from inventory.model import Device, Network
from inventory.problems import did_you_mean, shown
from probes.facts.collector import Collector, Facts
from probes.facts.merging import facts_said
from probes.results import SnmpStatus
from probes.sensors.measure import UPS, Battery, Kind, Sensor
from probes.shell.platforms import BY_OS
from probes.shell.thread import beside
from probes.shell.values import Heard, ShellStatus, aim_of
from store.changes import FactsSaid
from store.states import ADMIN, OPER

AT_ONCE, LOGINS = 32, 8  # devices; of these on their command line


@dataclass(frozen=True, slots=True)
class _Collected:
    device: Device
    address: str | None
    facts: Facts | None = None
    heard: Heard | None = None
    problem: str = ""

    @property
    def said(self) -> FactsSaid:
        """Both ways as one."""
        answered = self.facts is not None and self.facts.poll.status is SnmpStatus.OK
        shell = self.heard.facts if self.heard else None
        return facts_said(0, self.facts if answered else None, shell)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target", nargs="*", metavar="TARGET", help="devices, or sites; default: all devices"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: every device that was asked has answered; 1: some have not; 2: usage."""
    network = load(args)
    chosen = _chosen(network, args.target)
    if isinstance(chosen, str):
        print(f"canh collect: {chosen}", file=sys.stderr)
        return 2
    found = asyncio.run(_collect(network, chosen))
    if args.json:
        dump({"devices": [_document(one) for one in found]})
    else:
        for one in found:
            print("\n".join(shown(line) for line in _lines(one)))
    return int(any(one.problem for one in found))


def _chosen(network: Network, targets: Sequence[str]) -> list[Device] | str:
    """The devices that are meant, or what is wrong with a word."""
    if not targets:
        return [
            each for each in network.devices.values() if each.address and (each.snmp or each.ssh)
        ]
    found: dict[str, Device] = {}
    for word in targets:
        if word in network.devices:
            found[word] = network.devices[word]
        elif word in network.sites:
            found |= {d.id: d for d in network.devices.values() if d.site == word and d.address}
        else:
            hint = did_you_mean(word, (*network.devices, *network.sites))
            return f"{word!r} is neither a device nor a site" + (f"; {hint}" if hint else "")
    return list(found.values())


async def _collect(network: Network, devices: Sequence[Device]) -> list[_Collected]:
    gate, logins, collector = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(LOGINS), Collector()

    async def one(device: Device) -> _Collected:
        async with gate:
            found = await asyncio.to_thread(addresses_of, device.address or "")
            address = found[0] if found else None
            profiles = [network.snmp[name] for name in device.snmp]
            if address is None or not (profiles or device.ssh):
                why = "no address" if address is None else "no SNMP and no SSH profile"
                return _Collected(device, address, problem=f"it has {why}")
            facts = await collector.collect(
                address, profiles, port=device.port, answers_from=device.answers_from
            )
            async with logins:
                heard = await _logged_in(network, device, address, facts)
            return _Collected(device, address, facts, heard, _problem(facts, heard))

    try:
        return list(await asyncio.gather(*map(one, devices)))
    finally:
        collector.close()


async def _logged_in(
    network: Network, device: Device, address: str, facts: Facts | None
) -> Heard | None:
    """What its command line says; its platform follows from its system where none is declared."""
    system = (facts.identity.os if facts else None) or ""
    aim = aim_of(network, device, BY_OS.get(system, ""))
    if aim is None:
        return None
    if not aim.platform:
        detail = 'its platform is not known; remedy: platform = "…" at the device'
        return Heard(status=ShellStatus.UNKNOWN_PLATFORM, detail=detail)
    meant = replace(aim, address=address)
    return await beside(lambda: ask(meant))


def _problem(facts: Facts | None, heard: Heard | None) -> str:
    poll = facts.poll if facts else None
    told = [] if poll is None or poll.status is SnmpStatus.OK else [f"SNMP: {poll.detail}"]
    if heard is not None and heard.status is not ShellStatus.OK:
        told.append(f"SSH: {heard.detail}")
    return "; ".join(told)


# ---------------------------------------------------------------- what to say


def _document(one: _Collected) -> dict[str, Any]:
    """Every key of a device, null where nothing is known."""
    facts, device, said = one.facts, one.device, one.said
    poll = facts.poll if facts else None
    return {
        "id": device.id,
        "address": one.address,
        "vendor": said.vendor,
        "os": said.os,
        "model": said.model,
        "version": said.version,
        "serial": said.serial,
        "sys_name": poll and poll.sys_name,
        "sys_descr": poll and poll.sys_descr,
        "sys_object_id": poll and poll.sys_object_id,
        "uptime_s": poll and poll.uptime_s,
        "snmp_status": poll and poll.status,
        "snmp_detail": (poll and poll.detail) or None,
        "profile": facts and facts.profile,
        "ssh_status": one.heard and one.heard.status,
        "ssh_detail": (one.heard and one.heard.detail) or None,
        "interfaces": list(_interfaces(facts)) if facts else [],
        "sensors": [_sensor(each) for each in facts.sensors if each.unit] if facts else [],
        "ups": _ups(facts.sensors) if facts else None,
        "modules": [each._asdict() for each in said.modules or ()],
        "neighbours": [each._asdict() for each in said.neighbours or ()],
        "macs": [each._asdict() for each in said.macs or ()],
        "arp": [each._asdict() for each in said.arp or ()],
        "missing": dict(facts.missing) if facts else {},
    }


def _interfaces(facts: Facts) -> Iterator[dict[str, Any]]:
    named = {each.if_index: each._asdict() for each in facts.poll.facts or ()}
    status = {each.if_index: each._asdict() for each in facts.poll.interfaces}
    for index in sorted({*named, *status}):
        row = named.get(index, {}) | status.get(index, {})
        row["admin_status"] = ADMIN.get(row.get("admin_status") or 0)
        row["oper_status"] = OPER.get(row.get("oper_status") or 0)
        yield row


def _sensor(sensor: Sensor) -> dict[str, Any]:
    limits = sensor.limits
    return {
        "kind": sensor.kind,
        "name": sensor.name,
        "value": sensor.value,
        "unit": sensor.unit,
        "if_index": sensor.if_index,
        "low_alarm": limits.low_alarm,
        "low_warn": limits.low_warn,
        "high_warn": limits.high_warn,
        "high_alarm": limits.high_alarm,
    }


def _ups(sensors: Sequence[Sensor]) -> dict[str, Any] | None:
    told = {each.kind: each.value for each in sensors if each.kind in UPS}
    if not told:
        return None
    status, on_battery = told.get(Kind.UPS_STATUS), told.get(Kind.UPS_ON_BATTERY)
    return {
        "status": None if status is None else Battery(int(status)).name.lower(),
        "on_battery": None if on_battery is None else bool(on_battery),
        "battery_charge_pct": told.get(Kind.UPS_CHARGE),
        "runtime_s": told.get(Kind.UPS_RUNTIME),
    }


def _lines(one: _Collected) -> Iterator[str]:
    facts, said, who = one.facts, one.said, f"{one.device.id} ({one.address or 'no address'})"
    if one.problem:
        yield f"{who}: {one.problem}"
    if facts is None and one.heard is None:
        return
    made = " ".join(filter(None, (said.vendor, said.model))) or "of an unknown make"
    yield f"{who}: {made}, {said.os or 'system unknown'} {said.version or ''}".rstrip()
    count = len(facts.poll.interfaces) if facts else 0
    yield f"  serial {said.serial or 'not told'}" + (f", {count} interfaces" if count else "")
    yield from found_text(said.modules or (), said.neighbours or ())
    for rows, what in ((said.macs, "stations behind its ports"), (said.arp, "addresses")):
        if rows:
            yield f"  {len(rows)} {what}"
    for table, why in (facts.missing if facts else {}).items():
        yield f"  {table}: {why}"

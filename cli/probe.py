"""`canh probe`: ask one thing now and explain the answer."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import ipaddress
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NoReturn
from zoneinfo import ZoneInfo

from cli.addresses import addresses_of
from cli.config import load
from inventory import addresses
from inventory.kinds import Fault
from inventory.model import Device, Network, Service, SnmpProfile
from inventory.problems import did_you_mean
from probes.once import Once, ask_once
from probes.results import SnmpPoll, SnmpStatus
from store.states import State

_EXIT = {State.UP: 0, State.DEGRADED: 1, State.DOWN: 2, State.UNKNOWN: 3}
_OPER = {1: "up", 2: "down", 7: "down"}
_SHUT = 2  # ifAdminStatus down


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aim:
    """Whom to ask, and how."""

    device: str | None
    address: str | None
    profiles: tuple[SnmpProfile, ...]
    timeout_s: float


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target", metavar="TARGET", help="a device or service of sites.toml, an address, or a URL"
    )
    parser.add_argument("--json", action="store_true", help="one JSON document")
    parser.add_argument(
        "--community", metavar="WORD", help="ask a bare address by SNMP v2c with this community"
    )


def run(args: argparse.Namespace) -> int:
    """0 up, 1 degraded, 2 down, 3 unknown."""
    network = _network(args, optional=_is_literal(args.target) or "://" in args.target)
    service = _service(network, args.target)
    if service is not None:
        from cli.probe_service import probe_service

        zone = ZoneInfo(network.timezone if network else "UTC")
        return probe_service(service, zone, as_json=args.json)
    aim = _aim(args, network)
    why_not, address = _resolved(aim)
    once = Once(rtt_ms=(), no_ping=why_not, polls=())
    if address is not None:
        once = asyncio.run(ask_once(address, aim.profiles, timeout_s=aim.timeout_s))
    lines = [_printable(line) for line in _explanation(aim, once)]
    text = json.dumps(_document(aim, once, lines), ensure_ascii=False, indent=2)
    sys.stdout.write((text if args.json else "\n".join(lines)) + "\n")
    return _EXIT[once.state]


# ---------------------------------------------------------------- whom to ask


def _service(network: Network | None, target: str) -> Service | None:
    """A service of the configuration, or any URL that one could have."""
    known = network.services.values() if network else ()
    if network and target in network.devices:
        return None
    found = next((one for one in known if target in (one.id, one.url)), None)
    if found is not None or "://" not in target:
        return found
    url = addresses.url(target)
    if isinstance(url, Fault):
        hint = f"; {url.hint}" if url.hint else ""
        sys.stderr.write(f"canh: {url.what}{hint}\n")
        raise SystemExit(2)
    return Service(id=url, name=url, site="", url=url)


def _aim(args: argparse.Namespace, network: Network | None) -> _Aim:
    device = _device(network, args.target) if network else None
    if device and network:
        names = device.snmp
        profiles = tuple(network.snmp[name] for name in names)
        if device.port:
            profiles = tuple(replace(profile, port=device.port) for profile in profiles)
        timeout_s = network.defaults.ping_timeout_s
        return _Aim(
            device=device.id, address=device.address, profiles=profiles, timeout_s=timeout_s
        )
    if not _is_literal(args.target):
        _refuse(args.target, network)
    profile = SnmpProfile(id="public", community=args.community or "public")
    return _Aim(device=None, address=args.target, profiles=(profile,), timeout_s=2.0)


def _network(args: argparse.Namespace, *, optional: bool) -> Network | None:
    """A bare address may be asked without a configuration; one that is named must be sound."""
    if not optional or args.config:
        return load(args)
    with contextlib.redirect_stderr(io.StringIO()), contextlib.suppress(SystemExit):
        return load(args)
    return None


def _device(network: Network, target: str) -> Device | None:
    if target in network.devices:
        return network.devices[target]
    return next((d for d in network.devices.values() if d.address == target), None)


def _is_literal(target: str) -> bool:
    try:
        ipaddress.ip_address(target)
    except ValueError:
        return False
    return True


def _refuse(target: str, network: Network | None) -> NoReturn:
    hint = did_you_mean(target, (*network.devices, *network.services) if network else ())
    told = f"; {hint}" if hint else ""
    sys.stderr.write(f"canh: {target!r} is neither a device, a service nor an address{told}\n")
    raise SystemExit(2)


def _resolved(aim: _Aim) -> tuple[str, str | None]:
    """→ (why it cannot be asked, its address)."""
    if aim.address is None:
        return "the device has no address", None
    found = addresses_of(aim.address)
    return ("", found[0]) if found else (f"the name {aim.address} does not resolve", None)


# ---------------------------------------------------------------- what to say


def _explanation(aim: _Aim, once: Once) -> Iterator[str]:
    who = f"{aim.device} ({aim.address or 'no address'})" if aim.device else aim.address
    marks = "".join(f", {mark.replace('_', ' ')}" for mark in once.marks)
    yield f"{who}: {once.state}{marks}"
    if once.no_ping:
        yield f"  ping: {once.no_ping}"
    else:
        yield f"  ping: {_ping_line(once)}"
    for profile, poll in once.polls:
        yield f"  SNMP v{profile.version}, profile {profile.id}: {_snmp_line(poll)}"
    if aim.address and not aim.profiles:
        yield "  SNMP: no profile is set for this device"


def _ping_line(once: Once) -> str:
    answered = [rtt for rtt in once.rtt_ms if rtt is not None]
    count = f"{len(answered)} of {len(once.rtt_ms)} answered"
    return count + ("; " + ", ".join(f"{rtt:.2f} ms" for rtt in answered) if answered else "")


def _snmp_line(poll: SnmpPoll) -> str:
    if poll.status is not SnmpStatus.OK:
        return f"{poll.status.replace('_', ' ')}: {poll.detail}"
    counts = {"up": 0, "down": 0, "shut": 0, "other": 0}
    for interface in poll.interfaces:
        shut = interface.admin_status == _SHUT
        counts["shut" if shut else _OPER.get(interface.oper_status or 0, "other")] += 1
    shown = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    ports = f"{len(poll.interfaces)} interfaces" + (f" ({shown})" if shown else "")
    return f"{poll.sys_name or 'nameless'}, running for {_duration(poll.uptime_s)}, {ports}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return "an unknown time"
    days, rest = divmod(int(seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    clock = f"{hours}:{rest // 60:02}:{rest % 60:02}"
    return f"{days} d {clock}" if days else clock


def _printable(line: str) -> str:
    """What a device says is data: it must not steer the terminal."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)


def _document(aim: _Aim, once: Once, lines: list[str]) -> dict[str, Any]:
    return {
        "device": aim.device,
        "address": aim.address,
        "state": once.state,
        "marks": once.marks,
        "ping": {
            "sent": len(once.rtt_ms),
            "received": len(once.rtt_ms) - once.rtt_ms.count(None),
            "rtt_ms": [rtt if rtt is None else round(rtt, 3) for rtt in once.rtt_ms],
            "problem": once.no_ping or None,
        },
        "snmp": [_snmp_document(profile, poll) for profile, poll in once.polls],
        "explanation": lines,
    }


def _snmp_document(profile: SnmpProfile, poll: SnmpPoll) -> dict[str, Any]:
    facts = {each.if_index: each._asdict() for each in poll.facts or ()}
    status = {each.if_index: each._asdict() for each in poll.interfaces}
    return {
        "profile": profile.id,
        "version": profile.version,
        "status": poll.status,
        "detail": poll.detail or None,
        "sys_name": poll.sys_name,
        "sys_descr": poll.sys_descr,
        "sys_object_id": poll.sys_object_id,
        "uptime_s": poll.uptime_s,
        "interfaces": [
            facts.get(index, {}) | status.get(index, {}) for index in sorted({*facts, *status})
        ],
    }

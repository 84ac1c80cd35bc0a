"""`canh discover`: what answers in a prefix and is not listed, also as TOML to take over."""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cli.addresses import addresses_of
from cli.config import load
from cli.forms import dump
from inventory.kinds import UNSHOWN
from inventory.model import Network
from inventory.problems import did_you_mean, shown
from inventory.toml_text import table_text
from probes.discovery import AT_MOST, Answering, role, sweep
from probes.facts.identity import NOBODY
from probes.shell.platforms import BY_OS


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("prefix", metavar="CIDR", help="as 10.9.0.0/24")
    parser.add_argument("--toml", action="store_true", help="what is not listed, for sites.toml")
    parser.add_argument("--site", metavar="ID", help="where it stands, for --toml")
    parser.add_argument("--profile", action="append", metavar="ID", help="SNMP profiles to try")
    parser.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: somebody answers; 1: nobody does; 2: usage."""
    network = load(args)
    problem, addresses = _addresses(args.prefix)
    problem = problem or _unknown(network, args.site, args.profile or ())
    if problem:
        print(f"canh discover: {problem}", file=sys.stderr)
        return 2
    names = args.profile or list(network.snmp)
    swept = asyncio.run(sweep(addresses, [network.snmp[name] for name in names]))
    listed = _listed(network)
    if swept.no_ping:
        print(f"canh discover: nobody was pinged: {swept.no_ping}", file=sys.stderr)
    if args.json:
        dump({"prefix": args.prefix, "found": [_document(one, listed) for one in swept.found]})
    elif args.toml:
        new = [one for one in swept.found if one.address not in listed]
        print("\n".join(as_toml(network, new, args.site)))
    else:
        for one in swept.found:
            print(shown(_line(one, listed)))
        fresh = sum(one.address not in listed for one in swept.found)
        print(
            f"{len(swept.found)} of {len(addresses)} answer, {fresh} are not listed",
            file=sys.stderr,
        )
    return int(not swept.found)


def _addresses(prefix: str) -> tuple[str, list[str]]:
    try:
        net = ipaddress.ip_network(prefix, strict=False)
    except ValueError:
        return f"{prefix!r} is no prefix; write it like 10.9.0.0/24", []
    if net.num_addresses > AT_MOST:
        return f"{prefix} has more than {AT_MOST} addresses; ask for smaller parts", []
    return "", [str(address) for address in net.hosts()]


def _unknown(network: Network, site: str | None, profiles: Iterable[str]) -> str:
    if site is not None and site not in network.sites:
        hint = did_you_mean(site, network.sites)
        return f"there is no site {site!r}" + (f"; {hint}" if hint else "")
    wrong = next((name for name in profiles if name not in network.snmp), None)
    return "" if wrong is None else f"there is no SNMP profile {wrong!r}"


def _listed(network: Network) -> dict[str, str]:
    """Which device of ours an address belongs to, also where it is declared by its name."""
    devices = [device for device in network.devices.values() if device.address]
    listed: dict[str, str] = {}
    with ThreadPoolExecutor() as pool:
        led_to = pool.map(addresses_of, (device.address or "" for device in devices))
        for device, several in zip(devices, led_to, strict=True):
            for address in (device.address or "", *device.answers_from, *several):
                listed.setdefault(address, device.id)
    return listed


def _document(one: Answering, listed: dict[str, str]) -> dict[str, Any]:
    told = one.facts.identity if one.facts else NOBODY
    return {
        "address": one.address,
        "id": listed.get(one.address),
        "ping": one.pings,
        "snmp": one.profile or None,
        "ssh": one.ssh or None,
        "sys_name": one.facts.poll.sys_name if one.facts else None,
        "sys_object_id": one.facts.poll.sys_object_id if one.facts else None,
        "role": role(one),
        "vendor": told.vendor,
        "os": told.os,
        "model": told.model,
        "version": told.version,
        "serial": told.serial,
    }


def _line(one: Answering, listed: dict[str, str]) -> str:
    told = one.facts.identity if one.facts else NOBODY
    ways = [way for way, yes in (("ping", one.pings), (f"SNMP {one.profile}", one.profile)) if yes]
    ways += [one.ssh] if one.ssh else []
    what = " ".join(filter(None, (told.vendor, told.model, told.version)))
    name = (one.facts.poll.sys_name if one.facts else None) or ""
    known = listed.get(one.address, "NOT LISTED")
    return f"{one.address:<15}  {known}: {name} {what} ({', '.join(ways)})".replace("  (", " (")


def as_toml(network: Network, found: Sequence[Answering], site: str | None) -> Iterator[str]:
    """Tables that `canh check` accepts beside what is there."""
    taken = set(network.devices)
    yield f"# {len(found)} devices that answer and are not listed; look at role and site."
    for one in found:
        told = one.facts.identity if one.facts else NOBODY
        key = _key((one.facts.poll.sys_name if one.facts else None) or "", one.address, taken)
        taken.add(key)
        values = {
            "id": key,
            "site": site or _near(network, one.address),
            "role": role(one),
            "address": one.address,
            "snmp": one.profile or False,
            "platform": BY_OS.get(told.os or ""),
            "vendor": told.vendor,
            "model": _plain(told.model),
            "serial": _plain(told.serial),
            "monitor": None if one.pings else "snmp",
        }
        known = {name: value for name, value in values.items() if value not in (None, "")}
        yield ""
        yield _escaped(table_text("[[device]]", known))


def _plain(said: str | None) -> str:
    """Without what no file may hold."""
    return UNSHOWN.sub("", said or "").strip()


def _escaped(text: str) -> str:
    """What devices say cannot steer the terminal, and is read as they said it."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\U{ord(c):08X}" for c in text)


def _key(name: str, address: str, taken: set[str]) -> str:
    """Its own name, in letters that an id may have; else its address."""
    word = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:60].lower()
    word = word if re.search("[a-z]", word) else f"h-{re.sub('[^0-9a-f]', '-', address)}"
    number, key = 2, word
    while key in taken:
        number, key = number + 1, f"{word}-{number}"
    return key


def _near(network: Network, address: str) -> str:
    """The site of most devices whose addresses begin alike; else the first of all."""
    head = re.split(r"[.:](?=[^.:]*$)", address)[0]
    beside = Counter(
        device.site
        for device in network.devices.values()
        if (device.address or "").startswith(head)
    )
    return beside.most_common(1)[0][0] if beside else next(iter(network.sites), "")

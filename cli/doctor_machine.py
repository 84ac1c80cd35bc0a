"""What `canh doctor` looks at on the machine itself."""

from __future__ import annotations

import importlib.util
import locale
import os
import platform
import resource
import socket
import threading
from collections.abc import Iterator
from datetime import datetime
from importlib.metadata import version
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import TZPATH, ZoneInfo, ZoneInfoNotFoundError

from cli.finding import Case, Finding, ok, problem, warning
from cli.traps import REMEDIES
from inventory.model import Network
from probes.clock import kernel_clock
from probes.icmp_socket import NoIcmp
from probes.pingers import Pingers
from store.checkup import SQLITE

FILES_LEAST = 1024
TICKS_A_SECOND = 10  # of the watch, at its busiest
RESOLVE_S = 3.0
ERROR_MS = 1000.0  # a clock that may be so wrong spoils the brackets of outages


def versions(case: Case) -> Iterator[Finding]:
    told = {"canh": version("canh"), "python": platform.python_version(), "sqlite": SQLITE}
    there = case.record.version if case.record and case.runs else told["canh"]
    if there != told["canh"]:
        yield warning("versions", "other", there=there, **told)
    else:
        yield ok("versions", "these", system=_system(), **told)


def ping(case: Case) -> Iterator[Finding]:
    """In which way this very user would ask; a monitor that runs tells its own."""
    pingers = Pingers(timeout_s=1.0)
    user = os.geteuid()
    try:
        pingers.open(_addresses(case.network))
        kinds = set(pingers.kinds.values())
        room = pingers.at_once * TICKS_A_SECOND
    except NoIcmp as refusal:
        yield problem("ping", "none", why=refusal, uid=user)
        return
    finally:
        pingers.close()
    told = case.record.health.get("ping", {}) if case.record and case.runs else {}
    if told:
        kinds, room = set(told.values()), room if kinds == set(told.values()) else 0
    way = ", ".join(sorted(kinds))
    if "tcp" in kinds:
        yield problem("ping", "tcp", uid=user)
    elif "fping" in kinds:
        yield warning("ping", "fping", uid=user)
    else:
        yield ok("ping", "runs" if told else "icmp", way=way, uid=user)
    wanted = _a_second(case.network)
    if room and wanted > room:
        yield warning("buffers", "small", limit=_rmem(), room=room, wanted=round(wanted))
    elif room:
        yield ok("buffers", "enough", limit=_rmem(), room=room, wanted=round(wanted))


def clock(case: Case) -> Iterator[Finding]:
    synced, error_ms = kernel_clock()
    if synced is None:
        yield warning("clock", "untold")
    elif not synced:
        yield warning("clock", "free")
    elif error_ms is not None and error_ms > ERROR_MS:
        yield warning("clock", "vague", error_ms=round(error_ms))
    else:
        yield ok("clock", "synced", error_ms=round(error_ms or 0))
    if case.record and case.record.jumps:
        yield warning("clock", "jumped", n=case.record.jumps)


def zone(case: Case) -> Iterator[Finding]:
    name = case.network.timezone if case.network else "Asia/Ho_Chi_Minh"
    try:
        now = datetime.now(ZoneInfo(name))
    except ZoneInfoNotFoundError:
        yield problem("zone", "missing", name=name)
        return
    source = next((p for p in TZPATH if (Path(p) / name).is_file()), f"tzdata {version('tzdata')}")
    yield ok("zone", "found", name=name, offset=f"{now:%z}", source=source)


def files(_: Case) -> Iterator[Finding]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < FILES_LEAST:
        yield warning("files", "few", n=soft, least=FILES_LEAST)
    else:
        yield ok("files", "enough", n=soft if soft >= 0 else hard)


def letters(_: Case) -> Iterator[Finding]:
    """Names are Vietnamese: a terminal or a log in another encoding spoils them."""
    encoding = locale.getpreferredencoding(do_setlocale=False)
    if encoding.replace("-", "").lower() != "utf8":
        yield warning("letters", "other", encoding=encoding)
    else:
        yield ok("letters", "utf8")
    if importlib.util.find_spec("typst") is None:
        yield warning("print", "missing")
    else:
        yield ok("print", "there", version=version("typst"))


def names(case: Case) -> Iterator[Finding]:
    """Does a resolver answer at all? A name that does not exist is an answer, too."""
    wanted = sorted(_names(case.network))
    if not wanted:
        yield ok("dns", "unused")
        return
    said = [_resolved(name) for name in wanted[:1]]
    if said == [None]:
        yield ok("dns", "answers", n=len(wanted), name=wanted[0])
    else:
        yield problem("dns", "silent", name=wanted[0], why=said[0])


def ports(case: Case) -> Iterator[Finding]:
    """Where others are to reach us: free, or ours already."""
    network = case.network
    if network is None:
        return
    wanted = (
        ("traps", socket.SOCK_DGRAM, network.traps.listen),
        ("heartbeats", socket.SOCK_STREAM, network.heartbeat_listen or ""),
        ("web", socket.SOCK_STREAM, network.web.listen),
    )
    for name, kind, listen in wanted:
        if not listen:
            continue
        error = _refused(kind, listen)
        if error is None:
            yield ok("ports", "free", name=name, at=listen)
        elif case.runs:
            yield ok("ports", "taken", name=name, at=listen)
        else:
            remedy = REMEDIES.get(error.errno or 0, "docs/traps.md")
            yield problem("ports", "refused", name=name, at=listen, why=error.strerror, do=remedy)


def _system() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        return platform.system()


def _addresses(network: Network | None) -> list[str]:
    """One of each family that is asked."""
    found = {"127.0.0.1"}
    for device in network.devices.values() if network else ():
        if ":" in (device.address or "") and not _is_name(device.address or ""):
            found.add("::1")
    return sorted(found)


def _a_second(network: Network | None) -> float:
    """Pings, when nothing is wrong."""
    if network is None:
        return 0.0
    usual = network.defaults.ping_interval_s
    asked = (device for device in network.devices.values() if device.address)
    return sum(1 / (device.ping_interval_s or usual) for device in asked)


def _rmem() -> str:
    path = Path("/proc/sys/net/core/rmem_max")
    return path.read_text().strip() if path.exists() else "?"


def _names(network: Network | None) -> set[str]:
    if network is None:
        return set()
    hosts = {device.address or "" for device in network.devices.values()}
    hosts |= {urlsplit(one.url).hostname or "" for one in network.services.values()}
    return {host for host in hosts if host and _is_name(host)}


def _is_name(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return True
    return False


def _resolved(name: str) -> str | None:
    """Why no resolver answers; None: one does."""
    said: list[str | None] = [f"{RESOLVE_S:.0f} s"]

    def ask() -> None:
        try:
            socket.getaddrinfo(name, None)
            said[0] = None
        except socket.gaierror as error:
            gone = error.errno in (socket.EAI_AGAIN, socket.EAI_FAIL)
            said[0] = error.strerror if gone else None

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(RESOLVE_S)
    return said[0]


def _refused(kind: socket.SocketKind, listen: str) -> OSError | None:
    host, _, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            return error
    return None

"""What `canh doctor` looks at of this installation: its files, its record, its monitor."""

from __future__ import annotations

import os
from collections.abc import Iterator

from cli.budget import HIGH_PCT
from cli.finding import Case, Finding, ok, problem, warning
from inventory import secrets
from store.ballast import free_bytes
from store.checkup import DAY_MS, SCHEMA
from store.questions import Watching

BACKUPS = "backups"  # in the data folder, where the shipped timer puts them
BACKUP_DAYS = 2
LOW_BYTES, VERY_LOW_BYTES = 2 << 30, 256 << 20
LOW_DAYS, VERY_LOW_DAYS = 30, 3
INODES_LEAST = 1000
SILENT_S, LAG_S = 15.0, 1.0


def configuration(case: Case) -> Iterator[Finding]:
    told = {"path": case.config, "errors": case.errors, "warnings": case.warnings}
    if case.errors:
        yield problem("config", "errors", **told)
    elif case.warnings:
        yield warning("config", "warnings", **told)
    else:
        yield ok("config", "sound", **told)
    path = case.config.parent / secrets.FILE
    faults = secrets.load(path).faults
    if faults:
        yield problem("secrets", "fault", path=path, why=faults[0][1], do=faults[0][2] or path)
    elif path.exists():
        yield ok("secrets", "closed", path=path)
    else:
        yield ok("secrets", "none")


def record(case: Case) -> Iterator[Finding]:
    found = case.record
    if case.broken is not None:
        yield problem("record", "broken", why=case.broken)
        return
    if found is None:
        yield warning("record", "none", where=case.folder)
        return
    told = {"schema": found.schema, "own": SCHEMA, "mb": f"{found.record_bytes / 1e6:.1f}"}
    if found.newer:
        yield problem("record", "newer", **told)
    elif found.older:
        yield warning("record", "older", **told)
    else:
        yield ok("record", "sound", **told)
    if found.samples:
        yield problem("samples", "foreign", why=found.samples)
    else:
        yield ok("samples", "fit", mb=f"{found.samples_bytes / 1e6:.1f}")


def monitor(case: Case) -> Iterator[Finding]:
    if case.record is None or case.record.watching is None:
        return
    watching: Watching = case.record.watching
    if not watching.running:
        yield warning("monitor", "stopped")
    elif watching.blind:
        yield problem("monitor", "blind")
    elif late_s := _late_s(watching):
        yield warning("monitor", "late", lag=f"{late_s:.1f}")
    else:
        yield ok("monitor", "watches")
    budget = case.record.health.get("budget", {}) if case.runs else {}
    if "rss_mb" not in budget:
        return
    told = {"used": budget["rss_mb"], "limit": budget.get("limit_mb", 0)}
    if not told["limit"]:
        yield ok("memory", "free", **told)
    elif 100 * told["used"] >= HIGH_PCT * told["limit"]:
        yield warning("memory", "high", **told)
    else:
        yield ok("memory", "within", **told)


def disk(case: Case) -> Iterator[Finding]:
    """Its room, and for how many days that lasts at the pace so far."""
    folder = case.folder
    while not folder.exists():
        folder = folder.parent
    free = free_bytes(folder)
    days = _days_left(case, free)
    told = {
        "folder": folder,
        "gb": f"{free / 1e9:.1f}",
        "days": "–" if days is None else f"{days:,.0f}",
    }
    if free < VERY_LOW_BYTES or (days is not None and days < VERY_LOW_DAYS):
        yield problem("disk", "full", **told)
    elif free < LOW_BYTES or (days is not None and days < LOW_DAYS):
        yield warning("disk", "low", **told)
    else:
        yield ok("disk", "room" if days is not None else "young", **told)
    stat = os.statvfs(folder)
    if stat.f_files and stat.f_favail < INODES_LEAST:
        yield problem("disk", "inodes", folder=folder, n=stat.f_favail)
    if case.folder.exists() and not os.access(case.folder, os.W_OK):
        yield problem("disk", "shut", folder=case.folder, uid=os.geteuid())


def channels(case: Case) -> Iterator[Finding]:
    """Who is told: a channel that fails is a problem of everybody who relies on it."""
    network = case.network
    if network is None or not network.channels:
        yield ok("channels", "none")
        return
    from reports.alerts.ways import fault  # half a second, for Apprise

    failing = case.record.unsent if case.record else ()
    for one in failing:
        yield problem("channels", "failing", name=one.channel, tries=one.tries, why=one.error)
    unusable = {key: why for key, one in network.channels.items() if (why := fault(one.url))}
    for key, why in unusable.items():
        yield problem("channels", "unusable", name=key, why=why)
    if not failing and not unusable:
        yield ok("channels", "open", n=len(network.channels))


def backups(case: Case) -> Iterator[Finding]:
    from store.backup import kept

    folder = case.folder / BACKUPS
    if case.record is None:
        return
    made = kept(folder) if folder.is_dir() else []
    if not made:
        yield warning("backups", "none", folder=folder)
        return
    hours = (case.now_ms / 1000 - made[0].stat().st_mtime) / 3600
    told = {"name": made[0].name, "hours": round(hours), "n": len(made), "folder": folder}
    old = hours > BACKUP_DAYS * 24
    yield warning("backups", "old", **told) if old else ok("backups", "fresh", **told)


def _late_s(watching: Watching) -> float | None:
    """None: it keeps up. A sign of life is due every ten seconds."""
    silent_s, lag_s = watching.late_s or 0.0, watching.lag_s or 0.0
    return max(silent_s, lag_s) if silent_s > SILENT_S or lag_s > LAG_S else None


def _days_left(case: Case, free: int) -> float | None:
    """None: less than a day is on record, or the files stand on a server."""
    found = case.record
    if found is None or not found.record_bytes:
        return None
    age_days = (case.now_ms - found.created_ms) / DAY_MS
    if age_days < 1:
        return None
    return free * age_days / (found.record_bytes + found.samples_bytes)

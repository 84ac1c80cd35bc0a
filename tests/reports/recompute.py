"""Recomputes figures of a report from the record, sharing no line of code with the product.

    python tests/reports/recompute.py RECORD.DB TIMEZONE FROM_MS TO_MS KIND:KEY…

It reads spans, coverage, maintenance, calendars and the dated rows with the standard library alone
and looks at every stretch between two changes by itself: slow, short, and easy to check by eye.
It knows neither corrections, nor recurring work, nor public holidays, nor sites judged by paths.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FOREVER = 1 << 60
ORDER = ("unknown", "down", "unreachable", "degraded", "up")


class Record:
    def __init__(self, path: str, zone: str, begin: int, end: int) -> None:
        self.rows = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.rows.row_factory = sqlite3.Row
        self.zone, self.begin, self.end = ZoneInfo(zone), begin, end

    def all(self, question: str, *values: object) -> list[sqlite3.Row]:
        return self.rows.execute(question, values).fetchall()

    def split(self, kind: str, key: str) -> dict[str, int]:
        """Milliseconds of the period by share."""
        [thing] = self.all("SELECT * FROM thing WHERE kind = ? AND key = ?", kind, key)
        dated = self.all(
            f"SELECT * FROM {kind}_at WHERE thing_id = ? AND valid_from < ? ORDER BY valid_from",
            thing["id"],
            self.end,
        )
        said = dated[-1]
        spans = self.all("SELECT * FROM span WHERE thing_id = ?", thing["id"])
        signs = [row["started"] for row in spans]
        signs += [
            row["started"]
            for row in self.all("SELECT * FROM coverage WHERE thing_id = ?", thing["id"])
        ]
        began = said["commissioned"] or min(signs, default=FOREVER)
        ended = thing["retired"] or FOREVER
        if json.loads(said["declared"]).get("retired"):
            day = datetime.fromisoformat(json.loads(said["declared"])["retired"])
            ended = min(ended, int(day.replace(tzinfo=self.zone).timestamp() * 1000))
        site = thing["id"] if kind == "site" else said["b_site_id" if kind == "link" else "site_id"]
        planned = self.planned([thing["id"], site, *self.units(site)])
        for row in spans:  # what stands behind a root that is inside its own window
            if row["root_thing_id"] and row["state"] in ("down", "unreachable"):
                root = self.planned(self.scopes(row["root_thing_id"]))
                span = row["started"], row["ended"] or FOREVER
                planned += [(max(a, span[0]), min(b, span[1])) for a, b in root]
        watched = [
            (row["started"], row["ended"])
            for row in self.all(
                "SELECT * FROM coverage WHERE thing_id IS NULL OR thing_id = ?", thing["id"]
            )
        ]
        lasting = [(row, (row["started"], row["ended"] or FOREVER)) for row in spans]
        shut = [time for row, time in lasting if row["reason"] == "admin_down"]
        closed = [time for row, time in lasting if row["reason"] == "off_hours"]
        if kind in ("site", "device"):
            closed += self.closed(dated)
        told = [(row["state"], *time) for row, time in lasting]
        edges = {self.begin, self.end, began, ended}
        for begin, end in (*planned, *watched, *shut, *closed, *(one[1:] for one in told)):
            edges |= {begin, end}
        inside = sorted(edge for edge in edges if self.begin <= edge <= self.end)
        shares: dict[str, int] = {}
        for begin, end in pairwise(inside):

            def within(times: list[tuple[int, int]], at: int = begin) -> bool:
                return any(since <= at < until for since, until in times)

            states = {state for state, since, until in told if since <= begin < until}
            if not began <= begin < ended or within(shut):
                share = "not_in_service"
            elif within(closed):
                share = "off_hours"
            elif within(planned):
                share = "maintenance"
            elif not within(watched) or not states:
                share = "unknown"
            else:
                share = next(state for state in ORDER if state in states)
            shares[share] = shares.get(share, 0) + end - begin
        return shares

    def planned(self, scopes: list[int]) -> list[tuple[int, int]]:
        found = []
        for row in self.all("SELECT * FROM maintenance"):
            if row["rrule"]:
                raise SystemExit("recurring work is not known here")
            begin = row["started"] if row["approved_by"] else max(row["started"], row["entered"])
            end = min(row["ended"], row["cancelled"] or FOREVER)
            if row["thing_id"] in scopes and begin < end:
                found.append((begin, end))
        return found

    def units(self, site: int) -> list[int]:
        """The unit of a site, and all above it; the map stood still in the period."""
        [place] = self.all(
            "SELECT * FROM placement_at WHERE thing_id = ? AND valid_to IS NULL", site
        )
        found, unit = [], place["unit_id"]
        while unit:
            found.append(unit)
            [row] = self.all("SELECT * FROM unit_at WHERE thing_id = ? AND valid_to IS NULL", unit)
            unit = row["parent_id"]
        return found

    def scopes(self, thing_id: int) -> list[int]:
        [thing] = self.all("SELECT * FROM thing WHERE id = ?", thing_id)
        if thing["kind"] == "site":
            return [thing_id, *self.units(thing_id)]
        [said] = self.all(
            f"SELECT * FROM {thing['kind']}_at WHERE thing_id = ? AND valid_to IS NULL", thing_id
        )
        site = said["b_site_id" if thing["kind"] == "link" else "site_id"]
        return [thing_id, site, *self.units(site)]

    def closed(self, dated: list[sqlite3.Row]) -> list[tuple[int, int]]:
        """Day by day, in local time."""
        found = []
        for row in dated:
            if row["calendar_id"] is None:
                continue
            for calendar in self.all(
                "SELECT * FROM calendar_at WHERE thing_id = ?", row["calendar_id"]
            ):
                hours = json.loads(calendar["hours"])
                if hours.get("holidays"):
                    raise SystemExit("public holidays are not known here")
                since = max(self.begin, row["valid_from"], calendar["valid_from"])
                until = min(self.end, row["valid_to"] or FOREVER, calendar["valid_to"] or FOREVER)
                day = datetime.fromtimestamp(since / 1000, self.zone).date()
                while self.moment(f"{day}T00:00") < until:
                    at = self.moment(f"{day}T00:00")
                    spells = hours["days"].get(str(day), hours["week"].get(DAYS[day.weekday()], []))
                    for begin, end in sorted(spells):
                        found.append((at, self.moment(f"{day}T{begin}")))
                        at = self.moment(f"{day}T{end}", up=True)
                    found.append((at, self.moment(f"{day + timedelta(days=1)}T00:00")))
                    day += timedelta(days=1)
                found = [(max(a, since), min(b, until)) for a, b in found]
        return [(a, b) for a, b in found if a < b]

    def moment(self, text: str, *, up: bool = False) -> int:
        if up and text.endswith("24:00"):
            day = datetime.fromisoformat(text[:10]) + timedelta(days=1)
        else:
            day = datetime.fromisoformat(text)
        return int(day.replace(tzinfo=self.zone).timestamp() * 1000)


def percentages(shares: dict[str, int]) -> dict[str, float | None]:
    served = shares.get("up", 0) + shares.get("degraded", 0)
    down, cut_off = shares.get("down", 0), shares.get("unreachable", 0)
    judged, unknown = served + down + cut_off, shares.get("unknown", 0)

    def of(part: int, whole: int) -> float | None:
        return 100 * part / whole if whole else None

    return {
        "availability_pct": of(served, served + down),
        "service_pct": of(served, judged),
        "seen_pct": of(judged, judged + unknown),
    }


def main(path: str, zone: str, begin: str, end: str, *things: str) -> None:
    record = Record(path, zone, int(begin), int(end))
    found = {}
    for thing in things:
        kind, _, key = thing.partition(":")
        shares = record.split(kind, key)
        found[thing] = {"split_ms": shares, **percentages(shares)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])

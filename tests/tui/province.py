"""A small real reader over lists: the sample province, changed by hand in tests."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from inventory.lookup import Entry, Index
from store.charts import Charts
from store.happening import Happening
from store.lines import LightHistory, LinkRow
from store.opened import Around, Opened
from store.period import Period, Signature
from store.questions import LiveRow, OutageRow, Snapshot, Watching
from store.states import Kind, Mark, State
from store.thing_sheet import InterfaceRow, Sheet
from store.works import Work

HERE = Path(__file__).parent
NOW_MS = 1_795_412_400_000  # 23 November 2026, 12:40:00 in Việt Nam
SEES = Watching(running=True, blind=False, late_s=1.0, seen_to_ms=NOW_MS - 1_000)


def _never_sampled(key: str, from_ms: int, to_ms: int, steps: int) -> Charts:
    return Charts(from_ms=from_ms, to_ms=to_ms)


class Province:
    """The record that readers share; every change raises the revision, as the store does."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.record_id = "one"
        self.revision = 1
        self.rows: dict[int, LiveRow] = {}
        self.by_key: dict[str, int] = {}
        self.open: dict[int, OutageRow] = {}
        self.closed: list[OutageRow] = []
        self.said: list[Happening] = []  # what people did
        self.gone: list[tuple[int, int]] = []
        self.watching = SEES
        self.works: list[Work] = []
        self.links: list[LinkRow] = []
        self.light: dict[int, LightHistory] = {}  # by sensor
        self.charts = _never_sampled
        self.checks: Mapping[int, Mapping[str, Any]] = {}
        self.named: list[Entry] = []  # in the index, beside what the lists show
        self.broken: str | None = None
        self.asked: list[str] = []
        for line in (HERE / "province.tsv").read_text("utf-8").splitlines():
            if not line.startswith("#"):
                self._declare(*line.split("\t"))

    def _declare(self, kind: str, key: str, level: str, unit: str, name: str) -> None:
        above = self.by_key.get(unit)
        site = self.add(Kind(kind), key, name, level=level, unit=above)
        if kind == "site":
            router = self.add(Kind.DEVICE, f"{key}-cpe1", f"{key}-cpe1", level=level, site=site)
            self.add(Kind.DEVICE, f"{key}-sw1", f"{key}-sw1", level=level, site=site)
            if level != "province":
                self.add(Kind.LINK, f"L-{key}", name, level=level, site=site)
            address = f"127.51.{router // 250}.{router % 250}"
            self.rows[router] = self.rows[router]._replace(address=address, rtt_us=4200)

    def add(
        self,
        kind: Kind,
        key: str,
        name: str,
        *,
        level: str,
        unit: int | None = None,
        site: int | None = None,
    ) -> int:
        thing_id = len(self.rows) + 1
        self.by_key[key] = thing_id
        self.rows[thing_id] = LiveRow(
            thing_id=thing_id,
            kind=kind,
            key=key,
            name=name,
            level=level,
            unit_id=unit if unit is not None or site is None else self.rows[site].unit_id,
            site_id=site,
            uplink_id=None,
            address=None,
            state=State.UP,
            since_ms=NOW_MS - 86_400_000,
            marks=frozenset(),
            root_id=None,
            outage_id=None,
            acknowledged=False,
            rtt_us=None,
            loss_pct=None,
            jitter_us=None,
            revision=self.revision,
        )
        return thing_id

    def row(self, key: str) -> LiveRow:
        return self.rows[self.by_key[key]]

    def put(
        self, key: str, state: State, *marks: Mark, root: str | None = None, ago_s: int = 600
    ) -> None:
        """Change one thing's state, as one commit."""
        with self.lock:
            self.revision += 1
            self.rows[self.by_key[key]] = self.row(key)._replace(
                state=state,
                marks=frozenset(marks),
                root_id=self.by_key[root] if root else None,
                since_ms=None if Mark.NEVER_SEEN in marks else NOW_MS - ago_s * 1000,
                revision=self.revision,
            )

    def fail(self, key: str, state: State = State.DOWN, *, ago_s: int = 600, **said: object) -> int:
        """Open a root; its thing and, if it is a device, its site take the state."""
        row = self.row(key)
        self.put(key, state, ago_s=ago_s)
        if row.site_id is not None and row.kind is Kind.DEVICE:
            self.put(self.rows[row.site_id].key, state, ago_s=ago_s)
        number = 100 + len(self.open) + len(self.closed)
        start = NOW_MS - ago_s * 1000
        outage = OutageRow(
            id=number,
            thing_id=row.thing_id,
            kind=row.kind,
            key=row.key,
            name=row.name,
            state=state,
            last_good_ms=start - 9_000,
            first_bad_ms=start,
            last_bad_ms=NOW_MS,
            first_good_ms=None,
            root_id=None,
            root_thing_id=None,
            root_key=None,
            cause=None,
            provider=None,
            reason="no_answer",
            acknowledged=False,
            note=None,
            members=0,
            members_by_kind={},
        )
        with self.lock:
            self.open[number] = outage
            self._raise(row.thing_id, number)
        if said:
            self.say(number, **said)
        return number

    def say(self, number: int, **said: object) -> None:
        """Change an open outage, as one commit."""
        with self.lock:
            outage = replace(self.open[number], **said)  # type: ignore[arg-type]
            self.open[number] = outage
            self._raise(outage.thing_id, number)

    def _raise(self, thing_id: int, number: int | None) -> None:
        self.revision += 1
        row = self.rows[thing_id]
        self.rows[thing_id] = row._replace(outage_id=number, revision=self.revision)

    def end(self, number: int) -> None:
        outage = self.open[number]
        self.put(outage.key, State.UP)
        row = self.rows[outage.thing_id]
        if row.site_id is not None:
            self.put(self.rows[row.site_id].key, State.UP)
        with self.lock:
            self.closed.insert(0, replace(self.open.pop(number), first_good_ms=NOW_MS - 60_000))
            self._raise(outage.thing_id, None)

    def correct(self, **new: object) -> None:
        """Of the outage that ended last; no row changes by it."""
        with self.lock:
            self.closed[0] = replace(self.closed[0], **new)  # type: ignore[arg-type]

    def remove(self, key: str) -> None:
        with self.lock:
            self.revision += 1
            thing_id = self.by_key.pop(key)
            del self.rows[thing_id]
            self.gone.append((self.revision, thing_id))

    def reader(self) -> ProvinceReader:
        if self.broken is not None:
            raise OSError(self.broken)
        return ProvinceReader(self)


class ProvinceReader:
    """Implements store.questions.Reader; notes each call and the thread that made it."""

    def __init__(self, province: Province) -> None:
        self._province = province

    def _ask(self, question: str) -> Province:
        if self._province.broken is not None:
            raise OSError(self._province.broken)
        self._province.asked.append(f"{threading.current_thread().name} {question}")
        return self._province

    def revision(self) -> tuple[str, int]:
        province = self._ask("revision")
        return province.record_id, province.revision

    def snapshot(self, since: int = 0) -> Snapshot:
        province = self._ask("snapshot")
        with province.lock:
            return Snapshot(
                record_id=province.record_id,
                revision=province.revision,
                network="Mạng diện rộng tỉnh Quảng Ngãi",
                timezone="Asia/Ho_Chi_Minh",
                language="vi",
                watching=province.watching,
                rows=tuple(r for r in province.rows.values() if r.revision > since),
                gone=tuple(thing for at, thing in province.gone if since and at > since),
            )

    def roots(self) -> tuple[OutageRow, ...]:
        province = self._ask("roots")
        with province.lock:
            worst = {State.DOWN: 0, State.UNREACHABLE: 1, State.DEGRADED: 2}
            return tuple(
                sorted(province.open.values(), key=lambda o: (worst[o.state], -o.first_bad_ms))
            )

    def happenings(self, from_ms: int, limit: int) -> tuple[Happening, ...]:
        province = self._ask("happenings")
        with province.lock:
            outages = (*province.open.values(), *province.closed)
            told = [*province.said, *(_turn(o, ended=False) for o in outages)]
            told += [_turn(o, ended=True) for o in province.closed]
        told.sort(key=lambda one: (one.at_ms, one.id), reverse=True)
        return tuple(one for one in told if one.at_ms >= from_ms)[:limit]

    def outages(
        self, *, open_only: bool = False, from_ms: int | None = None, to_ms: int | None = None
    ) -> tuple[OutageRow, ...]:
        province = self._ask("outages")
        ended = () if open_only else tuple(province.closed)
        return (*province.open.values(), *ended)

    def find(self, text: str) -> LiveRow | None:
        province = self._ask("find")
        return province.rows.get(province.by_key.get(text, 0))

    def lookup(self) -> Index:
        with self._ask("lookup").lock:
            return Index(self._province.named)

    def opened(self, outage_id: int) -> Opened | None:
        row = self._ask("opened").open.get(outage_id)
        if row is None:
            return None
        return Opened(
            row=row,
            members=(),
            acknowledgements=(),
            corrections=(),
            start=Around(row.first_bad_ms, {}, ()),
            end=None,
        )

    def checks(self) -> Mapping[int, Mapping[str, Any]]:
        return self._ask("checks").checks

    def works(self) -> tuple[Work, ...]:
        return tuple(self._ask("works").works)

    def links(self) -> tuple[LinkRow, ...]:
        return tuple(self._ask("links").links)

    def light_history(self, sensor_id: int, until_ms: int) -> LightHistory:
        return self._ask("light_history").light[sensor_id]

    def charts(self, thing_id: int, from_ms: int, to_ms: int, steps: int) -> Charts:
        province = self._ask("charts")
        return province.charts(province.rows[thing_id].key, from_ms, to_ms, steps)

    def sheet(self, thing_id: int) -> Sheet:
        province = self._ask("sheet")
        row = province.rows[thing_id]
        mine = (*province.open.values(), *province.closed)
        below = tuple(r for r in province.rows.values() if r.site_id == thing_id)
        above = tuple(r for r in (province.rows.get(row.site_id or row.unit_id or 0),) if r)
        return Sheet(
            row=row,
            declared={"id": row.key, "vendor": "Juniper", "circuit_id": "DEMO-VNP-0041"},
            measured={"sys_name": "rt-1", "uptime_s": 90061},
            interfaces=PORTS if row.kind is Kind.DEVICE else (),
            above=above,
            below=below,
            outages=tuple(o for o in mine if o.thing_id == thing_id),
            whom_to_call=(
                ("VNPT Quảng Ngãi · DEMO-VNP-0041", "1800 1166"),
                ("Trực mạng", "0255 000 000"),
            ),
        )

    def period(
        self,
        from_ms: int,
        to_ms: int,
        now_ms: int,
        *,
        as_of_ms: int | None = None,
        on_today: bool = False,
    ) -> Period:
        raise NotImplementedError("the board asks for no report")

    def signed(self, from_ms: int, to_ms: int) -> Signature | None:
        raise NotImplementedError("the board asks for no report")

    def close(self) -> None:
        self._province.asked.append("close")


def _turn(outage: OutageRow, *, ended: bool) -> Happening:
    """The event of its begin or of its end."""
    end_ms = outage.first_good_ms or outage.last_bad_ms
    return Happening(
        id=2 * outage.id + ended,
        at_ms=end_ms if ended else outage.first_bad_ms,
        kind="ended" if ended else "began",
        thing_id=outage.thing_id,
        outage=outage,
        state=State.UP if ended else outage.state,
    )


def _port(index: int, name: str, admin: str, oper: str, alias: str | None) -> InterfaceRow:
    return InterfaceRow(
        if_index=index,
        if_name=name,
        if_descr=None,
        if_alias=alias,
        if_type=6,
        admin_status=admin,
        oper_status=oper,
        speed_bps=10**9,
        mac=None,
        in_octets=1,
        out_octets=1,
    )


PORTS = (
    _port(1, "Gi0/0", "up", "up", "VNPT DEMO-VNP-0041"),
    _port(2, "Gi0/1", "up", "down", "[red]máy in[/red]\x1b[31m"),
    _port(3, "Gi0/2", "down", "down", None),
)


def fibre_cut(province: Province) -> int:
    """The link to Bình Sơn is cut: its district office and eleven communes are behind it."""
    hub = province.by_key["d-524"]
    district = province.rows[hub].unit_id
    communes = [
        row.key
        for row in province.rows.values()
        if row.kind is Kind.SITE
        and row.level == "commune"
        and province.rows[row.unit_id or 0].unit_id == district
    ]
    for key in ("d-524", *communes[:11]):
        for hidden in (key, f"{key}-cpe1", f"{key}-sw1"):
            province.put(hidden, State.UNREACHABLE, root="L-d-524", ago_s=1_320)
    return province.fail(
        "L-d-524",
        ago_s=1_320,
        provider="VNPT Quảng Ngãi",
        cause="fibre",
        members=36,
        members_by_kind={"site": 12, "device": 24},
    )


def unseen(province: Province) -> None:
    """A few things that never answered or have nothing to ask: grey, nobody's alarm."""
    for key in ("c-o-21010", "c-o-21013"):
        province.put(key, State.UNKNOWN, Mark.NEVER_SEEN)
        province.put(f"{key}-cpe1", State.UNKNOWN, Mark.NEVER_SEEN)
    for key in ("p-ttdl-sw1", "d-522-sw1"):
        province.put(key, State.NOT_MONITORED)

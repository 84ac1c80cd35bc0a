"""Answers the questions from the record, each from one committed snapshot."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, bindparam, or_, select

from store.engine import open_reader
from store.intervals import END
from store.last_events import happenings
from store.live_rows import live_row, unit_sums, units
from store.open_roots import OpenRoots
from store.outages import NAMED, outage_rows, touching
from store.questions import LiveRow, OutageRow, Refusal, Snapshot, Unsent, Watching
from store.reading import Reading
from store.states import Kind
from store.tables import event, live, outage, record, thing, tombstone
from store.thrift import no_collector
from store.watching import watching

if TYPE_CHECKING:
    from inventory.lookup import Index
    from store.changes import SensorFact
    from store.charts import Charts
    from store.dossiers import Papers
    from store.field import FieldQuestions
    from store.found_reader import FoundQuestions
    from store.happening import Happening
    from store.lines import EndLights, LightHistory, LinkRow
    from store.link_rows import LinkQuestions
    from store.logs import LogQuestions
    from store.month_questions import MonthQuestions
    from store.opened import Opened
    from store.period import Interval, OtherFigure, Period, Signature
    from store.place_sheets import PlaceQuestions
    from store.requests import Request
    from store.signed_periods import ArchiveQuestions
    from store.thing_sheet import Sheet
    from store.traffic import Traffic
    from store.verifying import Verified
    from store.works import Work

# A board asks these several times a second: they are made once.
_REVISION = select(record.c.record_id, record.c.revision)
_HEAD = select(record)
_RAISED = select(live).where(live.c.revision > bindparam("since"))
_GONE = select(tombstone.c.thing_id).where(tombstone.c.revision > bindparam("since"))
_DEVICES_FIRST = ("device", "site", "link", "service", "unit", "provider", "beyond")


def open_questions(url: str) -> RecordReader:
    """Open the reading door. RecordError where there is no record."""
    return RecordReader(open_reader(url))


class RecordReader:
    """The Reader over SQLAlchemy; see store.questions.Reader for each promise.

    What the first screen asks is imported with it; the rest comes with its first question, for
    numpy and the samples take longer to load than most answers.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._open_roots = OpenRoots()

    @cached_property
    def found(self) -> FoundQuestions:
        from store.found_reader import FoundQuestions

        return FoundQuestions(self._read)

    @cached_property
    def field(self) -> FieldQuestions:
        from store.field import FieldQuestions

        return FieldQuestions(self._read)

    @cached_property
    def archive(self) -> ArchiveQuestions:
        from store.signed_periods import ArchiveQuestions

        return ArchiveQuestions(self._read)

    @cached_property
    def places(self) -> PlaceQuestions:
        from store.place_sheets import PlaceQuestions

        return PlaceQuestions(self._read, lambda row: live_row(row, {}))

    @cached_property
    def logs(self) -> LogQuestions:
        from store.logs import LogQuestions

        return LogQuestions(self._read)

    @cached_property
    def month(self) -> MonthQuestions:
        from store.month_questions import MonthQuestions

        return MonthQuestions(self._read)

    @cached_property
    def _links(self) -> LinkQuestions:
        from store.link_rows import LinkQuestions

        return LinkQuestions(self._read)

    def revision(self) -> tuple[str, int]:
        with self._read() as conn:
            record_id, revision = conn.execute(_REVISION).one()
        return record_id, revision

    def snapshot(self, since: int = 0) -> Snapshot:
        with self._read() as conn:
            head = conn.execute(_HEAD).one()
            rows = [live_row(row, {}) for row in conn.execute(_RAISED, {"since": since}).all()]
            kinds = {row.kind for row in rows}
            if Kind.UNIT in kinds:
                rows = [row for row in rows if row.kind is not Kind.UNIT]
            if not since or kinds & {Kind.SITE, Kind.UNIT}:
                rows += units(conn, since)
            gone = conn.execute(_GONE, {"since": since}).scalars().all() if since else ()
            about: Mapping[str, Any] = head.network
            return Snapshot(
                record_id=head.record_id,
                revision=head.revision,
                network=about.get("name", ""),
                timezone=about.get("timezone", "UTC"),
                language=about.get("language", "vi"),
                watching=watching(conn),
                rows=tuple(rows),
                gone=tuple(gone),
                refused=_refusal(about.get("refused")),
                declared=head.declared_sha256,
            )

    def watching(self) -> Watching:
        """Does the monitor see? This moves without a new revision."""
        with self._read() as conn:
            return watching(conn)

    def roots(self) -> tuple[OutageRow, ...]:
        with self._read() as conn:
            return self._open_roots.rows(conn)

    def happenings(self, from_ms: int, limit: int) -> tuple[Happening, ...]:
        with self._read() as conn:
            return happenings(conn, from_ms, limit)

    def outages(
        self, *, open_only: bool = False, from_ms: int | None = None, to_ms: int | None = None
    ) -> tuple[OutageRow, ...]:
        window = (0 if from_ms is None else from_ms, END if to_ms is None else to_ms)
        with self._read() as conn:
            by_thing = touching(conn, *window, open_only=open_only)
        rows = [row for rows in by_thing.values() for row in rows]
        return tuple(sorted(rows, key=lambda row: row.first_bad_ms, reverse=True))

    def find(self, text: str) -> LiveRow | None:
        return min(self.named(text), key=lambda row: _DEVICES_FIRST.index(row.kind), default=None)

    def lookup(self) -> Index:
        """Everything that has a name; built anew, so keep it while the revision stands."""
        from inventory.lookup import Index
        from store.finding import entries

        with no_collector():  # in a million texts it would search while others wait
            with self._read() as conn:
                found = entries(conn)
            return Index(found)

    def named(self, text: str) -> tuple[LiveRow, ...]:
        """Every thing with that key, also written kind:key."""
        kind, _, key = text.partition(":")
        wanted = or_(live.c.key == text, (live.c.kind == kind) & (live.c.key == key))
        with self._read() as conn:
            told = unit_sums(conn)
            rows = conn.execute(select(live).where(wanted)).all()
        return tuple(live_row(row, told) for row in rows)

    def outage(self, outage_id: int) -> OutageRow | None:
        with self._read() as conn:
            rows = outage_rows(conn, NAMED.where(outage.c.id == outage_id))
        return rows[0] if rows else None

    def opened(self, outage_id: int) -> Opened | None:
        """An outage with what was said of it and the raw results around it."""
        from store.opened import opened

        with self._read() as conn:
            return opened(conn, outage_id)

    def sensors(self) -> Mapping[int, tuple[tuple[int, SensorFact], ...]]:
        """Device → (id, sensor) of all that are known."""
        from store.sensors import open_sensors

        with self._read() as conn:
            return open_sensors(conn)

    def links(self) -> tuple[LinkRow, ...]:
        return self._links.rows()

    def link_sites(self) -> Mapping[int, tuple[int, int]]:
        """Link → the sites at its ends; thing ids."""
        return self._links.sites()

    def light_history(self, sensor_id: int, until_ms: int) -> LightHistory:
        return self._links.light_history(sensor_id, until_ms)

    def charts(self, thing_id: int, from_ms: int, to_ms: int, steps: int) -> Charts:
        from store.sample_charts import charts

        with self._read() as conn:
            if conn.execute(select(live.c.thing_id).where(live.c.thing_id == thing_id)).first():
                return charts(conn, thing_id, from_ms, to_ms, steps)
        raise KeyError(thing_id)

    def works(self) -> tuple[Work, ...]:
        """Maintenance as people entered it, the latest first."""
        from store.works import works

        with self._read() as conn:
            return works(conn)

    def sheet(self, thing_id: int) -> Sheet:
        from store.sheets import sheet

        with self._read() as conn:
            told = unit_sums(conn)
            found = conn.execute(select(live).where(live.c.thing_id == thing_id)).first()
            if found is None:
                raise KeyError(thing_id)
            newest = NAMED.where(outage.c.thing_id == thing_id)
            own = outage_rows(conn, newest.order_by(outage.c.first_bad.desc()).limit(20))
            return sheet(conn, live_row(found, told), own, lambda row: live_row(row, told))

    def checks(self) -> Mapping[int, Mapping[str, Any]]:
        """Service → `check_status` and `check_detail` of its last check."""
        from store.sheets import checks

        with self._read() as conn:
            return checks(conn)

    def period(
        self,
        from_ms: int,
        to_ms: int,
        now_ms: int,
        *,
        as_of_ms: int | None = None,
        on_today: bool = False,
    ) -> Period:
        from store.readings import read_period

        with self._read() as conn:
            return read_period(conn, from_ms, to_ms, now_ms, as_of_ms=as_of_ms, on_today=on_today)

    def has_samples(self) -> bool:
        from store.unsampled import never_sampled

        with self._read() as conn:
            return not never_sampled(conn)

    def traffic(self, from_ms: int, to_ms: int, before: int) -> Traffic:
        from store.unsampled import never_sampled, unsampled

        with self._read() as conn:
            zone = self._zone(conn)
            if never_sampled(conn):
                return unsampled(conn, from_ms, to_ms, zone)
            from store.traffic_days import traffic

            return traffic(conn, from_ms, to_ms, zone, before)

    def end_lights(self, from_ms: int, to_ms: int) -> EndLights:
        from store.unsampled import never_sampled, unlit

        with self._read() as conn:
            if never_sampled(conn):
                return unlit()
            from store.optics import end_lights

            return end_lights(conn, from_ms, to_ms)

    def other_figures(
        self, from_ms: int, to_ms: int, *, as_of_ms: int | None = None
    ) -> tuple[OtherFigure, ...]:
        from store.reported import other_figures

        with self._read() as conn:
            return other_figures(conn, from_ms, to_ms, as_of_ms)

    def kept_figures(self) -> tuple[OtherFigure, ...]:
        """What other sides reported, the latest periods first."""
        from store.reported import kept_figures

        with self._read() as conn:
            return kept_figures(conn)

    def signed(self, from_ms: int, to_ms: int) -> Signature | None:
        from store.signing import signature

        with self._read() as conn:
            return signature(conn, from_ms, to_ms)

    def chain_head(self, document: Mapping[str, Any], author: str, now_ms: int) -> str:
        """What their signature of that report (`json_form.form`) would be bound to then."""
        from store.signing import chain_head

        with self._read() as conn:
            return chain_head(conn, document, author, now_ms)

    def papers(self, outage_id: int, window: Interval) -> Papers | None:
        """What the dossier of an outage tells; `window`: of the report whose chain binds it."""
        from store.dossiers import papers

        with self._read() as conn:
            return papers(conn, outage_id, window)

    def monthly_wanted(self, month: str, end_ms: int) -> bool:
        """Shall the draft of that month, which ends there, still be made?"""
        from store.monthly import wanted

        with self._read() as conn:
            return wanted(conn, month, end_ms)

    def verified(self, files: Mapping[str, bytes], window: Interval | None = None) -> Verified:
        """Whether signed periods, or one of them, and given files are still what was signed."""
        from store.verifying import verify

        with self._read() as conn:
            return verify(conn, files, window)

    def events(self, since_id: int = 0) -> tuple[Mapping[str, Any], ...]:
        """What happened after event `since_id`, oldest first, with its thing and outage."""
        wanted = (
            select(
                event,
                thing.c.kind.label("thing_kind"),
                thing.c.key.label("thing_key"),
                outage.c.root_id.label("root_outage_id"),
                outage.c.first_bad,
                outage.c.first_good,
            )
            .outerjoin(thing, thing.c.id == event.c.thing_id)
            .outerjoin(outage, outage.c.id == event.c.outage_id)
            .where(event.c.id > since_id)
            .order_by(event.c.id)
        )
        with self._read() as conn:
            return tuple(dict(row._mapping) for row in conn.execute(wanted))

    def unsent(self) -> tuple[Unsent, ...]:
        """The channels of messages that cannot send now."""
        from store.outbox import unsent

        with self._read() as conn:
            return unsent(conn)

    def requests(self) -> tuple[Request, ...]:
        """What people ask of the monitor, and nobody has answered."""
        from store.requests import unanswered

        with self._read() as conn:
            return unanswered(conn)

    def answer(self, request_id: int) -> Mapping[str, Any] | None:
        """What the monitor answered to that request; None: nothing yet."""
        from store.requests import answered

        with self._read() as conn:
            return answered(conn, request_id)

    def close(self) -> None:
        if "_links" in self.__dict__:
            self._links.close()
        self._engine.dispose()

    @staticmethod
    def _zone(conn: Connection) -> ZoneInfo:
        return ZoneInfo(conn.execute(_HEAD).one().network.get("timezone", "UTC"))

    def _read(self) -> Reading:
        return Reading(self._engine)


def _refusal(held: Mapping[str, Any] | None) -> Refusal | None:
    if held is None:
        return None
    return Refusal(at_ms=held["at"], problems=tuple(held["problems"]), count=held["count"])

"""Whoever changes a row under a signed month is named; who lets it be is not accused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import Table, delete, select, update

from reports import json_form
from reports.figures import figures
from store.chain import linked
from store.changes import Evidence, Health, Raw
from store.covered import beginning
from store.evidence import keep_evidence, keep_health
from store.kept import kept
from store.reader import open_questions
from store.signing import sign
from store.speech import Done, Refused
from store.spoken import audit, correction, maintenance, signed_file, signed_item, signoff
from store.states import State
from store.tables import coverage, evidence, outage, span
from store.verifying import Fault, Verified
from tests.reports.world import DAY, HOUR, MINUTE, at
from tests.store.historic import Past, past
from tests.store.keeping import network

BEGIN, NEXT = at("2027-02-01T00:00"), at("2027-03-01T00:00")
SIGNED = NEXT + 2 * DAY
FAULT = BEGIN + 5 * DAY
FILE = "report-2027-02.vi.html"


class Signed:
    """A signed month in which the link failed for four hours, and goes on failing at its end."""

    def __init__(self, world: Past) -> None:
        self.world = world
        world.watched(BEGIN - DAY, NEXT + 20 * DAY)
        self.link, device = world.ids["link", "L1"], world.ids["device", "d-r"]
        self.spans = [
            world.span(self.link, state, begin, end)
            for state, begin, end in (
                (State.UP, BEGIN - DAY, FAULT),
                (State.DOWN, FAULT, FAULT + 4 * HOUR),
                (State.UP, FAULT + 4 * HOUR, NEXT - DAY),
                (State.DOWN, NEXT - DAY, None),
            )
        ]
        self.outage = world.outage(self.link, FAULT, FAULT + 4 * HOUR, cause="fibre")
        self.going = world.outage(self.link, NEXT - DAY, None)
        world.corrected(self.outage, entered=SIGNED - HOUR, note="đã nối cáp", side="provider")
        world.planned(device, BEGIN + DAY, BEGIN + DAY + HOUR)
        raw = (Raw(FAULT - 10_000, "icmp", 900, "reply"), Raw(FAULT, "icmp", None, "silent"))
        with world.engine.begin() as conn:
            keep_evidence(
                conn,
                [Evidence(thing_id=self.link, from_ms=FAULT - 10_000, to_ms=FAULT, results=raw)],
            )
            keep_health(conn, Health(at_ms=FAULT, mono_ns=1, body={"lag_ms": 3}), "past")
        document = json_form.form(figures(world.period(BEGIN, NEXT)))
        reader = open_questions(world.url)
        head = reader.chain_head(document, "Lan", SIGNED)
        reader.close()
        files = {FILE: f"<p>Tháng 2 {head}</p>".encode()}
        done = sign(world.engine, document, files, author="Lan", now_ms=SIGNED, head=head)
        assert isinstance(done, Done)
        assert not done.warnings
        self.files = files

    def change(self, table: Table, **values: Any) -> None:
        """Of the first row, as somebody with the keys of the database could."""
        with self.world.engine.begin() as conn:
            first = conn.execute(select(table.c.id).order_by(table.c.id)).scalars().first()
            conn.execute(update(table).where(table.c.id == first).values(**values))

    def verified(self, files: Mapping[str, bytes] | None = None) -> Verified:
        reader = open_questions(self.world.url)
        try:
            return reader.verified(files or {}, (BEGIN, NEXT))
        finally:
            reader.close()

    def faults(self) -> tuple[Fault, ...]:
        [period] = self.verified().periods
        return period.faults


@pytest.fixture
def signed(url: str) -> Iterator[Signed]:
    with past(url, network(), BEGIN - DAY) as world:
        yield Signed(world)


def test_an_honest_month_matches_to_the_last_row(signed: Signed) -> None:
    found = signed.verified(signed.files)
    [period] = found.periods
    assert period.faults == ()
    assert period.head is not None
    assert period.items >= 8
    assert [(file.of, file.fault) for file in found.files] == [("signed", None)]
    before = signed.verified({}).periods[0].period
    assert before == (BEGIN, NEXT)


def test_what_rightly_comes_later_is_no_fault(signed: Signed) -> None:
    world = signed.world
    world.corrected(signed.outage, entered=SIGNED + HOUR, started=str(FAULT + HOUR))
    world.outage(signed.link, BEGIN, BEGIN + HOUR, declared=True, entered=SIGNED + HOUR)
    ended = {"state": State.DOWN, "first_good": NEXT + DAY, "last_bad": NEXT, "cause": "power"}
    with world.engine.begin() as conn:
        conn.execute(update(outage).where(outage.c.id == signed.going).values(**ended))
        conn.execute(update(span).where(span.c.ended.is_(None)).values(ended=NEXT + DAY))
        conn.execute(update(maintenance).values(cancelled=SIGNED + 1))
        conn.execute(update(coverage).values(ended=NEXT + 30 * DAY))
    world.span(signed.link, State.UP, NEXT + DAY, None)
    [period] = signed.verified().periods
    assert period.faults == ()
    assert period.errata == 2


def test_a_changed_span_is_named_with_its_thing(signed: Signed) -> None:
    row = signed.spans[1]
    with signed.world.engine.begin() as conn:
        conn.execute(update(span).where(span.c.id == row).values(ended=FAULT + MINUTE))
    assert signed.faults() == (Fault("span", "changed", "link:L1", row),)


def test_rows_that_are_gone_or_new_are_named(signed: Signed) -> None:
    with signed.world.engine.begin() as conn:
        conn.execute(delete(span).where(span.c.id == signed.spans[1]))
    new = signed.world.span(signed.link, State.UP, FAULT, FAULT + 4 * HOUR)
    gone, added = signed.faults()
    assert gone == Fault("span", "gone", "link:L1", signed.spans[1])
    assert added == Fault("span", "added", "link:L1", new)


@pytest.mark.parametrize(
    ("table", "values", "what"),
    [
        (outage, {"last_bad": FAULT + HOUR, "first_good": FAULT + 2 * HOUR}, "outage"),
        (outage, {"cause": "power"}, "outage"),
        (correction, {"author": "Hà"}, "correction"),
        (correction, {"entered": SIGNED - 2 * HOUR}, "correction"),
        (coverage, {"started": BEGIN + DAY}, "coverage"),
        (maintenance, {"ended": BEGIN + 3 * DAY}, "maintenance"),
        (evidence, {"body": b"x"}, "evidence"),
    ],
)
def test_whatever_a_figure_or_a_dossier_rests_on_is_covered(
    signed: Signed, table: Table, values: dict[str, Any], what: str
) -> None:
    signed.change(table, **values)
    [fault] = signed.faults()
    assert (fault.what, fault.how) == (what, "changed")
    assert fault.row is not None


def test_a_word_that_is_dated_back_is_found(signed: Signed) -> None:
    signed.world.corrected(signed.outage, entered=SIGNED - HOUR, cause="power")
    [fault] = signed.faults()
    assert (fault.what, fault.how, fault.about) == (
        "correction", "added", f"outage:{signed.outage}",
    )  # fmt: skip


def test_an_outage_that_is_slipped_in_is_found(signed: Signed) -> None:
    new = signed.world.outage(signed.link, BEGIN + DAY, BEGIN + DAY + HOUR)
    assert signed.faults() == (Fault("outage", "added", "", new),)


def test_a_kept_file_that_was_written_over_is_named(signed: Signed) -> None:
    signed.change(signed_file, body=b"<p>100 %</p>")
    assert signed.faults() == (Fault("file", "changed", FILE),)


def test_a_kept_file_with_a_new_hash_still_contradicts_the_audit(signed: Signed) -> None:
    import hashlib

    body = b"<p>100 %</p>"
    signed.change(signed_file, body=body, sha256=hashlib.sha256(body).hexdigest())
    assert signed.faults() == (Fault("file", "changed", FILE),)
    signed.change(audit, detail={})
    assert Fault("signature", "gone") in signed.faults()
    assert Fault("file", "unbound", FILE) in signed.faults()


def test_a_file_at_hand_is_the_signed_one_an_edited_one_or_unknown(signed: Signed) -> None:
    edited = signed.files[FILE] + b" "
    files = {f"/tmp/{FILE}": edited, "renamed.html": signed.files[FILE], "other.pdf": b"%PDF"}
    told = {file.name: file for file in signed.verified(files).files}
    assert told[f"/tmp/{FILE}"].fault == Fault("file", "changed", f"/tmp/{FILE}")
    assert told["renamed.html"].of == "signed"
    assert told["other.pdf"].fault == Fault("file", "unknown", "other.pdf")


def test_items_in_another_order_do_not_bind(signed: Signed) -> None:
    with signed.world.engine.begin() as conn:
        places = conn.execute(select(signed_item.c.id, signed_item.c.place)).all()
        for row in places:
            other = {1: 2, 2: 1}.get(row.place, row.place)
            here = update(signed_item).where(signed_item.c.id == row.id)
            conn.execute(here.values(place=other))
    unbound = [fault for fault in signed.faults() if fault.how == "unbound"]
    assert [fault.what for fault in unbound] == ["health", "coverage", "span"]


def test_a_rewritten_item_and_a_rewritten_head_are_found(signed: Signed) -> None:
    with signed.world.engine.begin() as conn:
        last = select(signed_item.c.id).order_by(signed_item.c.place.desc()).limit(1)
        here = signed_item.c.id == conn.execute(last).scalar_one()
        conn.execute(update(signed_item).where(here).values(sha256="0" * 64))
    assert [fault.how for fault in signed.faults()] == ["unbound", "changed"]
    signed.change(signoff, head="0" * 64)
    told = {(fault.what, fault.how) for fault in signed.faults()}
    assert {("signature", "changed"), ("chain", "changed"), ("file", "unbound")} <= told


def test_changed_figures_are_found(signed: Signed) -> None:
    with signed.world.engine.begin() as conn:
        document = conn.execute(select(signoff.c.figures)).scalar_one()
        document["things"][0]["service_pct"] = 100.0
        conn.execute(update(signoff).values(figures=document))
    assert signed.faults() == (Fault("figures", "changed"),)


def test_another_name_under_a_signature_is_found(signed: Signed) -> None:
    signed.change(signoff, author="Hà")
    assert signed.faults() == (Fault("signer", "changed"), Fault("figures", "unbound"))
    signed.change(audit, actor="Hà")
    assert signed.faults() == (Fault("figures", "unbound"),), "the seal is over the name, too"
    signed.change(signoff, author="Lan")
    assert signed.faults() == (Fault("signer", "changed"),)


def test_a_month_that_was_sealed_without_its_signer_says_so_and_is_compared(
    signed: Signed,
) -> None:
    with signed.world.engine.begin() as conn:
        signoff_id = conn.execute(select(signoff.c.id)).scalar_one()
        begin = beginning(conn, (BEGIN, NEXT), "Lan", SIGNED, 1)
        chain = linked(begin, [link.item for link in kept(conn, signoff_id)])
        for place, chained in enumerate(chain.chained):
            here = update(signed_item).where(signed_item.c.place == place)
            conn.execute(here.values(chained=chained))
        conn.execute(update(signoff).values(head=chain.head))
        conn.execute(delete(signed_file))
        detail = dict(conn.execute(select(audit.c.detail)).scalars().first() or {})
        conn.execute(update(audit).values(detail=detail | {"head": chain.head, "files": {}}))
    [period] = signed.verified().periods
    assert (period.form, period.faults) == (1, ())
    signed.change(signoff, author="Hà")
    assert signed.faults() == (Fault("signer", "changed"),)


def test_what_was_signed_without_a_chain_says_so(signed: Signed) -> None:
    with signed.world.engine.begin() as conn:
        conn.execute(delete(signed_item))
        conn.execute(update(signoff).values(head=None))
        detail = dict(conn.execute(select(audit.c.detail)).scalars().first() or {})
        del detail["head"]
        conn.execute(update(audit).values(detail=detail | {"files": [FILE]}))
    [period] = signed.verified().periods
    assert (period.head, period.form, period.items, period.faults) == (None, None, 0, ())


def test_a_record_that_changed_while_the_report_was_made_is_not_signed(url: str) -> None:
    with past(url, network(), BEGIN - DAY) as world:
        world.watched(BEGIN - DAY, NEXT + DAY)
        document = json_form.form(figures(world.period(BEGIN, NEXT)))
        refused = sign(world.engine, document, {}, author="Lan", now_ms=SIGNED, head="0" * 64)
        assert isinstance(refused, Refused)
        assert "sign it again" in refused.reason

"""A signed month stays what it was: refused twice, opened by errata, recomputed to the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from reports import json_form
from reports.figures import figures
from store.chain import canonical
from store.reader import open_questions
from store.signing import Differing, different, same_figures, sign
from store.speech import Done, Refused
from store.spoken import audit, maintenance, signed_file, signoff
from store.states import State
from store.tables import live
from tests.reports.world import DAY, HOUR, VIETNAM, at
from tests.store.historic import Past, past
from tests.store.keeping import network

BEGIN, NEXT = at("2027-02-01T00:00"), at("2027-03-01T00:00")
SIGNED = NEXT + 2 * DAY
FAULT = BEGIN + 5 * DAY


@pytest.fixture
def world(url: str) -> Iterator[Past]:
    """A month in which the link failed for four hours."""
    with past(url, network(), BEGIN - DAY) as found:
        found.watched(BEGIN - DAY, NEXT + 20 * DAY)
        link = found.ids["link", "L1"]
        found.span(link, State.UP, BEGIN - DAY, FAULT)
        found.span(link, State.DOWN, FAULT, FAULT + 4 * HOUR)
        found.span(link, State.UP, FAULT + 4 * HOUR, None)
        yield found


def report(world: Past, as_of: int | None = None) -> dict[str, Any]:
    return json_form.form(figures(world.period(BEGIN, NEXT, as_of)))


def put_name(world: Past, document: dict[str, Any], now_ms: int = SIGNED) -> Done | Refused:
    files = {"report-2027-02.json": b"{}", "report-2027-02.vi.html": "<p>Tháng 2".encode()}
    return sign(world.engine, document, files, author="Lan", now_ms=now_ms)


def test_a_signature_keeps_the_figures_their_hash_and_the_files(world: Past) -> None:
    document = report(world)
    assert isinstance(put_name(world, document), Done)
    with world.engine.begin() as conn:
        row = conn.execute(select(signoff)).one()
        files = {f.name: (f.body, f.sha256) for f in conn.execute(select(signed_file))}
        actions = [row.action for row in conn.execute(select(audit))]
    assert row.sha256 == hashlib.sha256(canonical(row.figures)).hexdigest()
    assert row.figures == json.loads(json.dumps(document))
    assert (row.period_from, row.period_to, row.author) == (BEGIN, NEXT, "Lan")
    body, sha256 = files["report-2027-02.vi.html"]
    assert sha256 == hashlib.sha256(body).hexdigest()
    assert actions == ["sign"]


def test_a_period_is_signed_once_and_only_when_it_is_over(world: Past) -> None:
    document = report(world)
    early = put_name(world, document, NEXT - 1)
    assert isinstance(early, Refused)
    assert "not over" in early.reason
    assert isinstance(put_name(world, document, NEXT), Done)
    again = put_name(world, document)
    assert isinstance(again, Refused)
    assert "signed by Lan on 2027-03-01T00:00:00+07:00" in again.reason


def test_later_words_are_errata_and_the_signed_figures_can_be_made_again(world: Past) -> None:
    link = world.ids["link", "L1"]
    outage = world.outage(link, FAULT, FAULT + 4 * HOUR)
    begin, work = BEGIN + 9 * DAY, BEGIN + 12 * DAY
    world.planned(link, begin, begin + HOUR, entered=begin)
    late = world.planned(link, work, work + HOUR, entered=work + HOUR // 2)
    world.corrected(outage, entered=SIGNED - HOUR, note="trước khi ký")
    put_name(world, report(world))
    later = SIGNED + HOUR
    world.corrected(outage, entered=later, started=str(FAULT + HOUR))
    world.outage(link, begin + DAY, begin + 2 * DAY, declared=True, entered=later + 1)
    with world.engine.begin() as conn:
        approval = update(maintenance).where(maintenance.c.id == late)
        conn.execute(approval.values(approved_by="Hà", approved=later + 2))
    world.planned(link, NEXT + DAY, NEXT + 2 * DAY, entered=later)
    reader = open_questions(world.url)
    found = reader.signed(BEGIN, NEXT)
    assert found is not None
    assert reader.signed(BEGIN, NEXT - 1) is None
    reader.close()
    told = [(one.what, one.key) for one in found.errata]
    assert told == [("correction", "L1"), ("declared", "L1"), ("approved", "L1")]
    assert same_figures(found.document, report(world, found.at_ms))
    assert not same_figures(found.document, report(world))
    shown = json_form.signed(found, ZoneInfo(VIETNAM), holds=True)
    assert shown["signed"]["sha256"] == hashlib.sha256(canonical(found.document)).hexdigest()
    assert shown["errata"][0]["reason"] == "biên bản"
    assert shown["errata"][1]["started"] == "2027-02-11T00:00:00+07:00"


@pytest.mark.parametrize(
    ("where", "values", "about"),
    [
        ("things", {"target_pct": 50.0, "verdict": "met", "name": "X"}, "unit:51"),
        ("providers", {"target_pct": 1.0, "charged_pct": 50.0, "name": "X"}, "provider:vnpt"),
        ("tiers", {"total": 9, "service_pct": 50.0}, "tier:province"),
        ("days", {"service_pct": 12.5}, "whole on 2027-02-01"),
    ],
)
def test_whatever_is_told_of_anything_is_compared(
    world: Past, where: str, values: dict[str, Any], about: str
) -> None:
    signed, now = report(world), report(world)
    row = now[where][0]
    row |= values
    [found] = different(signed, now)
    assert (found.about, sorted(found.names)) == (about, sorted(values))


def test_what_is_gone_is_named_and_an_older_document_has_its_own_keys(world: Past) -> None:
    signed, now = report(world), report(world)
    gone = now["things"].pop()
    assert different(signed, now) == [Differing(f"{gone['kind']}:{gone['id']}", ())]
    old = {name: signed[name] for name in ("things", "providers")}
    for row in old["things"]:
        del row["name"], row["measured"]
    assert different(old, report(world)) == []


def test_what_is_seen_or_renamed_only_after_the_signature_is_no_difference(world: Past) -> None:
    signed = report(world)
    device = world.ids["device", "d-u"]
    with world.engine.begin() as conn:
        conn.execute(update(live).where(live.c.thing_id == device).values(name="Bộ định tuyến"))
    world.span(device, State.UP, SIGNED + HOUR, None)
    assert different(signed, report(world, SIGNED)) == []

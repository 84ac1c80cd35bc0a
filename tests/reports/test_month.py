"""What a month tells beyond its percentages, gathered from a real record."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import update

from cli.gather import gather
from inventory.model import Network
from reports import json_form
from reports.contents import contents
from reports.document import Document
from reports.figures import figures
from reports.tables import Line, Roll, Table, Word
from reports.wording import Wording
from store.declare import agree
from store.reader import open_questions
from store.spoken import maintenance
from store.states import State
from store.tables import device_fact, incident
from tests.reports.world import DAY, HOUR, MINUTE, at
from tests.store.historic import Past, past
from tests.store.keeping import network

BEGIN, NEXT = at("2027-02-01T00:00"), at("2027-03-01T00:00")
BEFORE = at("2027-01-01T00:00")
FAULT = BEGIN + 5 * DAY


def declared() -> Network:
    """Two offices and the data centre, on the day on which the record began."""
    base = network()
    sites = {
        "p": replace(base.sites["p"], lan_since=date(2020, 1, 1)),
        "d": replace(base.sites["d"], lan_since=date(2027, 2, 10)),
    }
    devices = {
        "p-r": replace(base.devices["p-r"], serial="A1", vendor="Juniper", model="MX204"),
        "d-r": replace(base.devices["d-r"], role="cpe", warranty_until=date(2027, 4, 1)),
        "d-u": replace(base.devices["d-u"], warranty_until=date(2027, 2, 3)),
    }
    links = {
        "L1": replace(base.links["L1"], medium="fibre", contract_until=date(2027, 3, 15)),
        "L2": replace(base.links["L1"], id="L2", role="backup", medium="mobile"),
    }
    return replace(base, sites=sites, devices=devices, links=links)


@pytest.fixture
def world(url: str) -> Iterator[Past]:
    """January and February, in which everything is well but what a test says."""
    with past(url, declared(), BEFORE - DAY) as found:
        found.watched(BEFORE - DAY, NEXT)
        yield found


def up(world: Past, *keys: tuple[str, str]) -> None:
    for key in keys:
        world.span(world.ids[key], State.UP, BEFORE - DAY, None)


def fails(world: Past, key: tuple[str, str], begin: int, end: int, **more: object) -> int:
    """Up but for one failure."""
    thing = world.ids[key]
    world.span(thing, State.UP, BEFORE - DAY, begin)
    world.span(thing, State.DOWN, begin, end)
    world.span(thing, State.UP, end, None)
    return world.outage(thing, begin, end, **more)


def report(world: Past, begin: int = BEGIN, end: int = NEXT) -> Document:
    reader = open_questions(world.url)
    try:
        made = reader.period(begin, end, end)
        return gather(reader, made, figures(made))
    finally:
        reader.close()


def told(document: Document, name: str) -> list[list[str]]:
    """The rows of a table, in Vietnamese."""
    say = Wording(document, "vi")
    tables = [part for one in contents(document) for part in one.parts if isinstance(part, Table)]
    found = [line for table in tables if table.name == name for line in table.lines]
    return [list(map(say.text, line.cells)) for line in found]


def lines(document: Document, name: str) -> list[Line]:
    tables = [part for one in contents(document) for part in one.parts if isinstance(part, Table)]
    return [line for table in tables if table.name == name for line in table.lines]


def words(document: Document, name: str) -> list[str]:
    say = Wording(document, "vi")
    parts = [part for one in contents(document) if one.name == name for part in one.parts]
    said = [say.text(part) for part in parts if isinstance(part, Word)]
    for part in parts:
        if isinstance(part, Roll):
            said.append(f"{say.text(part.heading)}: {'; '.join(map(say.text, part.names))}")
    return said


def test_the_month_before_is_read_from_the_record(world: Past) -> None:
    up(world, ("site", "p"), ("device", "d-r"))
    fails(world, ("site", "d"), BEFORE + DAY, BEFORE + DAY + HOUR)
    fails(world, ("link", "L1"), FAULT, FAULT + 2 * HOUR, cause="fibre")
    document = report(world)
    rows = {row[0]: row[1:] for row in told(document, "comparison")}
    assert rows["Toàn mạng"][:5] == ["99,93 %", "100,00 %", "+0,07", "1 giờ 00 phút", "0 giây"]
    assert rows["VNPT"] == ["100,00 %", "99,70 %", "-0,30", "0 giây", "2 giờ 00 phút", "1/2"]


def test_the_month_before_has_the_figures_of_its_own_report(world: Past) -> None:
    """Also where people corrected it, and where work at a root covers what stood behind it."""
    root = fails(world, ("device", "p-r"), BEFORE + DAY, BEFORE + DAY + 3 * HOUR)
    world.planned(world.ids["device", "p-r"], BEFORE + DAY, BEFORE + DAY + 2 * HOUR)
    site = world.ids["site", "d"]
    behind = {"root_thing_id": world.ids["device", "p-r"]}
    world.span(site, State.UP, BEFORE - DAY, BEFORE + DAY)
    world.span(site, State.UNREACHABLE, BEFORE + DAY, BEFORE + DAY + 3 * HOUR, **behind)
    world.span(site, State.UP, BEFORE + DAY + 3 * HOUR, None)
    world.outage(site, BEFORE + DAY, BEFORE + DAY + 3 * HOUR, root_id=root, **behind)
    line = fails(world, ("link", "L1"), BEFORE + 9 * DAY, BEFORE + 9 * DAY + HOUR)
    world.corrected(line, BEGIN, ended=str(BEFORE + 9 * DAY + 30 * MINUTE))
    up(world, ("site", "p"))
    own = {(row.kind, row.id): row.sums.split for row in report(world, BEFORE, BEGIN).things}
    found = report(world).beside.comparison
    assert found is not None
    for one in (*found.better, *found.worse):
        assert one.then == own[one.kind, one.id]
    assert {one.id for one in found.better} == {"d", "L1"}
    assert {one.id: one.then_lost_ms for one in found.better} == {"d": HOUR, "L1": 30 * MINUTE}


def test_devices_are_told_by_class_with_those_that_were_measured(world: Past) -> None:
    up(world, ("device", "p-r"))
    fails(world, ("device", "d-r"), FAULT, FAULT + 2 * HOUR)
    rows = {row[0]: row[1:] for row in told(report(world), "device-classes")}
    assert rows["thiết bị đầu cuối của đường truyền"][:4] == [
        "99,70 %",
        "99,70 %",
        "100,00 %",
        "1/1",
    ]
    assert rows["bộ lưu điện"][:4] == ["–", "–", "–", "0/1"]


def test_coverage_is_that_of_the_last_day_whatever_the_files_say_later(world: Past) -> None:
    later = declared()
    gone = replace(later.sites["d"], lan_since=None)
    with world.engine.begin() as conn:
        agree(conn, replace(later, sites={**later.sites, "d": gone}), NEXT + DAY)
    document = report(world)
    rows = {row[0]: row[1:] for row in told(document, "offices")}
    assert rows["Toàn mạng"][0] == "2/2 · 100,00 %"
    assert rows["Cơ quan cấp huyện"][2:4] == ["1/1 · 100,00 %", "1/1 · 100,00 %"]
    [note, *_] = words(document, "offices")
    assert "hết ngày 28/02/2027" in note
    before = report(world, BEFORE, BEGIN)
    assert told(before, "offices")[-1][1] == "1/2 · 50,00 %"


def test_offices_without_are_named_where_others_of_their_tier_have_it(world: Past) -> None:
    both = declared()
    more = replace(both.sites["d"], id="e", name="UBND huyện Trà Bồng", lan_since=None)
    with world.engine.begin() as conn:
        agree(conn, replace(both, sites={**both.sites, "e": more}), BEGIN + DAY)
    said = words(report(world), "offices")
    assert "Cơ quan cấp huyện, chưa có – Mạng LAN: 1: UBND huyện Trà Bồng" in said


def test_what_came_went_moved_and_was_replaced_in_the_month(world: Past) -> None:
    first = declared()
    devices = {
        "p-r": replace(first.devices["p-r"], serial="B2"),
        "d-r": replace(first.devices["d-r"], site="p"),
        "d-n": replace(first.devices["d-u"], id="d-n", name="<b>UPS mới</b>"),
    }
    with world.engine.begin() as conn:
        agree(conn, replace(first, devices=devices), BEGIN + 3 * DAY, accept_retired=True)
    fact = {"thing_id": world.ids["device", "p-r"], "model": "MX204"}
    world.add(device_fact, valid_from=BEFORE, valid_to=FAULT, version="21.1", **fact)
    world.add(device_fact, valid_from=FAULT, version="23.4", **fact)
    document = report(world)
    edits = [row[1:] for row in told(document, "edits")]
    at_data_centre = ["UBND thành phố Quảng Ngãi", "Trung tâm Dữ liệu tỉnh"]
    assert ["<b>UPS mới</b> · thiết bị · d-n", "thêm vào danh mục", "–", "–", "–"] in edits
    assert ["d-u · thiết bị", "ngừng sử dụng", "–", "–", "–"] in edits
    assert ["d-r · thiết bị", "chuyển nơi khác", "điểm mạng", *at_data_centre] in edits
    assert ["p-r · thiết bị", "thay thiết bị", "số sê-ri", "A1", "B2"] in edits
    read = "đổi phiên bản phần mềm · đọc từ thiết bị"
    assert ["p-r · thiết bị", read, "phiên bản phần mềm", "21.1", "23.4"] in edits
    assert len(edits) == 5
    counts = {row[0]: row[2] for row in told(document, "changes")}
    assert counts == dict.fromkeys(
        ("thêm vào danh mục", "ngừng sử dụng", "chuyển nơi khác", "thay thiết bị",
         "đổi phiên bản phần mềm"), "1")  # fmt: skip


def test_a_rename_is_told_as_one_and_not_as_one_that_went_and_one_that_came(world: Past) -> None:
    first = declared()
    site = replace(first.sites["d"], name="UBND phường Nghĩa Lộ")
    router = replace(first.devices["d-r"], id="d-r1", was=("d-r",))
    devices = {key: one for key, one in first.devices.items() if key != "d-r"} | {"d-r1": router}
    after = replace(first, sites={**first.sites, "d": site}, devices=devices)
    with world.engine.begin() as conn:
        agree(conn, after, BEGIN + 3 * DAY)
    edits = [(row[2], row[3], row[4], row[5]) for row in told(report(world), "edits")]
    assert ("đổi tên hoặc mã", "tên", "UBND thành phố Quảng Ngãi", site.name) in edits
    assert ("đổi tên hoặc mã", "mã", "d-r", "d-r1") in edits
    assert not {"thêm vào danh mục", "ngừng sử dụng"} & {row[0] for row in edits}


def test_the_first_files_are_no_change_of_the_inventory(world: Past) -> None:
    document = report(world, BEFORE - 2 * DAY, BEGIN)
    assert told(document, "edits") == []
    assert words(document, "changes") == ["Danh mục không thay đổi trong kỳ này."]


def test_warranties_and_contracts_that_end_are_listed_by_day(world: Past) -> None:
    document = report(world)
    soon = [(row[0].split(" · ")[0], row[1], row[4]) for row in told(document, "ends-soon")]
    assert soon == [("L1", "hợp đồng", "15/03/2027"), ("d-r", "bảo hành", "01/04/2027")]
    ended = [(row[0].split(" · ")[0], row[4]) for row in told(document, "ends-ended")]
    assert ended == [("d-u", "03/02/2027")]
    assert "không khai báo 1" in words(document, "terms")[0]


def test_late_work_stands_with_both_figures_and_what_overran_it(world: Past) -> None:
    router = world.ids["device", "d-r"]
    fails(world, ("device", "d-r"), FAULT, FAULT + 5 * HOUR)
    up(world, ("site", "d"))
    world.planned(router, FAULT, FAULT + 4 * HOUR, entered=FAULT + HOUR, reason="Thay nguồn")
    world.planned(world.ids["site", "d"], NEXT + 3 * DAY, NEXT + 3 * DAY + HOUR, reason="=1+1")
    world.planned(world.ids["site", "d"], NEXT + 40 * DAY, NEXT + 41 * DAY)
    document = report(world)
    [done] = told(document, "works")
    assert done[3:5] == ["4 giờ 00 phút", "3 giờ 00 phút"]
    assert done[7].startswith("khai báo muộn · 06/02/2027 01:00:00")
    assert done[8] == "1 giờ 00 phút · d-r"
    [late] = told(document, "late")
    assert late[7:] == ["4 giờ 00 phút", "3 giờ 00 phút"]
    [ahead] = told(document, "ahead")
    assert ahead[4] == "=1+1"


def test_recurring_work_is_one_line_and_cancelled_work_none(world: Past) -> None:
    site = world.ids["site", "d"]
    sunday = at("2027-02-07T01:00")
    world.planned(site, sunday, sunday + 2 * HOUR, rrule="FREQ=WEEKLY;BYDAY=SU")
    dropped = world.planned(site, BEGIN + 9 * DAY, BEGIN + 9 * DAY + HOUR)
    with world.engine.begin() as conn:
        here = maintenance.c.id == dropped
        conn.execute(update(maintenance).where(here).values(cancelled=BEGIN))
    document = report(world)
    [done] = told(document, "works")
    assert done[0] == "UBND thành phố Quảng Ngãi · điểm mạng · 4 lần"
    assert done[3] == done[4] == "8 giờ 00 phút"
    assert done[7] == "báo trước"


def test_time_on_backup_stands_beside_the_time_without_the_primary_link(world: Past) -> None:
    site = world.ids["site", "d"]
    fails(world, ("link", "L1"), FAULT, FAULT + 3 * HOUR)
    up(world, ("link", "L2"))
    world.span(site, State.UP, BEFORE - DAY, FAULT)
    world.span(site, State.DEGRADED, FAULT, FAULT + 2 * HOUR, reason="on_backup")
    world.span(site, State.UP, FAULT + 2 * HOUR, None)
    [row] = told(report(world), "on-backup")
    assert row[0].startswith("UBND thành phố Quảng Ngãi")
    assert (row[1], row[3]) == ("2 giờ 00 phút", "3 giờ 00 phút")


def test_a_quiet_month_says_that_nothing_ran_on_its_backup(world: Past) -> None:
    up(world, ("link", "L1"), ("link", "L2"))
    assert words(report(world), "backups") == [
        "Không nơi nào phải chạy đường dự phòng trong kỳ này."
    ]


def test_the_worst_sites_stand_with_the_cause_of_their_root(world: Past) -> None:
    root = fails(world, ("link", "L1"), FAULT, FAULT + 3 * HOUR, cause="fibre")
    site, line = world.ids["site", "d"], world.ids["link", "L1"]
    world.span(site, State.UP, BEFORE - DAY, FAULT)
    world.span(site, State.UNREACHABLE, FAULT, FAULT + 3 * HOUR, root_thing_id=line)
    world.span(site, State.UP, FAULT + 3 * HOUR, FAULT + DAY)
    world.span(site, State.DOWN, FAULT + DAY, FAULT + DAY + HOUR)
    world.span(site, State.UP, FAULT + DAY + HOUR, None)
    behind = {"state": State.UNREACHABLE, "root_id": root, "root_thing_id": line}
    world.outage(site, FAULT, FAULT + 3 * HOUR, **behind)
    world.outage(site, FAULT + DAY, FAULT + DAY + HOUR, cause="power")
    [row] = told(report(world), "worst")
    assert row[1] == "4 giờ 00 phút"
    assert row[8].startswith("đứt cáp quang · do sự cố ở Trung tâm Dữ liệu tỉnh – ")
    assert row[8].endswith(" · L1 · VNPT · riêng đối tượng này 3 giờ 00 phút")
    assert row[9] == "3 giờ 00 phút"


def test_a_flapping_spell_is_one_incident_with_its_outages(world: Past) -> None:
    router = world.ids["device", "d-r"]
    spell = world.incident("flapping", FAULT)
    with world.engine.begin() as conn:
        conn.execute(update(incident).values(ended=FAULT + 3 * HOUR))
    world.span(router, State.UP, BEFORE - DAY, FAULT)
    for number in range(3):
        begin = FAULT + number * HOUR
        world.span(router, State.DOWN, begin, begin + 10 * MINUTE)
        world.span(router, State.UP, begin + 10 * MINUTE, begin + HOUR if number < 2 else None)
        world.outage(router, begin, begin + 10 * MINUTE, incident_id=spell, cause="power")
    [row] = told(report(world), "incidents")
    assert row[0] == "chập chờn nhiều lần · d-r"
    assert row[3:6] == ["3", "30 phút 00 giây", "mất điện"]
    [cpe] = [row for row in told(report(world), "reliability") if row[0].startswith("thiết bị đầu")]
    assert cpe[2:6] == ["3", "3", "1", "30 phút 00 giây"]


def test_what_was_done_about_an_outage_is_told_beside_its_side_and_provider(world: Past) -> None:
    cut = fails(world, ("link", "L1"), FAULT, FAULT + HOUR, cause="fibre", side="third_party")
    world.corrected(cut, NEXT, action="Hàn nối lại cáp <i>tại Km 12</i>", provider="vnpt")
    [row] = told(report(world), "outages")
    assert row[5:8] == ["bên thứ ba", "VNPT", "Hàn nối lại cáp <i>tại Km 12</i>"]


def test_every_part_is_in_the_json_of_the_report(world: Past) -> None:
    fails(world, ("site", "d"), FAULT, FAULT + HOUR)
    document = json.loads(json_form.render(report(world)))
    assert document["offices"]["day"] == "2027-02-28"
    assert document["comparison"]["whole"]["compared"] == 1
    assert [one["id"] for one in document["contracts"]["soon"]] == ["L1"]
    assert document["worst_sites"][0]["lost_s"] == 3600
    assert {one["class"] for one in document["device_classes"]} == {"router", "cpe", "ups"}
    for name in ("changes", "warranties", "maintenance", "maintenance_ahead", "incidents"):
        assert document[name] is not None


def test_no_table_is_wider_than_a_page(world: Past) -> None:
    fails(world, ("site", "d"), FAULT, FAULT + HOUR)
    for one in contents(report(world)):
        for part in one.parts:
            if isinstance(part, Table):
                assert len(part.columns) <= 12, part.name
                for line in part.lines:
                    assert len(line.cells) == len(part.columns) or line.look == "group"

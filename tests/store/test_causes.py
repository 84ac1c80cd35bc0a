"""Causes are proposed from what was seen, in the transaction that saw it; ignorance says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine, update

from inventory.causes import CAUSES
from inventory.model import End as LinkEnd
from inventory.model import Network
from inventory.phrases import say, table
from store.causes import End, Facts, propose
from store.changes import (
    Batch,
    DeviceSaid,
    Interface,
    Sensed,
    SensorFact,
    SensorsSaid,
    Verdict,
)
from store.questions import OutageRow
from store.tables import outage
from store.writer import Writer
from tests.store.keeping import NOW, bring, down, network, reading, up, writing

DARK = (
    End(device="a", port_down=True, answers=True),
    End(device="b", port_down=True, answers=True),
)
SHUT = (DARK[0], End(device="b", port_down=False, answers=True, shut=True))
HALF = (DARK[0], End(device="b", port_down=None, answers=False))


@pytest.mark.parametrize(
    ("facts", "cause", "side"),
    [
        ({}, "undetermined", None),
        ({"ends": DARK, "medium": "fibre", "has_provider": True}, "fibre", "provider"),
        ({"ends": DARK, "medium": "fibre"}, "fibre", "office"),
        ({"ends": DARK, "medium": "copper", "has_provider": True}, "provider", "provider"),
        ({"ends": DARK, "has_provider": True}, "provider", "provider"),
        ({"ends": DARK}, "undetermined", None),
        ({"ends": DARK, "medium": "fibre", "responsible": "third_party"}, "fibre", "third_party"),
        ({"ends": HALF, "medium": "fibre", "has_provider": True}, "undetermined", None),
        ({"ends": SHUT, "medium": "fibre", "has_provider": True}, "far_end", None),
        ({"ends": HALF, "restarted": ("b", "c")}, "power", "office"),
        ({"ends": HALF, "stayed": ("b",), "medium": "fibre"}, "fibre", "office"),
        ({"ends": HALF, "on_battery": "ups"}, "power", "office"),
        ({"restarted": ("b",), "stayed": ("c",)}, "device", "office"),
        ({"restarted": ("b",)}, "power", "office"),
        ({"stayed": ("b",)}, "undetermined", None),
        ({"ends": DARK, "medium": "fibre", "planned": "site d"}, "planned", "office"),
        ({"ends": DARK, "medium": "fibre", "restarted": ("b",)}, "undetermined", None),
        ({"on_battery": "ups", "stayed": ("b",), "medium": "fibre"}, "undetermined", None),
        ({"rx_dbm": (-8.0, -27.0)}, "undetermined", None),
        ({"olt_said": "dying_gasp"}, "power", "office"),
        ({"olt_said": "los", "has_provider": True}, "fibre", "provider"),
        ({"olt_said": "los", "restarted": ("b",)}, "power", "office"),
        ({"olt_said": "no_answer"}, "undetermined", None),
    ],
)
def test_the_facts_speak_for_one_cause(facts: dict[str, Any], cause: str, side: str | None) -> None:
    found = propose(Facts(thing="L", **facts))
    assert (found.cause, found.side) == (cause, side)
    assert found.cause in CAUSES
    for reason in found.reasons:
        values = {name: value for name, value in reason.items() if name != "code"}
        assert all(say(lang, f"cause.reason.{reason['code']}", **values) for lang in ("vi", "en"))
    assert f"cause.{cause}" in table()


def test_what_was_seen_at_the_beginning_still_counts_at_the_end() -> None:
    first = propose(Facts(thing="L", medium="fibre", ends=DARK))
    later = propose(Facts(thing="L", medium="fibre", earlier=first.reasons, stayed=("b",)))
    assert later.cause == "fibre"
    assert [reason["code"] for reason in later.reasons] == ["dark_both_ends", "stayed_alive"]
    assert propose(Facts(thing="L", medium="fibre", earlier=later.reasons)) == later


def fibre() -> Network:
    """A fibre between two asked routers."""
    plain = network()
    link = replace(
        plain.links["L1"],
        medium="fibre",
        b=LinkEnd(site="d", device="d-r", interface="Gi0/2"),
    )
    return replace(plain, links={"L1": link})


def said(thing_id: int, *, port: str = "", oper: int = 1, booted: int = NOW) -> DeviceSaid:
    row = Interface(
        if_index=1, if_name=port, if_descr=port, if_alias=None, if_type=6, mac=None,
        speed_bps=None, admin_status=1, oper_status=oper,
    )  # fmt: skip
    return DeviceSaid(
        thing_id=thing_id,
        status="ok",
        detail="",
        booted_ms=booted,
        interfaces=(row,) if port else None,
    )


def send(writer: Writer, at: int, *verdicts: Verdict, said: tuple[DeviceSaid, ...] = ()) -> None:
    writer.submit(Batch(at_ms=at, verdicts=verdicts, said=said)).result(timeout=30)


def only(url: str, thing_id: int) -> OutageRow:
    with reading(url) as reader:
        [row] = [row for row in reader.outages() if row.thing_id == thing_id]
    return row


def test_a_link_dark_from_both_ends_is_a_fibre_and_its_event_says_why(url: str) -> None:
    ids = bring(url, fibre()).ids
    link, near, far = ids["link", "L1"], ids["device", "p-r"], ids["device", "d-r"]
    with writing(url) as writer:
        ports = ((near, "Gi0/1"), (far, "Gi0/2"))
        send(writer, NOW, up(near, NOW), up(far, NOW), up(link, NOW))
        dark = tuple(said(device, port=name, oper=2) for device, name in ports)
        send(writer, NOW + 1000, down(link, NOW + 1000), said=dark)
        row = only(url, link)
    assert (row.cause, row.side) == ("fibre", "provider")
    assert row.cause_reasons == ({"code": "dark_both_ends", "link": "L1"},)
    with reading(url) as reader:
        [told] = [event for event in reader.events() if event["kind"] == "cause"]
    assert (told["outage_id"], told["body"]["cause"], told["body"]["was"]) == (
        row.id,
        "fibre",
        None,
    )


def test_a_router_that_started_anew_had_no_power_and_what_is_behind_takes_no_cause(
    url: str,
) -> None:
    ids = bring(url, network()).ids
    root, child = ids["device", "p-r"], ids["device", "d-r"]
    with writing(url) as writer:
        send(writer, NOW, up(root, NOW), up(child, NOW))
        send(writer, NOW + 1000, down(root, NOW + 1000), down(child, NOW + 1000, root=root))
        assert only(url, root).cause is None
        send(writer, NOW + 300_000, up(root, NOW + 300_000), up(child, NOW + 300_000))
        assert only(url, root).cause == "undetermined"
        answer = said(root, booted=NOW + 200_000)
        send(writer, NOW + 330_000, said=(answer,))
    assert (only(url, root).cause, only(url, child).cause) == ("power", None)


def lose_the_far_site(writer: Writer, link: int, near: int, far: int) -> None:
    """The line goes dark at the near end, and the router behind it is silent for five minutes."""
    send(writer, NOW, up(near, NOW), up(far, NOW), up(link, NOW))
    bad = NOW + 1000
    dark = (said(near, port="Gi0/1", oper=2),)
    send(writer, bad, down(link, bad), down(far, bad, root=link), said=dark)


@pytest.mark.parametrize(("booted", "cause"), [(NOW + 200_000, "power"), (NOW - 10**7, "fibre")])
def test_a_line_dark_at_one_end_is_explained_when_the_far_devices_answer_again(
    url: str, booted: int, cause: str
) -> None:
    ids = bring(url, fibre()).ids
    link, near, far = ids["link", "L1"], ids["device", "p-r"], ids["device", "d-r"]
    with writing(url) as writer:
        lose_the_far_site(writer, link, near, far)
        row = only(url, link)
        assert (row.cause, row.side) == ("undetermined", None)
        assert row.cause_reasons == (
            {"code": "one_end_dark", "link": "L1", "near": "p-r", "far": "d-r"},
        )
        back = NOW + 300_000
        send(writer, back, up(link, back), up(far, back))
        old = said(near, booted=NOW - 10**8)  # never lost its power, and proves nothing
        send(writer, back + 30_000, said=(old, said(far, booted=booted)))
    assert (only(url, link).cause, only(url, far).cause) == (cause, None)


def test_a_far_end_found_silent_after_its_line_went_dark_is_a_reason_of_the_open_outage(
    url: str,
) -> None:
    ids = bring(url, fibre()).ids
    link, near, far = ids["link", "L1"], ids["device", "p-r"], ids["device", "d-r"]
    with writing(url) as writer:
        send(writer, NOW, up(near, NOW), up(far, NOW), up(link, NOW))
        dark = (said(near, port="Gi0/1", oper=2),)
        send(writer, NOW + 1000, down(link, NOW + 1000), said=dark)
        assert only(url, link).cause is None
        send(writer, NOW + 4000, down(far, NOW + 1000, root=link))
    row = only(url, link)
    assert [reason["code"] for reason in row.cause_reasons] == ["one_end_dark"]
    assert row.cause == "undetermined"


def test_a_start_after_the_end_says_nothing_of_the_outage(url: str) -> None:
    ids = bring(url, fibre()).ids
    link, near, far = ids["link", "L1"], ids["device", "p-r"], ids["device", "d-r"]
    with writing(url) as writer:
        lose_the_far_site(writer, link, near, far)
        back = NOW + 300_000
        send(writer, back, up(link, back), up(far, back))
        send(writer, back + 600_000, said=(said(far, booted=back + 500_000),))
    assert only(url, link).cause == "undetermined"


@pytest.mark.parametrize(
    ("told", "cause"),
    [({}, "power"), ({"poller": "import"}, "undetermined"), ({"declared": True}, "undetermined")],
)
def test_a_monitor_that_starts_anew_explains_the_last_outage_unless_people_told_it(
    url: str, told: dict[str, Any], cause: str
) -> None:
    root = bring(url, network()).ids["device", "p-r"]
    with writing(url) as writer:
        send(writer, NOW, up(root, NOW))
        send(writer, NOW + 1000, down(root, NOW + 1000))
        send(writer, NOW + 300_000, up(root, NOW + 300_000))
    if told:
        engine = create_engine(url)
        with engine.begin() as conn:
            conn.execute(update(outage).values(**told))
        engine.dispose()
    with writing(url, NOW + 310_000) as writer:
        send(writer, NOW + 330_000, said=(said(root, booted=NOW + 200_000),))
    assert only(url, root).cause == cause


def test_an_answer_long_after_the_end_says_nothing(url: str) -> None:
    root = bring(url, network()).ids["device", "p-r"]
    with writing(url) as writer:
        send(writer, NOW, up(root, NOW))
        send(writer, NOW + 1000, down(root, NOW + 1000))
        send(writer, NOW + 60_000, up(root, NOW + 60_000))
        send(writer, NOW + 3_600_000, said=(said(root, booted=NOW + 30_000),))
    assert only(url, root).cause == "undetermined"


def test_a_ups_on_battery_speaks_for_a_loss_of_power(url: str) -> None:
    ids = bring(url, network()).ids
    ups, router = ids["device", "d-u"], ids["device", "d-r"]
    fact = SensorFact(place="1.3.6", kind="ups_on_battery", name="x", unit="", scale=10, how={})
    with writing(url) as writer:
        said = SensorsSaid(device_id=ups, sensors=(fact,))
        found = writer.submit(Batch(at_ms=NOW, sensors=(said,))).result(timeout=30).sensors[ups]
        sensed = Sensed(device_id=ups, at_ms=NOW, sensor_ids=found, values=(10,))
        writer.submit(Batch(at_ms=NOW, sensed=(sensed,))).result(timeout=30)
        for at, verdict in ((NOW + 1, up(router, NOW)), (NOW + 60_000, down(router, NOW + 60_000))):
            writer.submit(Batch(at_ms=at, verdicts=(verdict,))).result(timeout=30)
    with reading(url) as reader:
        (row,) = [one for one in reader.outages() if one.key == "d-r"]
    assert row.cause == "power"
    assert row.cause_reasons == ({"code": "on_battery", "device": "d-u"},)


def test_what_an_olt_says_of_its_unit_is_the_cause(url: str) -> None:
    unit = bring(url, network()).ids["device", "d-r"]
    with writing(url) as writer:
        gone = replace(down(unit, NOW + 60_000), reason="dying_gasp")
        for at, verdict in ((NOW + 1, up(unit, NOW)), (NOW + 60_000, gone)):
            writer.submit(Batch(at_ms=at, verdicts=(verdict,))).result(timeout=30)
    with reading(url) as reader:
        (row,) = [one for one in reader.outages() if one.key == "d-r"]
    assert row.cause == "power"
    assert row.cause_reasons == ({"code": "dying_gasp", "device": "d-r"},)

"""The words of messages: both languages, hostile and long names, nothing that steers a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from email import message_from_bytes, policy
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from inventory.model import Contact, Network
from reports.alerts.mail import compose
from reports.alerts.words import LONGEST_SUBJECT, Telling, Words, worst_first
from reports.periods import Clock
from store.questions import OutageRow
from store.states import Kind, State
from tests.store.keeping import network

NOW = 1_790_004_000_000
EVIL = (
    "<script>alert(1)</script>",
    "x\r\nBcc: all@example.vn\r\n\r\nbody",
    "x\x1b[31m\x07",
    "x\u202egnp.exe",
    "{{ 7 * 7 }}{network}%s",
    "ờ" * 5000,
)


def row(**about: Any) -> OutageRow:
    values: dict[str, Any] = {
        "id": 17,
        "thing_id": 1,
        "kind": Kind.DEVICE,
        "key": "d-r",
        "name": "d-r",
        "state": State.DOWN,
        "last_good_ms": None,
        "first_bad_ms": NOW - 3_900_000,
        "last_bad_ms": NOW,
        "first_good_ms": None,
        "root_id": None,
        "root_thing_id": None,
        "root_key": None,
        "cause": None,
        "provider": None,
        "reason": "no_answer",
        "acknowledged": False,
        "note": None,
        "members": 0,
        "members_by_kind": {},
    }
    return OutageRow(**(values | about))


def words(declared: Network, language: str = "vi", origin: str = "") -> Words:
    return Words(declared, Clock(ZoneInfo("Asia/Ho_Chi_Minh"), language), origin)


def evil(text: str) -> Network:
    """Every text that a message may quote."""
    base = network()
    sites = {
        key: replace(site, name=text, postal_address=text, contacts=("c",))
        for key, site in base.sites.items()
    }
    units = {key: replace(unit, name=text) for key, unit in base.units.items()}
    providers = {"vnpt": replace(base.providers["vnpt"], name=text, hotline=text)}
    links = {"L1": replace(base.links["L1"], circuit_id=text)}
    contacts = {"c": Contact(id="c", name=text, phone=text, role=text)}
    return replace(
        base,
        name=text,
        sites=sites,
        units=units,
        providers=providers,
        links=links,
        contacts=contacts,
    )


class Page(HTMLParser):
    """What a mail program would make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str | None] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        told: Mapping[str, str | None] = dict(attrs)
        self.links |= {told[name] for name in ("href", "src") if name in told}


@pytest.mark.parametrize("text", EVIL)
@pytest.mark.parametrize("kind", [Kind.DEVICE, Kind.LINK])
def test_what_a_name_holds_steers_neither_mail_nor_page_nor_terminal(text: str, kind: Kind) -> None:
    key = "d-r" if kind is Kind.DEVICE else "L1"
    outage = row(kind=kind, key=key, name=text, note=text, owner=text, acknowledged=True)
    found = words(evil(text), origin="https://canh.example").message(
        Telling(key="outage:17", outages=(outage,)), NOW
    )
    assert found.subject.isprintable()
    assert len(found.subject) <= LONGEST_SUBJECT
    assert all(line.isprintable() for line in found.text.split("\n"))
    assert max(map(len, found.text.split("\n"))) < 400
    page = Page()
    page.feed(found.html)
    assert page.tags <= {
        "html", "head", "meta", "title", "body", "div", "h1", "table", "tr", "td", "p", "a",
    }  # fmt: skip
    assert page.links == {"https://canh.example/outages/17"}
    way = _Way()
    mail = message_from_bytes(compose(way, "k", "k", found).as_bytes(), policy=policy.default)
    assert mail["Bcc"] is None
    assert set(mail.keys()) == {
        "Message-ID", "Date", "Subject", "From", "To", "Auto-Submitted", "MIME-Version",
        "Content-Type",
    }  # fmt: skip


class _Way:
    """What Apprise makes of mailto://relay?from=canh@example.vn&to=noc@example.vn."""

    from_addr = (False, "canh@example.vn")
    targets = ((False, "noc@example.vn"),)
    cc: frozenset[str] = frozenset()
    reply_to: frozenset[str] = frozenset()
    names: Mapping[str, str] = {}


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "vi",
            (
                "mất kết nối: thiết bị d-r · UBND thành phố Quảng Ngãi (+ 2 điểm mạng)",
                "Trạng thái: mất kết nối",
                "Điểm mạng: UBND thành phố Quảng Ngãi · TP, Tỉnh Quảng Ngãi",
                "Kéo dài: 1 giờ 05 phút",
                "Nguyên nhân: mất điện",
                "Bị ảnh hưởng: 2 điểm mạng",
                "Đường truyền: L1 · VNPT · đường dây nóng 1800-0000",
            ),
        ),
        (
            "en",
            (
                "down: device d-r · UBND thành phố Quảng Ngãi (+ sites: 2)",
                "State: down",
                "Lasted: 1 h 05 min",
                "Cause: power loss",
                "Behind it: sites: 2",
                "Circuit: L1 · VNPT · hotline 1800-0000",
            ),
        ),
    ],
)
def test_a_message_says_what_where_since_when_what_is_behind_and_whom_to_call(
    language: str, lines: tuple[str, ...]
) -> None:
    outage = row(cause="power", members=2, members_by_kind={"site": 2})
    found = words(network(), language).message(Telling(key="outage:17", outages=(outage,)), NOW)
    assert found.subject == f"[Canh] {lines[0]}"
    assert [line for line in lines if line not in found.text.split("\n")] == []
    assert "http" not in found.text


def test_of_many_those_with_most_behind_them_stand_first_and_the_rest_is_counted() -> None:
    many = [row(id=n, thing_id=n, key=f"k{n}", members=n % 7) for n in range(1, 41)]
    found = words(network()).message(Telling(key="incident:1", outages=worst_first(many)), NOW)
    listed = [line for line in found.text.split("\n") if line.startswith("- ")]
    assert "k6" in listed[0]
    assert listed[-1] == "- … và 15 sự cố khác"
    assert found.subject == "[Canh] nhiều nơi cùng hỏng: 40 sự cố"


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    "telling",
    [
        Telling(key="blind:3", span=(NOW, NOW)),
        Telling(key="blind:3:over", span=(NOW - 60_000, NOW)),
        Telling(key="stopped:3", span=(NOW, NOW)),
        Telling(key="stopped:3:over", span=(NOW - 60_000, NOW)),
        Telling(key="summary:3:x", span=(NOW - 86_400_000, NOW)),
        Telling(key="report:2026-10", files=("report-2026-10.vi.html",)),
        Telling(key="test"),
        Telling(key="outage:9"),
        Telling(key="digest:1", parts=(Telling(key="blind:3", span=(NOW, NOW)),)),
    ],
    ids=lambda one: one.key,
)
def test_whatever_is_told_has_its_words(telling: Telling, language: str) -> None:
    found = words(network(), language, "https://canh.example").message(telling, NOW)
    assert found.subject.startswith("[Canh] ")
    assert "alert." not in found.text
    assert found.html


def test_an_escalation_of_many_outages_says_that_nobody_took_them() -> None:
    outages = (row(), row(id=18))
    found = words(network()).message(Telling(key="incident:3:after:all:3600", outages=outages), NOW)
    assert found.subject == (
        "[Canh] chưa ai tiếp nhận sau 1 giờ 00 phút: nhiều nơi cùng hỏng: 2 sự cố"
    )

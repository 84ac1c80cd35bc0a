"""What a report says at its head and foot comes from the files by way of the record."""

from __future__ import annotations

from pathlib import Path

from inventory.model import Letterhead
from inventory.sites_toml import read
from store.declare import agree
from store.engine import open_writer
from store.migrate import migrate
from store.period import letterhead
from store.reader import open_questions
from store.urls import sqlite_url

SITES = """
[network]
name = "Mạng thử"
timezone = "Asia/Ho_Chi_Minh"
[report]
authority = "SỞ KHOA HỌC VÀ CÔNG NGHỆ"
signer = ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"]
"""


def test_it_reaches_the_reader_of_a_report(tmp_path: Path) -> None:
    (tmp_path / "sites.toml").write_text(SITES, "utf-8")
    network = read(tmp_path / "sites.toml").network
    assert network is not None
    url = sqlite_url(tmp_path / "record.db")
    engine = open_writer(url)
    migrate(engine)
    with engine.begin() as conn:
        agree(conn, network, 1_000)
    engine.dispose()
    reader = open_questions(url)
    found = reader.period(0, 2_000, 2_000).letterhead
    reader.close()
    signer = ("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC")
    assert found == Letterhead(authority="SỞ KHOA HỌC VÀ CÔNG NGHỆ", signer=signer)


def test_other_keys_of_the_table_are_not_of_the_letterhead() -> None:
    kept = {"report": {"place": "Quảng Ngãi", "keep_in": "reports", "monthly": True}}
    assert letterhead(kept) == Letterhead(place="Quảng Ngãi")


def test_a_record_of_before_has_none() -> None:
    assert letterhead({"name": "Mạng thử", "timezone": "UTC"}) == Letterhead()

"""Accounts: their names, passwords and rights, and what the audit log keeps of it."""

from __future__ import annotations

import unicodedata

import pytest

import store.passwords
import store.sessions
from store.account_rows import By
from store.accounts import Accounts
from store.audits import AuditFilter, audit_actions, audit_page, audit_rows
from store.engine import RecordError
from store.sessions import (
    MOST_TOLD,
    Sessions,
)
from store.speech import Done, Outcome
from store.tokens import Tokens
from tests.store.book import AT, PASSWORD, ROOT, Clock, audited, issued, made, signed, why
from tests.store.keeping import NOW, bring, network, reading


def test_a_name_is_one_however_it_is_written(accounts: Accounts) -> None:
    made(accounts, "Hoàng Yến")
    for other in ("hoàng yến", "HOÀNG YẾN", unicodedata.normalize("NFD", " Hoàng Yến ")):
        assert why(accounts.add(other, PASSWORD, by=ROOT, role="viewer")) == "account_taken"
        found = accounts.named(other.strip())
        assert found is not None
        assert found.name == "Hoàng Yến"
    assert len(accounts.all()) == 1


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\x1b[1m", "x" * 101])
def test_a_name_that_cannot_be_shown_is_refused(accounts: Accounts, name: str) -> None:
    assert why(accounts.add(name, PASSWORD, by=ROOT, role="viewer")) == "account_name"
    assert not accounts.any()


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "password_short"),
        ("elevenchars", "password_short"),
        ("x" * 1001, "password_long"),
        ("abababababab", "password_alike"),
        ("nguyễn văn an", "password_name"),
        ("Nguyễn Văn An1", "password_name"),
    ],
)
def test_a_password_that_is_guessed_is_refused_with_the_reason(
    accounts: Accounts, password: str, reason: str
) -> None:
    assert why(accounts.add("Nguyễn Văn An", password, by=ROOT, role="viewer")) == reason
    assert not accounts.any()


def test_what_an_account_may_is_changed_and_told(accounts: Accounts, url: str) -> None:
    bring(url, network())
    one = made(accounts, units=["522"])
    outcome = accounts.change(one.id, by=ROOT, role="viewer", units=None, language="en")
    assert isinstance(outcome, Done)
    now = accounts.named("an")
    assert now is not None
    assert (now.role, now.units, now.language) == ("viewer", None, "en")
    [row] = audit_page(accounts, AuditFilter(action="account_change"))
    assert row.detail == {
        "account": "An",
        "was": {"role": "operator", "units": ["522"], "language": None},
        "role": "viewer",
        "units": None,
        "language": "en",
    }


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"role": "root"}, "no_role"),
        ({"units": []}, "units_count"),
        ({"units": ["522", "nowhere"]}, "no_unit"),
        ({"language": "fr"}, "no_language"),
    ],
)
def test_what_does_not_exist_cannot_be_granted(
    accounts: Accounts, url: str, about: dict[str, object], reason: str
) -> None:
    bring(url, network())
    given = {"role": "viewer"} | about
    outcome: Outcome = accounts.add("An", PASSWORD, by=ROOT, **given)  # type: ignore[arg-type]
    assert why(outcome) == reason
    one = made(accounts)
    assert why(accounts.change(one.id, by=ROOT, **about)) == reason  # type: ignore[arg-type]


def test_the_last_admin_stays(accounts: Accounts) -> None:
    first = made(accounts, "An", "admin")
    assert why(accounts.disable(first.id, by=ROOT)) == "last_admin"
    assert why(accounts.change(first.id, by=ROOT, role="viewer")) == "last_admin"
    second = made(accounts, "Bình", "admin")
    assert isinstance(accounts.disable(first.id, by=ROOT), Done)
    assert why(accounts.disable(second.id, by=ROOT)) == "last_admin"


@pytest.mark.parametrize("word", ["change", "disable", "set_password"])
def test_words_about_no_account_are_refused(accounts: Accounts, word: str) -> None:
    given = (PASSWORD,) if word == "set_password" else ()
    assert why(getattr(accounts, word)(7, *given, by=ROOT)) == "no_account"


def test_every_word_is_audited_and_no_secret_with_it(accounts: Accounts) -> None:
    one = made(accounts)
    sessions, tokens = Sessions(accounts), Tokens(accounts)
    sessions.sign_in("an", "a wrong password", by=AT)
    sessions.sign_in(PASSWORD, "typed into the wrong field", by=AT)
    held = signed(accounts)
    secret, number = issued(accounts, one)
    tokens.revoke(number, by=ROOT)
    sessions.sign_out(held.session, by=By("An", AT.address))
    accounts.set_password(one.id, "another password", by=ROOT)
    accounts.disable(one.id, by=ROOT)
    accounts.disable(one.id, by=ROOT, disabled=False)
    assert audited(accounts) == [
        *("account_add", "sign_in_failed", "sign_in_failed", "sign_in", "token_add"),
        *("token_revoke", "sign_out", "password", "account_disable", "account_enable"),
    ]
    rows = list(audit_rows(accounts, AuditFilter()))
    told = repr(rows)
    for kept in (PASSWORD, "a wrong password", "another password", held.token, secret):
        assert kept not in told
    failed = [row.detail for row in rows if row.action == "sign_in_failed"]
    assert failed == [{"address": AT.address}, {"account": "An", "address": AT.address}]
    assert audit_actions(accounts)[0] == "account_add"


def test_the_audit_log_is_read_by_pages_and_filters(accounts: Accounts, clock: Clock) -> None:
    one = made(accounts)
    for n in range(5):
        clock.now = NOW + n
        accounts.change(one.id, by=By(f"actor{n % 2}"), language="en")
    found = audit_page(accounts, AuditFilter(), limit=4)
    rest = audit_page(accounts, AuditFilter(), before=found[-1].id, limit=4)
    assert [row.at_ms for row in (*found, *rest)] == [NOW + n for n in (4, 3, 2, 1, 0, 0)]
    assert len(audit_page(accounts, AuditFilter(actor="actor1"))) == 2
    assert len(audit_page(accounts, AuditFilter(action="account_add"))) == 1
    inside = AuditFilter(from_ms=NOW + 1, to_ms=NOW + 3)
    assert [row.at_ms for row in audit_page(accounts, inside)] == [NOW + 2, NOW + 1]


def test_a_flood_of_failed_tries_is_told_once(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_TOLD == 1_000
    monkeypatch.setattr(store.sessions, "MOST_TOLD", 4)
    sessions = Sessions(accounts)
    for n in range(9):
        sessions.sign_in(f"n{n}", "wrong", by=AT)
    assert audited(accounts) == ["sign_in_failed"] * 3 + ["sign_in_flood"]


def test_a_sign_in_raises_no_revision(accounts: Accounts, url: str) -> None:
    made(accounts)
    with reading(url) as reader:
        before = reader.revision()
        signed(accounts)
        assert reader.revision() == before


def test_a_record_of_another_version_is_refused_with_the_remedy(
    accounts: Accounts, url: str
) -> None:
    with accounts.writing() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '0008'")
    with pytest.raises(RecordError, match=r"schema 0008.*remedy: start `canh run`"):
        Accounts(url)

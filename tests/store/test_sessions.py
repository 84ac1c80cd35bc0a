"""Sessions and tokens: who gets in, for how long, and how often somebody may be wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

import store.passwords
import store.sessions
from store.account_rows import By
from store.accounts import Accounts
from store.passwords import Cost
from store.sessions import (
    DAY_MS,
    FREE_ADDRESS,
    FREE_NAME,
    HOUR_MS,
    IDLE_MS,
    LONGEST_MS,
    LONGEST_WAIT_MS,
    Sessions,
    SignedIn,
)
from store.speech import Done, Outcome, Refused
from store.tokens import Tokens
from tests.store.book import AT, PASSWORD, ROOT, Clock, issued, made, signed, why
from tests.store.keeping import NOW, bring, network, reading


def test_signing_in_gives_a_token_of_which_only_a_hash_is_kept(
    accounts: Accounts, url: str
) -> None:
    made(accounts)
    held = signed(accounts, "AN")
    assert Sessions(accounts).of_token(held.token) == held.session
    assert held.session.account.name == "An"
    assert (held.session.address, held.session.agent) == ("192.0.2.7", "Firefox")
    secrets = (held.token, PASSWORD)
    with reading(url) as reader, reader._read() as conn:
        for table in ("account", "session", "audit", "sign_in_fault"):
            told = repr(conn.exec_driver_sql(f"SELECT * FROM {table}").all())
            assert not any(secret in told for secret in secrets), table


def test_a_password_typed_on_another_keyboard_is_the_same(accounts: Accounts) -> None:
    made(accounts)
    typed = unicodedata.normalize("NFD", PASSWORD)
    assert typed != PASSWORD
    assert isinstance(Sessions(accounts).sign_in("an", typed, by=AT), SignedIn)


@pytest.mark.parametrize("after_ms", [IDLE_MS, LONGEST_MS])
def test_a_session_ends_by_time(accounts: Accounts, clock: Clock, after_ms: int) -> None:
    made(accounts)
    sessions, held = Sessions(accounts), signed(accounts)
    step = HOUR_MS
    while clock.now + step < NOW + after_ms:
        clock.now += step
        if after_ms == LONGEST_MS:
            found = sessions.of_token(held.token)
            assert found is not None
            sessions.seen(found)
    clock.now = NOW + after_ms - 1
    assert sessions.of_token(held.token) is not None
    clock.now += 1
    assert sessions.of_token(held.token) is None
    assert sessions.all() == ()


def test_sessions_end_when_told_and_with_password_and_account(accounts: Accounts) -> None:
    one = made(accounts)
    sessions = Sessions(accounts)
    held = signed(accounts)
    sessions.sign_out(held.session, by=AT)
    assert sessions.of_token(held.token) is None
    ends: tuple[Callable[[], Outcome], ...] = (
        lambda: accounts.set_password(one.id, "another password", by=ROOT),
        lambda: accounts.set_password(one.id, PASSWORD, by=ROOT),
        lambda: accounts.disable(one.id, by=ROOT),
    )
    for end in ends:
        tokens = [sessions.admit(one.id, by=AT, how="test") for _ in range(2)]
        end()
        for opened in tokens:
            assert isinstance(opened, SignedIn)
            assert sessions.of_token(opened.token) is None
    assert isinstance(accounts.disable(one.id, by=ROOT, disabled=False), Done)
    assert sessions.all() == ()


def test_a_disabled_account_cannot_sign_in(accounts: Accounts) -> None:
    one = made(accounts)
    accounts.disable(one.id, by=ROOT)
    assert why(Sessions(accounts).sign_in("an", PASSWORD, by=AT)) == "sign_in"
    assert why(Sessions(accounts).admit(one.id, by=AT, how="test")) == "sign_in"


def test_a_hash_is_computed_whether_or_not_the_account_exists(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(accounts)
    accounts.add("elsewhere", None, by=ROOT, role="viewer", subject="https://id.example#1")
    accounts.disable(made(accounts, "off").id, by=ROOT)
    asked: list[str] = []
    real = store.passwords.fits

    def counting(password: str, kept: str) -> bool:
        asked.append(kept)
        return real(password, kept)

    monkeypatch.setattr(store.sessions, "fits", counting)
    sessions, reasons = Sessions(accounts), []
    for name in ("an", "nobody", "elsewhere", "off"):
        reasons.append(sessions.sign_in(name, "wrong password", by=AT))
    assert len(asked) == 4
    assert {kept.split("$")[1] for kept in asked} == {"2"}
    assert len(set(map(why, reasons))) == 1


def test_tries_that_fail_make_the_next_wait_ever_longer(accounts: Accounts, clock: Clock) -> None:
    made(accounts)
    sessions = Sessions(accounts)
    for n in range(FREE_NAME):
        by = By("", f"192.0.2.{n}")
        assert why(sessions.sign_in("an", "wrong password", by=by)) == "sign_in"
    waits = []
    for _ in range(12):
        early = sessions.sign_in("An", PASSWORD, by=By("", "198.51.100.9"))
        assert why(early) == "sign_in_wait"
        assert isinstance(early, Refused)
        waits.append(int(str(early.values["s"])))
        clock.now += waits[-1] * 1_000
        assert why(sessions.sign_in("an", "wrong", by=AT)) == "sign_in"
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    clock.now += LONGEST_WAIT_MS
    assert isinstance(sessions.sign_in("an", PASSWORD, by=AT), SignedIn)


def test_names_that_do_not_exist_wait_alike(accounts: Accounts) -> None:
    sessions = Sessions(accounts)
    told = [why(sessions.sign_in("nobody", "wrong", by=AT)) for _ in range(FREE_NAME + 1)]
    assert told == ["sign_in"] * FREE_NAME + ["sign_in_wait"]


def test_one_address_waits_whatever_names_it_tries(accounts: Accounts) -> None:
    sessions = Sessions(accounts)
    for n in range(FREE_ADDRESS):
        address = f"2001:db8:1:2::{n:x}"
        assert why(sessions.sign_in(f"n{n}", "wrong", by=By("", address))) == "sign_in"
    late = By("", "2001:db8:1:2:ffff::1")
    assert why(sessions.sign_in("other", "wrong", by=late)) == "sign_in_wait"
    assert why(sessions.sign_in("other", "wrong", by=By("", "2001:db8:1:3::1"))) == "sign_in"


def test_a_stranger_shuts_nobody_out_who_was_here_before(accounts: Accounts) -> None:
    made(accounts)
    held, sessions = signed(accounts), Sessions(accounts)
    for n in range(FREE_NAME + 1):
        sessions.sign_in("an", "wrong", by=By("", f"198.51.100.{n}"))
    assert why(sessions.sign_in("an", PASSWORD, by=By("", "198.51.100.99"))) == "sign_in_wait"
    assert isinstance(sessions.sign_in("an", PASSWORD, by=AT), SignedIn)
    assert sessions.of_token(held.token) is not None


def test_signing_in_frees_no_other_address(accounts: Accounts) -> None:
    one = made(accounts)
    sessions, stranger = Sessions(accounts), By("", "198.51.100.1")
    for _ in range(FREE_NAME):
        sessions.sign_in("an", "wrong", by=stranger)
    sessions.admit(one.id, by=AT, how="test")
    signed(accounts)
    assert why(sessions.sign_in("an", "wrong", by=stranger)) == "sign_in_wait"


def test_tries_at_once_count_all(accounts: Accounts) -> None:
    made(accounts)
    sessions = Sessions(accounts)
    with ThreadPoolExecutor(8) as pool:
        tries = [pool.submit(sessions.sign_in, "an", "wrong", by=AT) for _ in range(24)]
    told = [why(one.result()) for one in tries]
    assert told.count("sign_in") == FREE_NAME
    assert told.count("sign_in_wait") == 24 - FREE_NAME


def test_faults_are_forgotten_after_an_hour(accounts: Accounts, clock: Clock) -> None:
    sessions = Sessions(accounts)
    for _ in range(FREE_NAME):
        sessions.sign_in("an", "wrong", by=AT)
    clock.now += HOUR_MS + 1
    assert why(sessions.sign_in("an", "wrong", by=AT)) == "sign_in"


def test_a_password_is_kept_anew_when_the_usual_cost_has_changed(
    url: str, accounts: Accounts, clock: Clock
) -> None:
    made(accounts)
    dearer = Accounts(url, cost=Cost(4, 1, 1), clock=clock)

    def kept() -> str:
        with dearer.reading() as conn:
            return str(conn.exec_driver_sql("SELECT password FROM account").scalar_one())

    assert kept().startswith("scrypt$2$1$1$")
    signed(dearer)
    assert kept().startswith("scrypt$4$1$1$")
    signed(dearer)
    dearer.close()


def test_a_token_opens_until_it_runs_out(accounts: Accounts, clock: Clock) -> None:
    one = made(accounts)
    tokens, (secret, number) = Tokens(accounts), issued(accounts, one)
    assert secret.startswith("canh_")
    found = tokens.of_secret(secret)
    assert found is not None
    assert (found.id, found.account, found.role, found.label) == (
        number,
        one,
        "operator",
        "bản sao",
    )
    clock.now += 30 * DAY_MS - 1
    assert tokens.of_secret(secret) is not None
    clock.now += 1
    assert tokens.of_secret(secret) is None
    assert tokens.of_secret(secret + "x") is None
    assert [row.id for row in tokens.all(one.id)] == [number]


def test_a_token_ends_with_a_word_and_rests_with_its_account(accounts: Accounts) -> None:
    one = made(accounts)
    tokens, (secret, number) = Tokens(accounts), issued(accounts, one)
    accounts.disable(one.id, by=ROOT)
    assert tokens.of_secret(secret) is None
    accounts.disable(one.id, by=ROOT, disabled=False)
    assert tokens.of_secret(secret) is not None
    other = made(accounts, "Bình")
    assert why(tokens.revoke(number, by=ROOT, own=other.id)) == "no_token"
    assert isinstance(tokens.revoke(number, by=ROOT, own=one.id), Done)
    assert tokens.of_secret(secret) is None
    assert why(tokens.revoke(99, by=ROOT)) == "no_token"


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({"days": 0}, "token_days"),
        ({"days": 731}, "token_days"),
        ({"role": "admin"}, "token_role"),
        ({"role": "root"}, "no_role"),
        ({"label": "  "}, "token_label"),
        ({"label": "x" * 101}, "token_label"),
        ({"units": ["51"]}, "token_units"),
    ],
)
def test_a_token_that_could_do_more_than_its_account_is_refused(
    accounts: Accounts, url: str, about: dict[str, object], reason: str
) -> None:
    bring(url, network())
    one = made(accounts, units=["522"])
    given: dict[str, object] = {"label": "x", "days": 1, "by": ROOT} | about
    assert why(Tokens(accounts).issue(one, **given)) == reason  # type: ignore[arg-type]


def test_the_use_of_a_token_is_kept_once_a_minute(accounts: Accounts, clock: Clock) -> None:
    one = made(accounts)
    tokens, (secret, _) = Tokens(accounts), issued(accounts, one)
    for step, seen in ((0, NOW), (59_999, NOW), (1, NOW + 60_000)):
        clock.now += step
        found = tokens.of_secret(secret)
        assert found is not None
        tokens.used(found)
        assert tokens.all()[0].used_ms == seen

"""What the tests of accounts share: people, their password, a clock that is set by hand."""

from __future__ import annotations

from store.account_rows import Account, By
from store.accounts import Accounts
from store.audits import AuditFilter, audit_page
from store.passwords import Cost
from store.sessions import Sessions, SignedIn
from store.speech import Done, Refused
from store.tokens import Tokens
from tests.store.keeping import NOW

CHEAP = Cost(2, 1, 1)
PASSWORD = "Mưa rào tháng Bảy"
ROOT, AT = By("root"), By("", "192.0.2.7", "Firefox")


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


def made(accounts: Accounts, name: str = "An", role: str = "operator", **about: object) -> Account:
    outcome = accounts.add(name, PASSWORD, by=ROOT, role=role, **about)  # type: ignore[arg-type]
    assert isinstance(outcome, Done), outcome
    found = accounts.numbered(outcome.row_id)
    assert found is not None
    return found


def why(outcome: object) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.key.removeprefix("refused.")


def signed(accounts: Accounts, name: str = "An", by: By = AT) -> SignedIn:
    outcome = Sessions(accounts).sign_in(name, PASSWORD, by=by)
    assert isinstance(outcome, SignedIn), outcome
    return outcome


def audited(accounts: Accounts) -> list[str]:
    return [row.action for row in audit_page(accounts, AuditFilter())][::-1]


def issued(accounts: Accounts, whose: Account, **about: object) -> tuple[str, int]:
    given = {"days": 30} | about
    outcome = Tokens(accounts).issue(whose, "bản sao", by=ROOT, **given)  # type: ignore[arg-type]
    assert isinstance(outcome, tuple), outcome
    return outcome

"""`canh account`: who may use the pages and the interface for programs, and what they may."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, NoReturn

from cli.config import locate, record_url
from inventory.phrases import LANGUAGES

if TYPE_CHECKING:
    from store.account_rows import Account, By
    from store.accounts import Accounts
    from store.speech import Outcome

ROLES = ("viewer", "operator", "admin")
USUAL_DAYS = 90
_ACTIONS = ("list", "add", "passwd", "change", "disable", "enable", "token", "revoke", "sessions")


def arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar=" | ".join(_ACTIONS), required=True)
    listed = actions.add_parser("list", help="every account and its tokens")
    sessions = actions.add_parser("sessions", help="who is signed in, and from where")
    add = actions.add_parser("add", help="one more; the password is asked for")
    change = actions.add_parser("change", help="what it may from now on")
    passwd = actions.add_parser("passwd", help="another password; all its sessions end")
    disable = actions.add_parser("disable", help="its sessions end and its tokens open nothing")
    enable = actions.add_parser("enable", help="it may sign in again")
    token = actions.add_parser("token", help="a token for a program; it is shown once")
    revoke = actions.add_parser("revoke", help="a token opens nothing any more")
    add.add_argument("--role", choices=ROLES, required=True, help="what it may")
    change.add_argument("--role", choices=ROLES, help="what it may")
    change.add_argument("--all-units", action="store_true", help="without a limit again")
    token.add_argument("--label", metavar="TEXT", required=True, help="what it is for")
    token.add_argument("--days", type=int, metavar="N", default=USUAL_DAYS, help="default: 90")
    token.add_argument("--role", choices=ROLES, help="default: that of the account")
    for one in (add, change, token):
        one.add_argument(
            "--unit", action="append", metavar="ID", help="limited to this unit and all below it"
        )
    for one in (add, change):
        one.add_argument("--lang", choices=LANGUAGES, help="of the pages")
    for one in (add, passwd):
        one.add_argument(
            "--password-stdin", action="store_true", help="one line of standard input, not a prompt"
        )
    for one in (add, change, passwd, disable, enable, token):
        one.add_argument("name")
    revoke.add_argument("id", type=int, help="its number in `canh account list`")
    for one in (listed, sessions, add, change, passwd, disable, enable, token, revoke):
        for option in ("--config", "--data"):
            one.add_argument(option, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
        one.add_argument("--by", metavar="NAME", help="who speaks; else as for `canh ack`")
    for one in (listed, sessions, token):
        one.add_argument("--json", action="store_true", help="one JSON document")


def run(args: argparse.Namespace) -> int:
    """0: done; 1: refused; 2: usage."""
    from store.accounts import Accounts
    from store.engine import RecordError

    try:
        with closing(Accounts(record_url(args, locate(args)))) as accounts:
            {"list": _list, "sessions": _sessions, "token": _token, "revoke": _revoke}.get(
                args.action, _word
            )(args, accounts)
    except RecordError as error:
        _fail(str(error))
    return 0


def _word(args: argparse.Namespace, accounts: Accounts) -> None:
    by = _by(args)
    if args.action == "add":
        if accounts.named(args.name) is not None:  # before a password is asked for
            _fail(f"there is an account {args.name} already")
        first = not accounts.any()
        may = {"role": args.role, "units": args.unit, "language": args.lang}
        _done(accounts.add(args.name, _password(args), by=by, **may))
        if first:
            _tell("from now on the pages ask everybody to sign in")
        return
    here = _find(accounts, args.name)
    words: dict[str, Callable[[], Outcome]] = {
        "passwd": lambda: accounts.set_password(here.id, _password(args), by=by),
        "disable": lambda: accounts.disable(here.id, by=by),
        "enable": lambda: accounts.disable(here.id, by=by, disabled=False),
        "change": lambda: _change(args, accounts, here, by),
    }
    _done(words[args.action]())


def _change(args: argparse.Namespace, accounts: Accounts, here: Account, by: By) -> Outcome:
    if args.all_units and args.unit:
        _fail("--all-units and --unit say opposite things", code=2)
    said = {"role": args.role, "units": args.unit, "language": args.lang}
    said = {name: value for name, value in said.items() if value is not None}
    if args.all_units:
        said["units"] = None
    if not said:
        _fail("say what is to change: --role, --unit, --all-units, --lang", code=2)
    return accounts.change(here.id, by=by, **said)


def _list(args: argparse.Namespace, accounts: Accounts) -> None:
    from cli.account_forms import account_form, account_lines
    from cli.forms import dump
    from store.tokens import Tokens

    found, tokens = accounts.all(), Tokens(accounts).all()
    own = {one.id: [token for token in tokens if token.account.id == one.id] for one in found}
    if args.json:
        dump({"accounts": [account_form(one, own[one.id]) for one in found]})
        return
    for line in account_lines(found, own, accounts.clock()):
        print(line)


def _sessions(args: argparse.Namespace, accounts: Accounts) -> None:
    from cli.account_forms import session_form, session_lines
    from cli.forms import dump
    from store.sessions import Sessions

    found = Sessions(accounts).all()
    if args.json:
        dump({"sessions": [session_form(one) for one in found]})
        return
    for line in session_lines(found):
        print(line)


def _token(args: argparse.Namespace, accounts: Accounts) -> None:
    """Its secret alone on stdout, so that it can go into a file that others cannot read."""
    from cli.forms import dump
    from store.speech import Refused
    from store.tokens import Tokens

    may = {"days": args.days, "role": args.role, "units": args.unit}
    tokens = Tokens(accounts)
    made = tokens.issue(_find(accounts, args.name), args.label, by=_by(args), **may)
    if isinstance(made, Refused):
        _fail(made.reason)
    secret, number = made
    if args.json:
        dump({"id": number, "token": secret})
        return
    _tell(f"token {number} is shown this once; it is kept here as a hash alone")
    print(secret)


def _revoke(args: argparse.Namespace, accounts: Accounts) -> None:
    from store.tokens import Tokens

    _done(Tokens(accounts).revoke(args.id, by=_by(args)))


def _find(accounts: Accounts, name: str) -> Account:
    found = accounts.named(name)
    if found is None:
        _fail(f"there is no account {name!r}; `canh account list` names them")
    return found


def _password(args: argparse.Namespace) -> str:
    if args.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        _fail("no terminal to ask for a password on; use --password-stdin", code=2)
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        _fail("it was not typed alike twice")
    return first


def _by(args: argparse.Namespace) -> By:
    from cli.speaking import actor
    from store.account_rows import By

    return By(actor(args.by))


def _done(outcome: Outcome) -> None:
    from store.speech import Refused

    if isinstance(outcome, Refused):
        _fail(outcome.reason)


def _tell(line: str) -> None:
    sys.stderr.write(f"canh account: {line}\n")


def _fail(why: str, *, code: int = 1) -> NoReturn:
    _tell(why)
    raise SystemExit(code)

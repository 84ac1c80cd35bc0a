"""Channels and rules of sites.toml: what is refused, and how, and that no secret is quoted."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.sites_toml import Reading, read

HEAD = """\
[network]
name = "Mạng"
timezone = "Asia/Ho_Chi_Minh"
anchor = ["r"]
[[unit]]
id = "51"
code = "51"
name = "Tỉnh"
level = "province"
[[site]]
id = "s"
name = "Nơi"
unit = "51"
[[device]]
id = "r"
site = "s"
role = "router"
address = "127.51.0.1"
"""
MAIL = """
[[channel]]
id = "mail"
url = "mailto://relay.example?from=canh@example.vn&to=noc@example.vn"
"""
RULE = """
[[rule]]
id = "all"
to = ["mail"]
"""


def reading(tmp_path: Path, text: str) -> Reading:
    (tmp_path / "sites.toml").write_text(HEAD + text, "utf-8")
    return read(tmp_path / "sites.toml")


def told(tmp_path: Path, text: str) -> list[str]:
    return [f"{one.what} ({one.hint})" for one in reading(tmp_path, text).problems]


def test_a_channel_and_a_rule_are_enough(tmp_path: Path) -> None:
    found = reading(tmp_path, MAIL + RULE)
    assert found.problems == ()
    assert found.network is not None
    assert found.network.rules["all"].severity == ("down", "mass", "blind")


@pytest.mark.parametrize(
    "url",
    [
        "mailtos://noc:s3cret-word@mail.example?to=noc@example.vn",
        "mailto://mail.example?user=noc&pass=s3cret-word",
        "tgram://s3cret-word/123",
        "json://hook.example/x?+Authorization=s3cret-word",
        "https://s3cret-word.example/",
        "s3cret-word",
        "json://hook.example:s3cret-word/",
    ],
)
def test_a_url_that_may_hold_a_secret_is_refused_without_being_quoted(
    tmp_path: Path, url: str
) -> None:
    [problem] = told(tmp_path, f'[[channel]]\nid = "mail"\nurl = "{url}"\n{RULE}')
    assert problem.startswith("url: ")
    assert "s3cret-word" not in problem


def test_a_secret_that_is_not_set_is_told_by_its_name(tmp_path: Path) -> None:
    [problem] = told(tmp_path, f'[[channel]]\nid = "mail"\nurl = "secret:noc_mail"\n{RULE}')
    assert problem == (
        'url: the secret "noc_mail" is not set (put it into secrets.toml or $CANH_SECRET_NOC_MAIL)'
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('to = ["mial"]', 'to: there is no channel "mial" (did you mean "mail"?)'),
        ("to = []", 'to: names no channel (to = ["the id of a channel"])'),
        ('to = ["mail"]\nunit = ["52"]', 'unit: there is no unit "52" ()'),
        ('to = ["mail"]\nhours = "night"', 'hours: there is no calendar "night" ()'),
        (
            'to = ["mail"]\nseverity = ["donw"]',
            'severity: "donw" is not known (did you mean "down"?)',
        ),
        (
            'to = ["mail"]\nquiet_hours = ["22-6"]',
            'quiet_hours: "22-6" is no spell of hours (write "22:00-06:00")',
        ),
        (
            'to = ["mail"]\ndigest = "7am"',
            'digest: "7am" is no time of a digest (write "07:30", or "mon 07:30")',
        ),
        (
            'to = ["mail"]\ndigest = "07:30"\ndelay_s = 5',
            "delay_s: has no meaning beside digest (leave it out, or make a second rule)",
        ),
    ],
)
def test_each_slip_in_a_rule_is_told_with_its_remedy(
    tmp_path: Path, text: str, problem: str
) -> None:
    found = told(tmp_path, f'{MAIL}[[rule]]\nid = "all"\n{text}\n')
    assert problem in found


def test_a_channel_that_no_rule_names_is_a_warning(tmp_path: Path) -> None:
    found = reading(tmp_path, MAIL)
    assert found.network is not None
    assert [one.what for one in found.problems] == ["no rule names this channel"]


def test_what_only_sums_up_is_not_escalated(tmp_path: Path) -> None:
    text = f"""{MAIL}[[rule]]
id = "sum"
to = ["mail"]
digest = "07:30"
[[escalation]]
rule = "sum"
after_s = 60
to = ["mail"]
"""
    assert told(tmp_path, text) == ['rule: "sum" only sums up (escalate a rule without digest)']


def test_the_name_of_the_command_for_each_outage_is_taken(tmp_path: Path) -> None:
    text = MAIL.replace('"mail"', '"on-outage"') + RULE.replace('"mail"', '"on-outage"')
    [problem] = told(tmp_path, text)
    assert problem.startswith('"on-outage" is the channel of')

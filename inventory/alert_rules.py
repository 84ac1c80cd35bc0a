"""What must hold between channels, rules and escalations."""

from __future__ import annotations

from collections.abc import Sequence

from inventory.problems import quoted
from inventory.rows import Findings, Row

TAKEN = "on-outage"
AT_ONCE = ("delay_s", "quiet_hours")  # keys that a rule has no use for when it only sums up


def alerting(rows: Sequence[Row], findings: Findings) -> None:
    """Each channel is used; what only sums up neither waits nor escalates."""
    named: set[str] = set()
    summing = set()
    for row in rows:
        if row.table.name in ("rule", "escalation", "notify"):
            named |= {*row.values.get("to", ()), *row.values.get("report_to", ())}
        if row.table.name in ("rule", "escalation") and row.values.get("to") == ():
            findings.row(row, "to", "to: names no channel", 'to = ["the id of a channel"]')
        if row.table.name == "rule" and "digest" in row.given:
            summing.add(row.id)
            for key in row.given.intersection(AT_ONCE):
                hint = "leave it out, or make a second rule"
                findings.row(row, key, f"{key}: has no meaning beside digest", hint)
    for row in rows:
        if row.table.name == "channel" and row.id == TAKEN:
            what = f"{quoted(TAKEN)} is the channel of `canh run --on-outage`"
            findings.row(row, "id", what, "give it another id")
        elif row.table.name == "channel" and row.id and row.id not in named:
            what, hint = "no rule names this channel", f"[[rule]] with to = [{quoted(row.id)}]"
            findings.row(row, "id", what, hint, level="warning")
        if row.table.name == "escalation" and row.values.get("rule") in summing:
            what = f"rule: {quoted(row.values['rule'])} only sums up"
            findings.row(row, "rule", what, "escalate a rule without digest")

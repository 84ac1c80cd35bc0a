"""The page of figures: every key and column has its entry, and its examples are computed."""

from __future__ import annotations

import ast
import re

import pytest

from docs.words import Words
from inventory.phrases import table
from reports.capacity import LIMIT_PCT, RUN_DAYS
from reports.numbers import percent
from store.ledger import MIN_SEEN_PCT, Split, add, figures
from tests.docs.pages import DOCS, ROOT

FORMS = ("json_form", "json_month", "json_network", "picture_form")
NOT_KEYS = {"first_bad_ms", "first_good_ms"}  # of a table of names in json_form
HOUR = 3_600_000
COMMUNE = Split(
    maintenance_ms=4 * HOUR,
    unknown_ms=2 * HOUR,
    down_ms=HOUR,
    unreachable_ms=3 * HOUR,
    degraded_ms=10 * HOUR,
    up_ms=724 * HOUR,
)
HALF_A_MONTH = Split(up_ms=372 * HOUR)
PAGES = {"en": DOCS / "figures.md", "vi": DOCS / "figures.vi.md"}


def keys() -> set[str]:
    """Every key that the renderers of the JSON document write."""
    found = set()
    for form in FORMS:
        tree = ast.parse((ROOT / "reports" / f"{form}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                found |= {key.value for key in node.keys if isinstance(key, ast.Constant)}
    return {str(key) for key in found} - NOT_KEYS


@pytest.mark.parametrize("language", PAGES)
def test_every_key_of_the_json_report_has_an_anchor(language: str) -> None:
    assert len(keys()) > 150
    anchors = re.findall(r'<a id="([^"]+)"></a>', PAGES[language].read_text("utf-8"))
    assert sorted(keys() - set(anchors)) == [], "write them into docs/figures.tsv: make reference"
    assert len(anchors) == len(set(anchors))


@pytest.mark.parametrize("language", PAGES)
def test_every_column_of_the_report_has_an_entry(language: str) -> None:
    told = [entry for group in Words(language).figures().values() for entry in group]
    columns = {f"report.col.{name}" for entry in told for name in entry.columns}
    wanted = {key for key in table() if key.startswith("report.col.")}
    assert sorted(wanted - columns) == [], "write them into docs/figures.tsv: make reference"
    assert columns <= wanted


@pytest.mark.parametrize("language", PAGES)
def test_the_examples_of_percentages_are_what_the_ledger_computes(language: str) -> None:
    text = PAGES[language].read_text("utf-8")
    assert COMMUNE.total_ms == 744 * HOUR
    one, both = figures(COMMUNE), figures(add([COMMUNE, HALF_A_MONTH]))
    wanted = (one.service_pct, one.availability_pct, one.seen_pct, both.service_pct)
    assert [shown for pct in wanted if (shown := percent(pct, language)) not in text] == []


def test_the_limits_that_the_page_names_are_those_of_the_program() -> None:
    text = " ".join(PAGES["en"].read_text("utf-8").split())
    assert f"Under {MIN_SEEN_PCT:.0f} % there is no verdict" in text
    assert f"Over {LIMIT_PCT} % on {RUN_DAYS} days running" in text

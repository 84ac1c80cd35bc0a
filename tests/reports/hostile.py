"""Names that would harm a careless renderer: markup, formulas, paths, turned reading, typst."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from inventory.model import Letterhead
from reports.document import Document
from reports.figures import figures
from store.states import Kind
from tests.reports.province import BEGIN, END
from tests.reports.world import HOUR, Fault, history, period

NAMES = (
    "<b>&amp;</b><script>alert(1)</script>",
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1:A9)",
    '=HYPERLINK("http://x.example","x")',
    "=cmd|'/c calc'!A1",
    "'=1",
    "\t=1",
    "../../etc/passwd",
    "..\\..\\windows",
    "a\u202egnp.exe",
    "\u200fmột\u2066hai\u2069",
    "#panic(1) #set text(red) $x^2$ *b* _i_ `raw` \\ @label ~ -- ... <label>",
    '#image("/etc/passwd") #include "/etc/passwd" // /* ] } )',
    '"; #read("/etc/passwd") #{ "',
    "x" * 400,
    "ab-" * 150,
    "\x1b[2J\x00\x07 nul\nxuống dòng",
    "{{ 7*7 }} {% raw %}",
    "a,b;c|d\"e'f",
    "漢字 🙂 \ud83d lẻ",
    "https://x.example/?a=1#b",
)


def evil() -> Document:
    """Each name is that of a site, of a device in it, of a link, of a service and of a note."""
    histories = [history(Kind.UNIT, "51", NAMES[0], thing_id=51, level="province", measured=False)]
    for number, name in enumerate(NAMES):
        fault = Fault(begin=BEGIN + number * HOUR, end=BEGIN + (number + 3) * HOUR, note=name)
        site = 1000 + number
        where: dict[str, Any] = {
            "unit_id": 51,
            "unit": NAMES[1],
            "target_pct": 99.0,
            "faults": [fault],
        }
        histories += [
            history(Kind.SITE, f"s{number}", name, thing_id=site, **where),
            history(Kind.DEVICE, name, name, site_id=site, faults=[fault]),
            history(Kind.LINK, f"l{number}", name, level="", provider=name, faults=[fault]),
            history(Kind.SERVICE, f"v{number}", name, site_id=site, faults=[fault]),
            history(Kind.SITE, f"n{number}", name, unit_id=51, unit=name, service=()),
        ]
    letterhead = Letterhead(
        authority_above=NAMES[13],
        authority=NAMES[14],
        symbol=NAMES[1],
        place=NAMES[15],
        signer=NAMES[:2],
        recipients=NAMES,
    )
    found = figures(period(BEGIN, END, histories, network=NAMES[13]))
    return replace(found, letterhead=letterhead)

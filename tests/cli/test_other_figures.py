"""`canh figures` as a person at a shell uses it, and what `canh report` makes of it."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from inventory.sites_toml import read
from store.changes import Sight
from store.declare import agree
from store.engine import open_writer
from store.migrate import migrate
from store.urls import sqlite_url
from store.writer import Writer
from tests.cli.running import SITES, answer, canh, folder
from tests.store.keeping import commit, down, up

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
HOUR, DAY = 3_600_000, 86_400_000
NOW = time.time_ns() // 1_000_000
TODAY = datetime.fromtimestamp(NOW / 1000, ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
END = round(TODAY.timestamp() * 1000)
BEGAN = END - 2 * DAY
HEAD = "source,from,to,kind,id,availability_pct,downtime_minutes,note\n"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Two whole days in which r2 was down for an hour."""
    where = folder(tmp_path, SITES)
    network = read(where / "sites.toml").network
    assert network is not None
    engine = open_writer(sqlite_url(where / "canh-data" / "record.db"))
    migrate(engine)
    with engine.begin() as conn:
        r2 = agree(conn, network, BEGAN).ids["device", "r2"]
    writer = Writer(engine, "test")
    writer.start(BEGAN)
    commit(writer, BEGAN, up(r2, BEGAN), sight=Sight.OPENED)
    commit(writer, BEGAN + HOUR, down(r2, BEGAN + HOUR))
    commit(writer, BEGAN + 2 * HOUR, up(r2, BEGAN + 2 * HOUR))
    commit(writer, NOW, sight=Sight.SEEN)
    writer.close(NOW, seen_ms=NOW)
    return where


def day(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZONE).date().isoformat()


def figures(where: Path, *lines: str, head: str = HEAD) -> None:
    (where / "vnpt.csv").write_text(head + "".join(f"{line}\n" for line in lines), "utf-8")


def test_a_preview_then_the_import_then_the_list(desk: Path) -> None:
    span = f"{day(BEGAN)},{day(END - 1)}"
    figures(desk, f"VNPT,{span},device,r2,99,30,\x07", f"VNPT,{span},,VNP-42,98,,")
    code, out, err = canh(desk, "figures", "import", "vnpt.csv")
    assert (code, out.count("\n"), "control character" in err) == (1, 2, True)
    figures(desk, f"VNPT,{span},device,r2,99,30,ghi chú", f"VNPT,{span},,VNP-42,98,,")
    code, out, err = canh(desk, "figures", "import", "vnpt.csv")
    assert code == 0
    assert out.splitlines() == [
        f"new     VNPT  device:r2  {day(BEGAN)} … {day(END - 1)}  99.0 %, down 30 min, ghi chú",
        f"new     VNPT  VNP-42 (not known here)  {day(BEGAN)} … {day(END - 1)}  98.0 %",
        "2 new, 0 changed, 0 same, problems: 0",
    ]
    assert "vnpt.csv!E3: warning: nothing here is called" in err
    assert "a preview; --apply keeps them" in err
    assert answer(desk, "figures", "list") == {"figures": []}
    done = answer(desk, "figures", "import", "vnpt.csv", "--apply", "--by", "Lan")
    assert (done["applied"], done["rows"][0]["thing"]) == (True, "r2")
    kept = answer(desk, "figures", "list")["figures"]
    assert [(one["named"], one["thing"], one["author"]) for one in kept] == [
        ("r2", "r2", "Lan"), ("VNP-42", None, "Lan"),
    ]  # fmt: skip
    code, out, _ = canh(desk, "figures", "list")
    assert (code, len(out.splitlines())) == (0, 2)
    figures(desk, f"VNPT,{span},device,r2,99.5,,")
    code, out, _ = canh(desk, "figures", "import", "vnpt.csv")
    assert "        before: 99.0 %, down 30 min, ghi chú" in out.splitlines()


def test_faults_keep_everything_out_and_usage_is_told(desk: Path) -> None:
    figures(desk, f"VNPT,{day(BEGAN)},{day(END - 1)},device,r2,101,,")
    code, out, err = canh(desk, "figures", "import", "vnpt.csv", "--apply")
    assert (code, "problems: 1" in out) == (1, True)
    assert err.startswith('vnpt.csv!F2: "101" is no percentage from 0 to 100')
    assert err.endswith("nothing was kept; mend the problems first\n")
    assert canh(desk, "figures", "import")[0] == 2
    assert canh(desk, "figures", "list", "vnpt.csv")[0] == 2
    code, _, err = canh(desk, "figures", "import", "none.csv")
    assert (code, "none.csv: cannot be read" in err) == (1, True)


def test_a_report_of_exactly_that_period_sets_them_beside_ours(desk: Path) -> None:
    figures(desk, f"VNPT,{day(BEGAN)},{day(END - 1)},device,r2,,30,")
    answer(desk, "figures", "import", "vnpt.csv", "--apply")
    words = ("report", "--format", "json", "--from", day(BEGAN))
    code, out, err = canh(desk, *words, "--to", day(END))
    assert code == 0, err
    [one] = json.loads(out)["other_side"]
    assert (one["thing"], one["ours_down_s"], one["theirs_down_s"]) == ("r2", 3600, 1800)
    assert [outage["lost_s"] for outage in one["outages"]] == [3600]
    form = json.loads(canh(desk, *words, "--to", day(END - DAY))[1])
    assert form["other_side"] == []
    assert form["capacity"]["links"] == []
    assert form["optics"] == {"ends": [], "without_limit": 0}

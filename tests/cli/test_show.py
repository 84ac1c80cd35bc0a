"""`canh show` opens a figure to its intervals and an outage to its evidence, as a process."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from store.changes import Batch, Evidence, Health, Raw, Seeing, Sight
from tests.cli.running import canh, folder
from tests.store.keeping import bring, commit, down, network, up, writing

LASTED = 60_000


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int, int]:
    """A folder whose record holds one outage of a minute; its number and its first moment."""
    where = folder(tmp_path_factory.mktemp("shown"))
    began = time.time_ns() // 1_000_000 - 1_000_000
    url = f"sqlite:///{where / 'record.db'}"
    device = bring(url, network(), began - 10_000).ids["device", "d-r"]
    raw = (Raw(began - 1000, "icmp", 900, "ok"), Raw(began, "icmp", None, "missed"))
    piece = Evidence(thing_id=device, from_ms=began - 1000, to_ms=began, results=raw)
    body = {"lag_ms": 3, "blind": False, "clock_synced": True}
    health = Health(at_ms=began, mono_ns=1, body=body)
    with writing(url, began - 5000) as writer:
        commit(writer, began - 5000, up(device, began - 5000), sight=Sight.OPENED)
        [number] = commit(writer, began, down(device, began)).opened
        commit(writer, began + LASTED, up(device, began + LASTED))
        seen = (Seeing(sight=Sight.SEEN, at_ms=began + 2 * LASTED),)
        batch = Batch(at_ms=began + LASTED, evidence=(piece,), health=health, seeing=seen)
        writer.submit(batch).result(timeout=30)
    return where, number, began


def shown(where: Path, *words: str) -> str:
    code, out, err = canh(where, "show", *words, "--data", str(where))
    assert code == 0, err
    return out


def test_a_percentage_opens_to_its_intervals_and_they_to_their_outage(
    told: tuple[Path, int, int],
) -> None:
    where, number, began = told
    hour = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(began / 1000 - 600))
    [device] = json.loads(shown(where, "d-r", "--from", hour, "--json"))["devices"]
    assert device["split_s"]["down"] == LASTED / 1000
    assert device["figures"]["service_pct"] < 100
    [lost] = [piece for piece in device["intervals"] if piece["share"] == "down"]
    assert lost["outage"] == number
    assert f"canh show outage:{number}" in shown(where, "d-r", "--from", hour)


def test_an_outage_opens_to_raw_results_and_the_monitors_health(
    told: tuple[Path, int, int],
) -> None:
    where, number, _ = told
    document = json.loads(shown(where, f"outage:{number}", "--json"))
    assert document["outage"]["thing"] == "d-r"
    start = document["evidence"]["start"]
    assert [(one["how"], one["rtt_ms"], one["said"]) for one in start["results"]] == [
        ("icmp", 0.9, "ok"),
        ("icmp", None, "missed"),
    ]
    assert start["health"][0]["lag_ms"] == 3
    text = shown(where, f"outage:{number}")
    assert "first bad" in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_what_is_not_there_and_what_cannot_be_asked_is_one_line(
    told: tuple[Path, int, int],
) -> None:
    where, *_ = told
    code, out, err = canh(where, "show", "outage:999", "--data", str(where))
    assert (code, out, err) == (1, "", "canh show: there is no outage 999\n")
    code, _, err = canh(where, "show", "d-r", "--to", "2026-10-01", "--data", str(where))
    assert (code, err) == (2, "canh show: --to needs --from\n")

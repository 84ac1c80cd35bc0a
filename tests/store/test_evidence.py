"""An outage opens to the raw results and the monitor's health around its start and its end."""

from __future__ import annotations

from store.changes import Batch, Evidence, Health, Raw
from tests.store.keeping import NOW, bring, commit, down, network, reading, up, writing

END = NOW + 3_600_000


def proof(thing_id: int, at_ms: int, said: str) -> Evidence:
    raw = Raw(at_ms, "icmp", 1500 if said == "ok" else None, said)
    return Evidence(thing_id=thing_id, from_ms=at_ms, to_ms=at_ms, results=(raw,))


def test_an_outage_opens_to_what_was_heard_around_both_its_ends(url: str) -> None:
    ids = bring(url, network()).ids
    root, child, site = ids["device", "p-r"], ids["device", "d-r"], ids["site", "d"]
    with writing(url) as writer:
        commit(writer, NOW, up(root, NOW - 5000), up(child, NOW - 5000), up(site, NOW - 5000))
        made = commit(writer, NOW, down(root, NOW), down(child, NOW, root), down(site, NOW, root))
        pieces = [proof(root, at, "missed") for at in (NOW - 600_001, NOW - 600_000, NOW)]
        pieces += [proof(child, NOW + 1, "missed"), proof(root, END, "ok")]
        health = Health(at_ms=NOW + 100, mono_ns=1, body={"lag_ms": 7})
        writer.submit(Batch(at_ms=END, evidence=tuple(pieces), health=health)).result(timeout=30)
        commit(writer, END, up(root, END))
    with reading(url) as reader:
        of_root = reader.opened(made.opened[0])
        of_site = next(o for o in map(reader.opened, made.opened) if o and o.row.key == "d")
        assert reader.opened(999_999) is None
    assert of_root is not None
    assert of_root.end is not None
    told = {key: [r.sent_ms - NOW for r in raw] for key, raw in of_root.start.results.items()}
    assert told == {"device:p-r": [-600_000, 0]}
    assert [raw.said for raw in of_root.end.results["device:p-r"]] == ["ok"]
    assert [one.body for one in of_root.start.health] == [{"lag_ms": 7}]
    assert of_root.end.health == ()
    assert {row.key for row in of_root.members} == {"d-r", "d"}
    assert set(of_site.start.results) == {"device:p-r", "device:d-r"}
    assert of_site.end is None

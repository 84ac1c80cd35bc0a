"""Notes for a sheet: those on things, and those on outages that go on."""

from __future__ import annotations

from contextlib import closing

from store.actions import open_actions
from tests.store.keeping import NOW, bring, commit, down, network, reading, up, writing


def test_notes_on_a_thing_stay_and_those_on_an_outage_end_with_it(url: str) -> None:
    ids = bring(url, network()).ids
    router, site, other = ids["device", "d-r"], ids["site", "d"], ids["site", "p"]
    with writing(url) as writer:
        commit(writer, NOW + 1000, up(router, NOW + 1000))
        commit(writer, NOW + 5000, down(router, NOW + 4000))
        with reading(url) as reader:
            [outage] = reader.outages(open_only=True)
        with closing(open_actions(url)) as actions:
            for thing, text, of in (
                (site, "chìa khóa ở phòng bảo vệ", None),
                (router, "đã gọi nhà mạng", outage.id),
                (other, "nơi khác", None),
            ):
                actions.annotate(thing, actor="Lan", text=text, outage_id=of)
        with reading(url) as reader:
            told = [one.text for one in reader.field.notes([site, router], 10)]
            assert told == ["đã gọi nhà mạng", "chìa khóa ở phòng bảo vệ"]
            assert len(reader.field.notes([site, router], 1)) == 1
        commit(writer, NOW + 9000, up(router, NOW + 9000))
        with reading(url) as reader:
            [left] = reader.field.notes([site, router], 10)
    assert (left.kind, left.key, left.author) == ("site", "d", "Lan")

"""Photos in the record: once for each thing, within a limit, and removed by somebody."""

from __future__ import annotations

from contextlib import closing

from sqlalchemy import select

from store.actions import Actions, open_actions
from store.engine import open_reader
from store.photos import CAPTION_LENGTH, MOST_OF_ONE, Picture
from store.speech import Done, Outcome, Refused
from store.spoken import audit, photo
from tests.store.keeping import bring, network, reading, without

ROOM = 10_000_000


def picture(name: str, size: int = 1000) -> Picture:
    return Picture(sha256=name * 64, width=20, height=10, size=size)


def add(
    actions: Actions, thing_id: int, name: str = "a", *, caption: str = "", most: int = ROOM
) -> Outcome:
    made = picture(name)
    return actions.add_photo(thing_id, made, actor="Lan", caption=caption, most_bytes=most)


def test_a_photo_stands_until_somebody_removes_it(url: str) -> None:
    site = bring(url, network()).ids["site", "d"]
    with closing(open_actions(url)) as actions:
        done = add(actions, site, caption="  Tủ mạng\n tầng 2 ")
        assert isinstance(done, Done)
        with reading(url) as reader:
            [mine] = reader.field.photos([site])
            assert (mine.kind, mine.key, mine.caption) == ("site", "d", "Tủ mạng tầng 2")
            assert reader.field.photo("a" * 64) == (mine,)
        assert isinstance(actions.remove_photo(done.row_id, actor="Minh"), Done)
        assert isinstance(actions.remove_photo(done.row_id, actor="Minh"), Refused)
    with reading(url) as reader:
        assert reader.field.photos([site]) == ()
    engine = open_reader(url)
    with engine.connect() as conn:
        row = conn.execute(select(photo)).one()
        said = conn.execute(select(audit).order_by(audit.c.id)).all()
    engine.dispose()
    assert (row.author, row.removed_by) == ("Lan", "Minh")
    told = [(one.actor, one.action, one.thing_id, one.detail["photo"]) for one in said]
    assert told[-2:] == [
        ("Lan", "photo", site, row.id),
        ("Minh", "photo_removed", site, row.id),
    ]


def test_what_cannot_be_taken_is_refused_and_leaves_nothing(url: str) -> None:
    declared = network()
    ids = bring(url, declared).ids
    bring(url, without(declared, "d-u"), accept=True)
    site, gone, link = ids["site", "d"], ids["device", "d-u"], ids["link", "L1"]
    with closing(open_actions(url)) as actions:
        assert isinstance(add(actions, site), Done)
        refusals = [
            add(actions, 987654),
            add(actions, gone),
            add(actions, link),
            add(actions, site),
            add(actions, site, "b", caption="x" * (CAPTION_LENGTH + 1)),
            add(actions, site, "b", most=1999),
        ]
        assert isinstance(add(actions, ids["device", "d-r"], most=1000), Done)  # the same file
    keys = [one.key for one in refusals if isinstance(one, Refused)]
    names = ["no_thing", "no_photo_of", "no_photo_of", "photo_there", "long_caption", "photos_full"]
    assert keys == [f"refused.{name}" for name in names]
    with reading(url) as reader:
        assert len(reader.field.photos([site])) == 1


def test_a_file_of_two_things_takes_its_room_once_and_removal_gives_it_back(url: str) -> None:
    ids = bring(url, network()).ids
    site, device = ids["site", "d"], ids["device", "d-r"]
    with closing(open_actions(url)) as actions:
        first, second = add(actions, site), add(actions, device)
        assert isinstance(first, Done)
        assert isinstance(second, Done)
        assert isinstance(add(actions, site, "b", most=2000), Done)
        assert isinstance(add(actions, site, "c", most=2999), Refused)
        actions.remove_photo(first.row_id, actor="Lan")
        assert isinstance(add(actions, site, "c", most=2999), Refused)  # the device has it still
        actions.remove_photo(second.row_id, actor="Lan")
        assert isinstance(add(actions, site, "c", most=2999), Done)
        with reading(url) as reader:
            assert [one.key for one in reader.field.photo("a" * 64)] == []


def test_one_thing_has_only_so_many(url: str) -> None:
    site = bring(url, network()).ids["site", "d"]
    with closing(open_actions(url)) as actions:
        for number in range(MOST_OF_ONE):
            made = Picture(sha256=f"{number:064}", width=1, height=1, size=1)
            done = actions.add_photo(site, made, actor="Lan", caption="", most_bytes=ROOM)
            assert isinstance(done, Done)
        refused = add(actions, site)
    assert isinstance(refused, Refused)
    assert refused.key == "refused.many_photos"

"""Names are asked as seldom as their TTL allows; a dead resolver is one trouble, not many."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from probes import names as module
from probes.names import Found, Moved, Names, Trouble, Word
from tests.probes.services.servers import SERVFAIL, NameServer, town

A, B, C = "127.1.0.1", "127.1.0.2", "127.1.0.3"


@dataclass
class Place:
    """A name server, and names whose clock is set by hand."""

    server: NameServer
    names: Names
    now: float = 1000.0

    async def find(self, name: str = "a.test", after: float = 0.0) -> Found:
        self.now += after
        return await self.names.find(name)

    async def quiet(self) -> None:
        """What is asked in the background has come back."""
        await asyncio.gather(*filter(None, (one.asking for one in self.names._known.values())))

    @property
    def asked(self) -> int:
        """Questions, of both families."""
        return len(self.server.asked)


@pytest.fixture
async def place(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    monkeypatch.setattr(module, "TIMEOUT_S", 0.1)
    monkeypatch.setattr(module, "TRIES", 1)
    async with town() as here:
        server = await here.dns()
        server.zone["a.test"] = [A]
        made = Place(server, Names([server.server]))
        made.names._clock = lambda: made.now
        yield made
        made.names.close()


async def test_an_address_is_its_own_name_and_nobody_is_asked(place: Place) -> None:
    for address in ("192.0.2.1", "2001:db8::1", "fe80::1%lo"):
        assert await place.find(address) == Found(Word.FOUND, (address,))
    assert place.asked == 0


async def test_a_fresh_answer_is_remembered_and_eighty_per_cent_later_asked_aside(
    place: Place,
) -> None:
    assert (await place.find()).addresses == (A,)
    once = place.asked
    await place.find(after=239)
    assert place.asked == once
    place.server.zone["a.test"] = [B]
    assert (await place.find(after=2)).addresses == (A,), "nobody waits for it"
    await place.quiet()
    assert place.asked > once
    assert (await place.find()).addresses == (B,)
    assert place.names.take() == [Moved("a.test", A, B)]


@pytest.mark.parametrize(("ttl_s", "kept_s"), [(0, 60), (1, 60), (86_400, 3600)])
async def test_a_ttl_counts_within_a_minute_and_an_hour(
    place: Place, ttl_s: int, kept_s: int
) -> None:
    place.server.ttl_s = ttl_s
    await place.find()
    once = place.asked
    await place.find(after=0.8 * kept_s - 1)
    assert place.asked == once
    await place.find(after=2)
    await place.quiet()
    assert place.asked > once


async def test_the_address_in_use_stays_while_it_is_among_many(place: Place) -> None:
    place.server.zone["a.test"] = [A, B]
    used = (await place.find()).addresses[0]
    for order in ([B, A], [C, B, A], [A, C]):
        place.server.zone["a.test"] = order
        await place.find(after=3600)
        await place.quiet()
        assert (await place.find()).addresses[0] == used or used not in order
    assert not [news for news in place.names.take() if used in order and news]


async def test_a_dead_resolver_is_one_trouble_and_the_last_addresses_stay(place: Place) -> None:
    for name in ("a.test", "b.test", "c.test"):
        place.server.zone[name] = [A]
        await place.find(name)
    place.server.mute = True
    place.now += 7200
    found = await asyncio.gather(*(place.find(f"{n}.test") for n in "abc"))
    assert all(each.word is Word.FOUND and each.addresses == (A,) and each.stale for each in found)
    assert (await place.find("d.test")).word is Word.FAILED
    news = place.names.take()
    assert [type(each) for each in news] == [Trouble]
    place.server.mute = False
    place.server.zone["d.test"] = [B]
    for name in "abcd":
        await place.find(f"{name}.test", after=11)
    await place.quiet()
    [healed] = place.names.take()
    assert isinstance(healed, Trouble)
    assert not healed.on
    assert (await place.find("d.test")).addresses == (B,)


async def test_while_it_is_dead_nobody_waits_for_it_again_at_once(place: Place) -> None:
    place.server.mute = True
    assert (await place.find()).word is Word.FAILED
    asked = place.asked
    assert (await place.find(after=1)).word is Word.FAILED
    assert place.asked == asked


async def test_a_name_that_does_not_exist_is_no_trouble_of_the_resolver(place: Place) -> None:
    assert (await place.find("none.test")).word is Word.NO_NAME
    await place.find()
    del place.server.zone["a.test"]
    assert (await place.find(after=3600)).word is Word.NO_NAME
    assert place.names.take() == []


async def test_a_zone_that_is_broken_leaves_the_others_alone(place: Place) -> None:
    place.server.zone["ill.test"] = SERVFAIL
    for _ in range(3):
        assert (await place.find("ill.test", after=11)).word is Word.FAILED
        assert (await place.find("a.test")).word is Word.FOUND
    assert len(place.names.take()) == 1


async def test_many_who_ask_for_one_name_at_once_are_one_question(place: Place) -> None:
    found = await asyncio.gather(*(place.find() for _ in range(50)))
    assert {each.addresses for each in found} == {(A,)}
    assert place.asked <= 2


async def test_the_hosts_file_counts(place: Place) -> None:
    assert "127.0.0.1" in (await place.find("localhost")).addresses
    assert place.asked == 0


async def test_where_a_redirect_leads_is_not_remembered(place: Place) -> None:
    assert (await place.names.once("a.test")).addresses == (A,)
    assert place.names._known == {}

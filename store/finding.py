"""Everything in the record that has a name, a number or an address, for the look-up."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from sys import intern
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from inventory.lookup import Entry, Text
from store.dated_tables import AT
from store.found_tables import module_fact
from store.maps import Maps
from store.place_sheets import contacts
from store.states import Kind
from store.tables import device_fact, interface_fact, thing

_BEFORE = 0.8  # of what a name says when it is one of before
_OWN = {  # key of sites.toml → how much it says
    "address": 1.0,
    "serial": 1.0,
    "asset_tag": 1.0,
    "mac": 1.0,
    "circuit_id": 1.0,
    "contract": 0.8,
    "model": 0.6,
    "vendor": 0.5,
    "role": 0.45,
    "url": 0.7,
    "owner": 0.5,
    "hotline": 0.9,
    "contact": 0.7,
    "postal_address": 0.6,
    "kind": 0.3,
    "platform": 0.3,
    "probe": 0.8,
    "legal_document": 0.5,
}


class _Thing(NamedTuple):
    id: int
    key: str
    said: Mapping[str, Any]  # the columns of its open row


def entries(conn: Connection) -> list[Entry]:
    """One for each thing that stands in the files, and for each contact."""
    return list(_Reading(conn).all())


class _Reading:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._maps = Maps(conn)
        self._now_ms = time.time_ns() // 1_000_000
        self._things = {
            kind: self._declared(kind)
            for kind in (Kind.SITE, Kind.DEVICE, Kind.LINK, Kind.SERVICE, Kind.PROVIDER)
        }
        self._sites = {site.id: site for site in self._things[Kind.SITE]}
        self._providers = {one.id: one for one in self._things[Kind.PROVIDER]}
        self._before = self._names_before()
        self._measured = self._facts()
        self._of_units = {site: self._unit_texts(site) for site in self._sites}

    def all(self) -> Iterator[Entry]:
        yield from self._units()
        yield from map(self._site, self._things[Kind.SITE])
        yield from map(self._device, self._taken(Kind.DEVICE))
        yield from map(self._link, self._taken(Kind.LINK))
        yield from map(self._service, self._taken(Kind.SERVICE))
        for provider in self._things[Kind.PROVIDER]:
            texts = (*self._named(provider), *_own(provider))
            yield Entry(Kind.PROVIDER, provider.key, provider.said["name"], "", texts)
        yield from self._contacts()

    def _taken(self, kind: Kind) -> Iterator[_Thing]:
        """Forgotten one by one: to free them all at once would hold up every other thread."""
        rows = self._things.pop(kind)
        rows.reverse()
        while rows:
            yield rows.pop()

    # -- reading -----------------------------------------------------------------------------------

    def _declared(self, kind: Kind) -> list[_Thing]:
        rows = AT[kind]
        wanted = select(rows, thing.c.key).join(thing, thing.c.id == rows.c.thing_id)
        here = rows.c.valid_to.is_(None) & thing.c.retired.is_(None)
        found = self._conn.execute(wanted.where(here).order_by(thing.c.id))
        return [_Thing(row.thing_id, row.key, dict(row._mapping)) for row in found]

    def _names_before(self) -> dict[int, set[str]]:
        """Thing → names that it had."""
        found: dict[int, set[str]] = {}
        for kind in self._things.keys() - {Kind.LINK}:  # which have no names of their own
            rows = AT[kind]
            gone = select(rows.c.thing_id, rows.c.name).where(rows.c.valid_to.is_not(None))
            for row in self._conn.execute(gone):
                found.setdefault(row.thing_id, set()).add(row.name)
        return found

    def _facts(self) -> dict[int, dict[Text, None]]:
        """Device → what it says of itself, its parts and its ports."""
        found: dict[int, dict[Text, None]] = {}

        def add(device: int, field: str, text: str | None, weight: float) -> None:
            if text and text.strip():
                found.setdefault(device, {})[Text(field, text, weight)] = None

        open_fact = device_fact.c.valid_to.is_(None)
        for row in self._conn.execute(select(device_fact).where(open_fact)):
            add(row.thing_id, "sys_name", row.sys_name, 0.9)
            for field, weight in (("serial", 0.95), ("model", 0.6), ("vendor", 0.5)):
                add(row.thing_id, field, getattr(row, field), weight)
        parts = select(module_fact.c.device_id, module_fact.c.serial)
        for row in self._conn.execute(parts.where(module_fact.c.valid_to.is_(None))):
            add(row.device_id, "module serial", row.serial, 0.9)
        names = ("device_id", "if_name", "if_alias", "mac")
        ports = select(*(interface_fact.c[name] for name in names))
        for row in self._conn.execute(ports.where(interface_fact.c.valid_to.is_(None))):
            port = intern(f"port {row.if_name}")  # each device has the same ones
            add(row.device_id, port, row.if_alias, 0.7)
            add(row.device_id, port, row.mac, 0.9)
        return found

    # -- texts -------------------------------------------------------------------------------------

    def _named(self, one: _Thing) -> Iterator[Text]:
        yield Text("name", one.said["name"])
        yield Text("id", one.key, 0.95)
        for name in sorted(self._before.get(one.id, ())):
            if name != one.said["name"]:
                yield Text("name before", name, _BEFORE)

    def _unit_texts(self, site: int) -> list[Text]:
        """Units in which a site stands and stood, with the names that they had."""
        found: dict[Text, None] = {}
        today = self._maps.place(site, self._now_ms)
        for place in self._maps.places.get(site, ()):
            for row in self._maps.units.get(place.unit_id, ()):
                now = today is not None and place.unit_id == today.unit_id
                now = now and row.to_ms > self._now_ms
                field, weight = ("unit", 0.85) if now else ("unit before", _BEFORE)
                found[Text(field, row.name, weight)] = None
                for alias in row.aliases:
                    found[Text(field, alias, weight)] = None
        return list(found)

    def _units(self) -> Iterator[Entry]:
        for unit_id, rows in self._maps.units.items():
            row = self._maps.unit(unit_id, self._now_ms)
            assert row is not None
            texts = [Text("id", row.key, 0.9)]
            for one in rows:
                field, weight = ("name", 1.0) if one == row else ("name before", _BEFORE)
                texts += [Text(field, one.name, weight), Text("code", one.code, 0.7 * weight)]
                texts += [Text(field, alias, 0.95 * weight) for alias in one.aliases]
            ended = row.to_ms <= self._now_ms
            if ended:
                texts = [text._replace(weight=_BEFORE * text.weight) for text in texts]
            above = self._maps.unit(row.parent_id, self._now_ms)
            where = above.name if above else ""
            if ended:
                heirs = [self._unit_name(key) for key in row.into]
                where = f"→ {', '.join(heirs)}" if heirs else "–"
            yield Entry(Kind.UNIT, row.key, row.name, where, tuple(texts))

    def _unit_name(self, key: str) -> str:
        rows = (rows[-1] for rows in self._maps.units.values() if rows[-1].key == key)
        return next((row.name for row in rows), key)

    def _at(self, site: int | None) -> tuple[str, list[Text]]:
        """Where a thing stands: the site's name, and the texts that it lends."""
        here = self._sites.get(site or 0)
        if here is None:
            return "", []
        lent = [Text("site", here.said["name"], 0.55), Text("site", here.key, 0.5)]
        lent += [text._replace(weight=0.6 * text.weight) for text in self._of_units[here.id]]
        return here.said["name"], lent

    def _site(self, one: _Thing) -> Entry:
        place = self._maps.place(one.id, self._now_ms)
        unit = self._maps.unit(place.unit_id, self._now_ms) if place else None
        people = one.said["declared"].get("contacts", [])
        texts = [*self._named(one), *self._of_units[one.id], *_own(one)]
        texts += [Text("contact", person["name"], 0.4) for person in people]
        return Entry(Kind.SITE, one.key, one.said["name"], unit.name if unit else "", tuple(texts))

    def _device(self, one: _Thing) -> Entry:
        where, lent = self._at(one.said["site_id"])
        texts = [*self._named(one), *_own(one), *self._measured.pop(one.id, ()), *lent]
        return Entry(Kind.DEVICE, one.key, _title(one), where, tuple(texts))

    def _link(self, one: _Thing) -> Entry:
        ends = [self._at(one.said[f"{end}_site_id"]) for end in "ab"]
        provider = self._providers.get(one.said["provider_id"] or 0)
        texts = [Text("id", one.key, 0.95), *_own(one)]
        texts += [text._replace(weight=0.7 * text.weight) for _, lent in ends for text in lent]
        if provider is not None:
            texts.append(Text("provider", provider.said["name"], 0.5))
        name = " – ".join(name for name, _ in ends)
        told = (provider.said["name"] if provider else "", one.said["declared"].get("circuit_id"))
        return Entry(Kind.LINK, one.key, name, " · ".join(filter(None, told)), tuple(texts))

    def _service(self, one: _Thing) -> Entry:
        where, lent = self._at(one.said["site_id"])
        texts = (*self._named(one), *_own(one), *lent)
        return Entry(Kind.SERVICE, one.key, one.said["name"], where, texts)

    def _contacts(self) -> Iterator[Entry]:
        for key, (person, sites) in contacts(self._conn).items():
            texts = [Text("name", person["name"]), Text("id", key, 0.9)]
            for field in ("phone", "email", "role"):
                if person.get(field):
                    texts.append(Text(field, person[field], 0.6 if field == "role" else 1.0))
            (site, first), *more = sites
            where = f"{first} … ({len(sites)})" if more else first
            yield Entry("contact", key, person["name"], where, tuple(texts), site)


def _own(one: _Thing) -> Iterator[Text]:
    for key, weight in _OWN.items():
        if isinstance(value := one.said["declared"].get(key), str):
            yield Text(key, value, weight)


def _title(one: _Thing) -> str:
    """A device without a name is called by its role, maker and model."""
    said = one.said["declared"]
    if "name" in said:
        return str(said["name"])
    words = (said.get("role"), said.get("vendor"), said.get("model"))
    return " ".join(filter(None, words)) or one.key

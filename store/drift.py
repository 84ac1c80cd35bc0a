"""Where what sites.toml declares and what devices say of themselves and their neighbours differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from store.dated_tables import device_at, link_at
from store.found_tables import neighbour_fact
from store.states import Kind
from store.tables import device_fact, record, thing

Pair = frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """`key`: of a device or link; `declared`, `measured`: None where only the other side knows."""

    kind: str
    key: str
    name: str
    declared: str | None
    measured: str | None


def drift(conn: Connection) -> Iterator[Drift]:
    """Makers and serials of devices, then links and uplinks by what ports say of neighbours."""
    yield from _identities(conn)
    seen = _seen(conn)
    yield from _links(conn, seen)
    yield from _uplinks(conn, seen)


def _identities(conn: Connection) -> Iterator[Drift]:
    devices = device_at
    rows = conn.execute(
        select(thing.c.key, devices.c.declared, device_fact)
        .join(devices, devices.c.thing_id == thing.c.id)
        .join(device_fact, device_fact.c.thing_id == thing.c.id)
        .where(devices.c.valid_to.is_(None), device_fact.c.valid_to.is_(None))
        .order_by(thing.c.key)
    )
    for row in rows:
        for name in ("vendor", "model", "serial"):
            declared, measured = row.declared.get(name), getattr(row, name)
            if declared and measured and not same(declared, measured):
                yield Drift(
                    kind=Kind.DEVICE, key=row.key, name=name, declared=declared, measured=measured
                )


def same(declared: str, measured: str) -> bool:
    """But for what people and devices write differently: case, blanks, hyphens."""
    one, other = (re.sub(r"[\s_-]+", "", text).casefold() for text in (declared, measured))
    return one == other


@dataclass(frozen=True, slots=True)
class _Seen:
    """What ports say of their neighbours. `pairs`: two devices → (device, its port, the other)."""

    keys: dict[int, str]
    pairs: dict[Pair, tuple[str, str, str]]
    telling: frozenset[int]  # devices that tell their neighbours at all


def device_keys(conn: Connection) -> dict[int, str]:
    devices = select(thing.c.id, thing.c.key).where(thing.c.kind == Kind.DEVICE)
    return {row.id: row.key for row in conn.execute(devices.where(thing.c.retired.is_(None)))}


def _seen(conn: Connection) -> _Seen:
    keys = device_keys(conn)
    names, telling = Names(conn, keys), set()
    pairs: dict[Pair, tuple[str, str, str]] = {}
    for row in conn.execute(select(neighbour_fact).where(neighbour_fact.c.valid_to.is_(None))):
        other = names.of(row.remote_name)
        if row.device_id in keys:
            telling.add(row.device_id)
            if other is not None and other != row.device_id:
                words = (keys[row.device_id], row.port, f"{keys[other]}:{row.remote_port or '?'}")
                pairs.setdefault(frozenset((row.device_id, other)), words)
    return _Seen(keys, pairs, frozenset(telling))


def _links(conn: Connection, seen: _Seen) -> Iterator[Drift]:
    """Declared and not seen, of devices that tell; seen and not declared."""
    links, keys = link_at, seen.keys
    found = select(thing.c.key, links).join(links, links.c.thing_id == thing.c.id)
    declared: set[Pair] = set()
    for row in conn.execute(found.where(links.c.valid_to.is_(None)).order_by(thing.c.key)):
        ends = frozenset((row.a_device_id, row.b_device_id))
        if None in ends:
            continue
        declared.add(ends)
        if seen.telling >= ends and ends not in seen.pairs:
            near = f"{keys[row.a_device_id]}:{row.a_interface}"
            words = f"{near} – {keys[row.b_device_id]}:{row.b_interface}"
            yield Drift(kind=Kind.LINK, key=row.key, name="ends", declared=words, measured=None)
    for pair, (key, port, told) in sorted(seen.pairs.items(), key=lambda each: each[1]):
        if pair not in declared:
            yield Drift(
                kind=Kind.DEVICE, key=key, name=f"port {port}", declared=None, measured=told
            )


def _uplinks(conn: Connection, seen: _Seen) -> Iterator[Drift]:
    """By what is seen, the way to the anchor leads over another device than is declared."""
    named = conn.execute(select(record.c.network)).scalar_one().get("anchor") or ()
    anchors = {thing_id for thing_id, key in seen.keys.items() if key in named}
    beside = _beside(seen.pairs)
    away = _steps(anchors, beside)
    devices = device_at
    ups = select(devices.c.thing_id, devices.c.uplinks).where(devices.c.valid_to.is_(None))
    declared = {row.thing_id: set(row.uplinks or ()) for row in conn.execute(ups)}
    for thing_id in sorted(away.keys() & declared.keys(), key=lambda one: seen.keys[one]):
        nearer = {other for other in beside.get(thing_id, ()) if away[other] < away[thing_id]}
        if nearer and not nearer & declared[thing_id]:
            words = [
                ", ".join(sorted(seen.keys[one] for one in some if one in seen.keys)) or None
                for some in (declared[thing_id], nearer)
            ]
            key = seen.keys[thing_id]
            yield Drift(
                kind=Kind.DEVICE, key=key, name="uplink", declared=words[0], measured=words[1]
            )


def _beside(pairs: Iterable[Pair]) -> dict[int, set[int]]:
    """Each device → its neighbours."""
    found: dict[int, set[int]] = {}
    for one, other in map(tuple, pairs):
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return found


def _steps(start: set[int], beside: Mapping[int, set[int]]) -> dict[int, int]:
    """How many neighbours away each device is."""
    away, frontier, steps = dict.fromkeys(start, 0), start, 0
    while frontier:
        steps += 1
        frontier = {other for one in frontier for other in beside.get(one, ())} - away.keys()
        away |= dict.fromkeys(frontier, steps)
    return away


class Names:
    """Devices by their keys and as they call themselves, whole, or without their domain."""

    def __init__(self, conn: Connection, keys: Mapping[int, str]) -> None:
        whole: dict[str, set[int]] = {}
        here = device_fact.c.valid_to.is_(None) & device_fact.c.sys_name.is_not(None)
        said = conn.execute(select(device_fact.c.thing_id, device_fact.c.sys_name).where(here))
        pairs = [*keys.items(), *((row.thing_id, row.sys_name) for row in said)]
        for thing_id, name in pairs:
            if thing_id in keys:
                whole.setdefault(_plain(name), set()).add(thing_id)
        short: dict[str, set[int]] = {}
        for name, ids in whole.items():
            short.setdefault(name.partition(".")[0], set()).update(ids)
        self._whole, self._short = _of_one(whole), _of_one(short)

    def of(self, name: str | None) -> int | None:
        """None: nobody is called so, or several are."""
        plain = _plain(name or "")
        return self._whole.get(plain) or self._short.get(plain.partition(".")[0])


def _of_one(names: Mapping[str, set[int]]) -> dict[str, int]:
    return {name: next(iter(ids)) for name, ids in names.items() if len(ids) == 1 and name}


def _plain(name: str) -> str:
    """CDP of some adds the serial, as `core(SAL1234)`."""
    return re.sub(r"\(.*\)$", "", name.strip()).casefold()

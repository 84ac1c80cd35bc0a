"""What is known by name: services and their checks, and addresses of devices, as one desk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from probes.directory import Directory
from probes.layout import Layout
from probes.names import Moved, Names, Trouble
from probes.portals import Served
from probes.services.check import check_of
from probes.services.desk import Desk
from probes.services.results import NOT_ASKED, Checked, Fault
from probes.services.tls import day
from store.changes import DeviceSaid, Happened
from store.samples import Samples

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Answers:
    """`turned`: node → its new address, None where it has none."""

    served: list[Served] = field(default_factory=list)
    said: list[DeviceSaid] = field(default_factory=list)
    events: list[Happened] = field(default_factory=list)
    turned: dict[int, str | None] = field(default_factory=dict)


class Front:
    """Speaks in numbers of the graph; what is in flight knows things by their ids."""

    def __init__(
        self, stamp: Callable[[int], int], now_ms: int, servers: Sequence[str] | None = None
    ) -> None:
        self._stamp = stamp
        self._names = Names(servers)
        self._desk = Desk(self._names, now_ms)
        self._directory = Directory(self._names)
        self._told: dict[int, tuple[Fault, str]] = {}
        self._hosts: dict[str, list[int]] = {}
        self._ids: tuple[int, ...] = ()
        self._node: Mapping[int, int] = {}

    def take_up(self, laid: Layout, now_ms: int) -> None:
        """From now on these; what is new is asked soon, the rest goes on."""
        self._ids, self._node = laid.graph.thing_ids, laid.node
        named = {self._ids[n]: laid.network.services[laid.graph.keys[n]] for n in laid.graph.homes}
        self._hosts = {}
        for thing_id, service in named.items():
            host = service.address or check_of(thing_id, service).host
            self._hosts.setdefault(host, []).append(thing_id)
        self._told = {t: told for t, told in self._told.items() if t in named}
        self._desk.take_up(named, now_ms)
        self._directory.take_up({self._ids[n]: name for n, name in laid.named.items()})

    async def resolve(self, laid: Layout) -> list[int]:
        """Put addresses in the place of names; those that stand for none are named, given, and
        turn up in `take` once they do."""
        wanted = sorted(set(laid.named.values()))
        found = await asyncio.gather(*map(self._names.find, wanted))
        pairs = zip(wanted, found, strict=True)
        addresses = {name: each.addresses[0] for name, each in pairs if each.addresses}
        for n, name in laid.named.items():
            laid.addresses[n] = addresses.get(name, name)
            if name not in addresses:
                log.error("%s: cannot resolve %s", laid.graph.keys[n], name)
        return [n for n, name in laid.named.items() if name not in addresses]

    def anew(self, now_ms: int) -> None:
        """All services are asked once within a minute."""
        self._desk.anew(now_ms)

    def ask(self, asks: Iterable[tuple[int, int]]) -> None:
        """(service, when), beside their turns."""
        self._desk.ask((self._ids[n], at) for n, at in asks)

    def tick(self, now_ms: int) -> None:
        self._directory.tick(now_ms)
        self._desk.tick(now_ms)

    def take(self, samples: Samples) -> Answers:
        """What came back since it was last asked."""
        answers = Answers()
        for checked in self._desk.take():
            self._hear(checked, answers)
        rows = [(self._ids[s.node], s.asked_ms, s.rtt_us) for s in answers.served
                if s.fault not in NOT_ASKED]  # fmt: skip
        samples.pings(rows)
        for news in self._names.take():
            answers.events += self._happened(news)
        turned = self._directory.take()
        answers.turned = {self._node[t]: address for t, address in turned.items()}
        return answers

    def shift(self, by_ms: int) -> None:
        """The wall clock was set."""
        self._desk.shift(by_ms)

    def close(self) -> None:
        self._desk.close()
        self._directory.close()
        self._names.close()

    def _hear(self, checked: Checked, answers: Answers) -> None:
        thing_id, stamp = checked.thing_id, self._stamp
        asked_ms, ended_ms = stamp(checked.asked_ns), stamp(checked.ended_ns)
        node = self._node[thing_id]
        answers.served.append(Served(node, asked_ms, ended_ms, checked.fault, checked.rtt_us))
        detail = checked.detail or _well(checked)
        before = self._told.get(thing_id)
        if before == (checked.fault, detail):
            return
        self._told[thing_id] = (checked.fault, detail)
        said = DeviceSaid(thing_id=thing_id, status=checked.fault, detail=detail)
        answers.said.append(said)
        was = before[0] if before else None
        if checked.fault is not (was or Fault.NONE):
            body = {"fault": checked.fault, "was": was, "detail": detail, **_facts(checked)}
            answers.events.append(Happened(kind="service", thing_id=thing_id, body=body))

    def _happened(self, news: Moved | Trouble) -> Iterator[Happened]:
        if isinstance(news, Trouble):
            kind = "resolver" if news.on else "resolver_back"
            yield Happened(kind=kind, body={"name": news.name, "why": news.why})
            return
        body = {"name": news.name, "old": news.old, "new": news.new}
        for thing_id in (*self._hosts.get(news.name, ()), *self._directory.things(news.name)):
            yield Happened(kind="address", thing_id=thing_id, body=body)


def _well(checked: Checked) -> str:
    """What is worth knowing of what works, and seldom changes."""
    if checked.expires_ms is None:
        return ""
    return f"the first of its certificates expires on {day(checked.expires_ms)}"


def _facts(checked: Checked) -> dict[str, Any]:
    """What the check saw, for the event."""
    facts: dict[str, Any] = {
        "address": checked.address,
        "status": checked.status,
        "hung_in": checked.hung_in,
        "phases_ms": {str(phase): took for phase, took in checked.phases},
        "rcode": checked.rcode,
        "answers": list(checked.answers),
    }
    if checked.chain:
        leaf = checked.chain[0]
        facts["certificate"] = {
            "subject": leaf.subject,
            "issuer": leaf.issuer,
            "names": list(leaf.names),
            "not_before": leaf.not_before_ms,
            "not_after": leaf.not_after_ms,
        }
    return {name: value for name, value in facts.items() if value not in (None, [], {})}

"""The loop of the monitor: ask what is due, judge what came back, hand changes to the writer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from itertools import chain

from inventory.model import Network
from probes.besides import Besides
from probes.carry import carry, move
from probes.clock import Clock, Moment
from probes.doors import Doors
from probes.evidence import Ring
from probes.front import Answers, Front
from probes.health import Pulse
from probes.judgement import Judgement, LinkSaid
from probes.layout import Layout, lay_out
from probes.management import Management
from probes.pinging import Pinging
from probes.pings import Pings
from probes.readings import Readings
from probes.results import UNSENT, SnmpPoll
from probes.sensing import News as Measures
from probes.shell.values import Ask
from probes.traps.desk import Desk, News
from store.changes import Batch, Committed, DeviceSaid, Happened, Reading, Seeing, SensorFact, Sight
from store.questions import OutageRow, Snapshot
from store.samples import Flush, Samples
from store.states import State

BEAT_MS = 10_000
READINGS_MS = 5_000  # each thing's figures are looked at so often, a share of them each tick
LATE_MS = 2_000

Submit = Callable[[Batch], "Future[Committed]"]
Keep = Callable[[Flush], None]
SensorFacts = Mapping[int, Sequence[tuple[int, SensorFact]]]  # device → sensors with their ids


class Watch:
    """Watches one network until `stop` is set. Every change goes through `submit`, every measured
    value through `keep`, a minute at a time."""

    def __init__(
        self,
        network: Network,
        ids: Mapping[tuple[str, str], int],
        submit: Submit,
        keep: Keep,
        *,
        echo_port: int | None = None,
        snmp_port: int | None = None,
        waiting: Callable[[], int] = lambda: 0,
        tell: Callable[[str], None] = lambda _: None,
        traps: Desk | None = None,
        ask: Ask | None = None,
    ) -> None:
        self._submit = submit
        self._keep = keep
        self._samples = Samples()
        self._clock = Clock()
        now = self._clock.look()
        self._pulse = Pulse(now.ms, waiting, lambda: self._pinging.kinds)
        self._traps = traps
        if traps is not None:
            self._pulse.tell_of("traps", traps.health)
        self._pinging = Pinging(self._pulse, self._clock, tell, echo_port=echo_port)
        self._readings = Readings()
        self._last = now
        self._beaten = self._read = now.ms
        self._front = Front(self._clock.stamp, now.ms)
        laid = lay_out(network, ids, now.ms)
        self._ring = Ring(laid.graph)
        self._snmp = Management(laid, self._clock.stamp, now.ms, port=snmp_port)
        doors = Doors(self._snmp, lambda: self.graph.thing_ids)
        self._besides = Besides(doors, self._clock.stamp, self._samples, now.ms, ask)
        self._take_up(laid, laid.named)

    def _take_up(self, laid: Layout, unnamed: Iterable[int]) -> None:
        """Only in a layout, in the judge and in the ring are things numbered; what is in flight
        knows them by their ids. `unnamed`: those whose name stands for no address so far."""
        self._laid = laid
        self._unnamed = set(unnamed)
        self.graph, self._node, self.judge = laid.graph, laid.node, laid.judge
        self._addresses, self._pinged, self._schedule = laid.addresses, laid.pinged, laid.schedule
        self._readings.take_up(laid.judge)
        self._late_ms = max(LATE_MS, laid.pace.interval_ms)
        self._pinging.take_up(laid)
        self._pause_s = self._pinging.pause_s(calm=False)
        late = self._schedule.late, self._snmp.schedule.late
        self._pulse.follow(*late, laid.pace.interval_ms)
        self._front.take_up(laid, self._last.ms)
        self._besides.take_up(laid.network, laid.graph, laid.every, self._last.ms)

    async def change(self, network: Network, ids: Mapping[tuple[str, str], int]) -> None:
        """Go on with other files. Between two ticks all changes at once: no belief and no question
        in flight is lost, and what both files have goes on as if nothing had been."""
        last_ms, old = self._last.ms, self._laid
        laid = await asyncio.to_thread(lay_out, network, ids, last_ms, old.schedule.origin_ms)
        moved = await asyncio.to_thread(move, old.graph, laid.graph)
        unnamed = await self._front.resolve(laid)
        snmp = await asyncio.to_thread(
            self._snmp.lay_out, laid, last_ms, self._snmp.schedule.origin_ms
        )
        now_ms, now_ns = self._last.ms, self._last.mono_ns
        set_by_ms = old.schedule.origin_ms - laid.schedule.origin_ms
        laid.schedule.shift(set_by_ms)  # the clock was set meanwhile
        laid.schedule.take_over(old.schedule, moved.numbers)
        carry(old.judge, laid.judge, moved, now_ms)
        ring, self._ring = self._ring, Ring(laid.graph)
        if left := self._ring.take_over(ring, moved.numbers, now_ms):
            self._submit(Batch(at_ms=now_ms, evidence=left))
        self._snmp.take_up(snmp, moved.numbers, now_ns)
        self._take_up(laid, unnamed)
        self._pinging.open()
        others = (
            n for n in moved.numbers if old.addresses.get(n) != laid.addresses.get(moved.numbers[n])
        )
        self._pinging.turned((old.graph.thing_ids[n] for n in others), now_ns)
        self._forget_management()
        self._leave_unasked(unnamed)
        if self._traps is not None:
            self._traps.profiles(network.snmp)
        self._name_senders()

    def _forget_management(self) -> None:
        """A mark that only an answer by SNMP takes away is none of a device not so asked."""
        things = enumerate(self.graph.thing_ids[: self.graph.devices])
        self.judge.unmanaged(n for n, thing_id in things if not self._snmp.asks(thing_id))

    def _name_senders(self) -> None:
        """Traps are those of devices, by their addresses."""
        if self._traps is not None:
            here = self._addresses.items()
            things = {at: self.graph.thing_ids[n] for n, at in here if n < self.graph.devices}
            self._traps.know(things)

    def _leave_unasked(self, unnamed: Iterable[int]) -> None:
        for n in unnamed:
            self.judge.unasked(n, self._last.ms)

    def restore(
        self, snapshot: Snapshot, outages: Sequence[OutageRow], sensors: SensorFacts
    ) -> None:
        """Take up what the record believed when the last monitor stopped."""
        nodes = self._node
        bad = {o.thing_id: o.last_bad_ms for o in outages if o.first_good_ms is None}
        for row in snapshot.rows:
            n = nodes.get(row.thing_id)
            if n is None or row.since_ms is None or row.state == State.NOT_MONITORED:
                continue
            self.judge.restore(
                n,
                row.state,
                row.since_ms,
                seen_to=snapshot.watching.seen_to_ms or 0,
                last_bad=bad.get(row.thing_id),
                root=nodes.get(row.root_id) if row.root_id else None,
                marks=row.marks,
                loss_pct=row.loss_pct,
            )
        self._besides.restore(sensors, outages, self.judge, nodes, self._last.ms)
        self._forget_management()

    def tell_of(self, name: str, counts: Callable[[], Mapping[str, int]]) -> None:
        """Each row of the health has from now on what these are."""
        self._pulse.tell_of(name, counts)

    @property
    def ticked_ns(self) -> int:
        """When it last went round (monotonic): it moves as long as the watch lives."""
        return self._last.mono_ns

    async def run(self, stop: asyncio.Event) -> int | None:
        """Until `stop`; returns until when the network was seen, for the writer's closing word."""
        laid = self._laid
        unnamed = await self._front.resolve(laid)
        if laid is self._laid:  # with the addresses that names stand for
            everything = {n: n for n in laid.node.values()}
            self._snmp.take_up(self._snmp.lay_out(laid, self._last.ms), everything, 0)
            self._take_up(laid, unnamed)
            self._leave_unasked(unnamed)
        del laid  # the files may change
        self._name_senders()
        await self._besides.start()
        self._pinging.open()
        try:
            while not stop.is_set():
                self._tick()
                await asyncio.sleep(self._pause_s)
        finally:
            self._snmp.close()
            self._besides.close()
            self._front.close()
            self._pinging.close()
            self._flush(self._clock.look().ms, last=True)
            self._hand_over_evidence(self._clock.look().ms)
            if self._traps is not None:
                await self._traps.close()
            self._hand_over_health(self._clock.look())
        seen = self.judge.heartbeat(self._clock.look().ms)
        return seen.at_ms if seen else None

    def _tick(self) -> None:
        snmp, now = self._snmp, self._clock.look()
        self._check_time(now)
        answers = self._front.take(self._samples)
        self._served(answers, now)  # where names lead, before what came from where they led
        said, links = self._polls(now.ms)
        pings, lost = self._pinging.take(self._ring, now.mono_ns)
        for n in lost:
            self.judge.unasked(n, now.ms, "no_icmp")
        measured, units = self._besides.tick(now.ms, self.judge, self._node)
        judged = self.judge.step(now.ms, pings, links)
        for n in self._ring.nodes(v.thing_id for v in judged.verdicts if v.state == State.UP):
            snmp.retell(self.graph.thing_ids[n])
        judged_too = self._ring.nodes(v.thing_id for v in judged.verdicts)
        self._readings.look(pings.nodes, chain((s.node for s in answers.served), judged_too))
        news = News() if self._traps is None else self._traps.take(now.ms)
        said += answers.said + units
        self._hand_over(now, judged, said, [*news.events, *answers.events], measured)
        self._sample(pings)
        self._flush(now.ms)
        self._schedule.ask(judged.asks)
        self._schedule.ask(judged.proofs, first=True)
        if judged.anew:
            self._anew(now.ms)
        ids = self.graph.thing_ids
        snmp.ask(chain((ids[n] for n in judged.snmp), news.ask), now.ms)
        due = self._schedule.due(now.ms, self._pinging.at_most, self.judge.hangs)
        if self._unnamed:
            due = [n for n in due if n not in self._unnamed]
        self._pinging.ask(list(filter(self._pinged.__contains__, due)))
        snmp.tick(now.ms)
        self._front.ask(judged.checks)
        self._front.tick(now.ms)
        calm = not (self.judge.in_question or self._schedule.hurried)
        self._pause_s = self._pinging.pause_s(calm=calm)
        self._last = now

    def _anew(self, now_ms: int) -> None:
        """Coverage opens after one usual round: by then those that are asked seldom are, too."""
        within_ms, ids = self._laid.pace.interval_ms, self.graph.thing_ids
        self._schedule.anew(now_ms, within_ms)
        alone = {ids[n] for n in range(self.graph.devices) if n not in self._pinged}
        self._snmp.schedule.anew(now_ms, within_ms, alone)
        self._front.anew(now_ms)

    def _check_time(self, now: Moment) -> None:
        """Time in which we did not run, or whose stamps cannot be trusted, is unknown."""
        late = (now.mono_ns - self._last.mono_ns) // 1_000_000
        lag_ms = max(0, late - int(self._pause_s * 1000))
        self._pulse.tick(now, lag_ms, stalled=late > self._late_ms)
        if now.jumped_ms or now.slept_ms:
            body = {"jumped_ms": now.jumped_ms, "slept_ms": now.slept_ms}
            self._submit(Batch(at_ms=now.ms, events=(Happened(kind="clock", body=body),)))
            before = self._last.ms
            self._set(now.jumped_ms - now.slept_ms)
            self.judge.gap(before, now.ms, "clock jump" if now.jumped_ms else "suspended")
        elif late > self._late_ms:
            self.judge.gap(self._last.ms, now.ms, "the monitor was stalled")

    def _set(self, by_ms: int) -> None:
        """All that is planned or remembered moves with the wall clock."""
        for one in (self.judge, self._schedule, self._snmp, self._ring, self._front, self._besides):
            one.shift(by_ms)
        self._beaten += by_ms
        self._read += by_ms

    def _served(self, answers: Answers, now: Moment) -> None:
        """What services answered, and where names lead now."""
        for one in answers.served:
            self._ring.check(one.node, one.asked_ms, one.rtt_us, one.fault)
        self.judge.served(answers.served, now.ms)
        for n, address in answers.turned.items():
            self._turn(n, address, now)
        if answers.turned:
            self._name_senders()

    def _turn(self, n: int, address: str | None, now: Moment) -> None:
        """The name of a device or link stands for this address now, or for none."""
        thing_id = self.graph.thing_ids[n]
        if address is None:
            self._unnamed.add(n)
            self.judge.unasked(n, now.ms)
        elif n in self._unnamed or address != self._addresses[n]:
            self._unnamed.discard(n)
            self._addresses[n] = address
        else:
            return
        self._pinging.turned((thing_id,), now.mono_ns)
        self._snmp.move(thing_id, address, now.mono_ns)

    def _sample(self, pings: Pings) -> None:
        """What our own machine did not send says nothing of the device."""
        if not len(pings):
            return
        of_devices = pings.where((pings.rtt != UNSENT) & (pings.nodes < self.graph.devices))
        ids = self._pinging.ids[of_devices.nodes]
        self._samples.echoes(ids, of_devices.sent, of_devices.rtt // 1000)

    def _flush(self, now_ms: int, *, last: bool = False) -> None:
        """After the batch in which new interfaces come into the record."""
        flush = self._samples.flush(now_ms, last=last)
        if flush is not None:
            self._keep(flush)

    def _polls(self, now_ms: int) -> tuple[list[DeviceSaid], list[LinkSaid]]:
        """What devices said of themselves, and of the links that end at them."""
        said: list[DeviceSaid] = []
        links: list[LinkSaid] = []
        snmp = self._snmp
        for poll in snmp.take():
            heard = snmp.hear(poll, now_ms, self._samples)
            if heard.said is not None:
                said.append(heard.said)
            links += heard.links
            self._besides.heard(poll, now_ms, restarted=heard.restarted)
            self._hear(snmp.node(poll), poll, now_ms)
        for link in links:
            self._ring.port(link)
        return said, links

    def _hear(self, n: int, poll: SnmpPoll, now_ms: int) -> None:
        asked_ms = self._clock.stamp(poll.asked_ns)
        if poll.answered_ns is not None:  # any answer, also an unusable one, proves it alive
            took_us = (poll.answered_ns - poll.asked_ns) // 1000
            self._ring.poll(n, asked_ms, took_us, poll.status)
            self.judge.alive(n, asked_ms, self._clock.stamp(poll.answered_ns))
            return
        self._ring.poll(n, asked_ms, None, poll.status)
        self.judge.silent(n)
        if n not in self._pinged:
            self.judge.unanswered(n, asked_ms, now_ms)

    def _hand_over_evidence(self, now_ms: int) -> None:
        """What is left of it, at the end."""
        if pieces := self._ring.take(now_ms, last=True):
            self._submit(Batch(at_ms=now_ms, evidence=pieces))

    def _hand_over_health(self, now: Moment) -> None:
        """Of the minute that is not over, at the end."""
        health = self._pulse.take(now, (), blind=self.judge.eyes.blind, last=True)
        self._submit(Batch(at_ms=now.ms, health=health))

    def _hand_over(
        self,
        now: Moment,
        judged: Judgement,
        said: list[DeviceSaid],
        happened: Iterable[Happened],
        measured: Measures,
    ) -> None:
        now_ms = now.ms
        begun = [v.thing_id for v in judged.verdicts if v.begins]
        self._ring.changed(begun, now_ms, after_ms=0)
        self._ring.changed((v.thing_id for v in judged.verdicts if not v.begins), now_ms)
        seeing = list(judged.seeing)
        if now_ms - self._beaten >= BEAT_MS:
            self._beaten = now_ms
            seeing.append(self.judge.heartbeat(now_ms) or Seeing(sight=Sight.BEAT, at_ms=now_ms))
        readings: tuple[Reading, ...] = ()
        if seeing or now_ms - self._read >= READINGS_MS:  # a beat is written in any case
            self._read = now_ms
            readings = self._readings.take()
        batch = Batch(
            at_ms=now_ms,
            verdicts=tuple(judged.verdicts),
            marks=tuple(judged.marks),
            readings=readings,
            said=tuple(said),
            seeing=tuple(seeing),
            facts=tuple(measured.facts),
            sensors=tuple(measured.sensors),
            sensed=tuple(measured.sensed),
            events=(*judged.events, *happened, *measured.events),
            evidence=self._ring.take(now_ms),
            health=self._pulse.take(now, judged.events, blind=self.judge.eyes.blind),
        )
        if batch:
            self._besides.handed_over(self._submit(batch))

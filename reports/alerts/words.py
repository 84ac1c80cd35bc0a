"""The words of messages: what happened, where, since when, what is behind it, whom to call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from jinja2 import Template

from inventory.model import Link, Network, Site
from inventory.phrases import say, table
from reports.alerts.places import above, place
from reports.numbers import duration, number
from reports.periods import Clock
from reports.shown import shown
from reports.templating import environment
from store.outbox import OVER
from store.period import Interval
from store.questions import OutageRow
from store.states import SEVERITY, Kind

MARK = "[Canh]"
MOST_LISTED = 25
MOST_CIRCUITS = 4
LONGEST, LONGEST_SUBJECT = 300, 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`good`: something is well again. `text` and `html` say the same."""

    subject: str
    text: str
    html: str
    good: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a message tells. `outages`: those of its own things, the worst first; `span`: the time
    of a summary, or of what the monitor did not see; `files`: names of what is attached."""

    key: str
    outages: tuple[OutageRow, ...] = ()
    parts: tuple[Telling, ...] = ()
    span: Interval | None = None
    files: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]

    @property
    def over(self) -> bool:
        """Nothing of it goes on."""
        ended = all(one.first_good_ms is not None for one in self.outages)
        return self.key.endswith(OVER) or (bool(self.outages) and ended)


class _Line(NamedTuple):
    label: str
    value: str


class _Body(NamedTuple):
    lines: tuple[_Line, ...] = ()
    listed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    url: str | None = None


class Words:
    """Of one network in one language. `origin`: how the pages are called, where they are shown."""

    def __init__(self, network: Network, clock: Clock, origin: str = "") -> None:
        self._network, self._clock, self._origin = network, clock, origin.rstrip("/")
        self._language = clock.language

    def message(self, telling: Telling, now_ms: int) -> Message:
        subject = _cut(f"{MARK} {self.subject(telling, now_ms)}", LONGEST_SUBJECT)
        body = self._body(telling, now_ms)
        over = telling.key.endswith(OVER) and not any(one.left for one in telling.outages)
        good = over or telling.kind in ("summary", "report", "test")
        return Message(
            subject=subject,
            text=self._text(subject, body),
            html=self._html(subject, body, good=good),
            good=good,
        )

    def subject(self, telling: Telling, now_ms: int) -> str:
        """One line without the mark: also how it stands in a list."""
        match telling.kind:
            case "outage" | "incident":
                return self._of_outages(telling, now_ms)
            case "digest":
                count = number(len(_told_once(telling.parts)), self._language)
                return self._say("subject.digest", n=count)
            case "summary" if telling.span is not None:
                begin, end = (self._clock.minute(one) for one in telling.span)
                return self._say("subject.summary", begin=begin, end=end)
            case "report":
                year, _, month = telling.key.partition(":")[2].partition("-")
                return self._say("subject.report", month=month, year=year)
            case kind:
                return self._say(f"subject.{kind}{'_over' if telling.over else ''}")

    def _of_outages(self, telling: Telling, now_ms: int) -> str:
        outages = telling.outages
        if not outages:
            return self._say("subject.gone")
        storm = len(outages) > 1
        if storm:
            count = number(len(outages), self._language)
            what = self._say(f"subject.storm{'_over' if telling.over else ''}", n=count)
        else:
            what = self._what(outages[0])
        if ":after:" in telling.key:
            after = duration(float(telling.key.rpartition(":")[2]), self._language)
            return self._say("subject.step", after=after, what=what)
        if storm:
            return what
        worst = outages[0]
        if telling.over:
            key = "subject.left" if worst.left else "subject.over"
            return self._say(key, what=what, lasted=self._lasted(outages, now_ms))
        flapping = worst.incident is not None and worst.incident.kind == "flapping"
        state = say(self._language, "mark.flapping" if flapping else f"state.{worst.state}")
        return self._say("subject.begun", state=state, what=what)

    def name(self, outage: OutageRow) -> str:
        """`thiết bị p-r1 · UBND huyện Ba Tơ`."""
        if outage.kind is Kind.BEYOND:
            return self._say("beyond")
        kind, named = say(self._language, f"kind.{outage.kind}"), shown(outage.key)
        at = place(self._network, outage.kind, outage.key)
        where = " – ".join(shown(site.name) for site in at.sites)
        own = shown(outage.name)
        if outage.kind is Kind.LINK:  # its name is made of its ends
            where = own if own != named else where
        elif own != named:
            named = f"{own} ({named})"
        return _cut(" · ".join(filter(None, (f"{kind} {named}", where))))

    def _what(self, outage: OutageRow) -> str:
        """With how many lie behind; a long name gives way to that."""
        behind = self._behind([outage])
        beside = f" (+ {behind})" if behind else ""
        return f"{_cut(self.name(outage), LONGEST_SUBJECT - 50 - len(beside))}{beside}"

    def _behind(self, outages: Sequence[OutageRow]) -> str:
        """How many lie behind, by kind; sites first."""
        counted: dict[str, int] = {}
        for outage in outages:
            for kind, count in outage.members_by_kind.items():
                counted[kind] = counted.get(kind, 0) + count
        order = [kind for kind in ("site", "device", "link", "service") if counted.get(kind)]
        return ", ".join(
            say(self._language, f"report.behind.{kind}", n=number(counted[kind], self._language))
            for kind in order
        )

    def _lasted(self, outages: Sequence[OutageRow], now_ms: int) -> str:
        begin = min(one.first_bad_ms for one in outages)
        ends = [now_ms if one.first_good_ms is None else one.first_good_ms for one in outages]
        return duration((max(ends) - begin) / 1000, self._language)

    # -- the body ----------------------------------------------------------------------------

    def _body(self, telling: Telling, now_ms: int) -> _Body:
        match telling.kind:
            case "outage" | "incident" if len(telling.outages) == 1:
                [outage] = telling.outages
                return _Body(
                    lines=tuple(self._lines(outage, now_ms)), url=self._url(f"outages/{outage.id}")
                )
            case "outage" | "incident" | "summary":
                return self._list(telling, now_ms)
            case "digest":
                told = [self._item(part, now_ms) for part in _told_once(telling.parts)]
                return _Body(listed=self._few(told), url=self._url("outages"))
            case "report":
                return _Body(listed=telling.files, url=self._url("reports"))
            case "blind" | "stopped" if telling.span is not None:
                return _Body(lines=tuple(self._span(telling.span)), url=self._url(""))
            case kind:
                return _Body(notes=(self._say(f"note.{kind}"),), url=self._url(""))

    def _list(self, telling: Telling, now_ms: int) -> _Body:
        outages = telling.outages
        listed = self._few([self._outage(one, now_ms) for one in outages])
        behind = self._behind(outages)
        lines = [_Line(self._say("label.count"), number(len(outages), self._language))]
        if outages:
            still = sum(one.first_good_ms is None for one in outages)
            lines.append(_Line(self._say("label.open"), number(still, self._language)))
        if behind:
            lines.append(_Line(self._say("label.behind"), behind))
        return _Body(lines=tuple(lines), listed=listed, url=self._url("outages"))

    def _lines(self, outage: OutageRow, now_ms: int) -> Iterator[_Line]:
        at = place(self._network, outage.kind, outage.key)
        state = "up" if outage.first_good_ms is not None else outage.state
        told = self._say("left") if outage.left else say(self._language, f"state.{state}")
        yield self._line("state", told)
        yield self._line("thing", self.name(outage))
        for site in at.sites:
            yield self._line("site", self._site(site))
        yield self._line("since", self._clock.second(outage.first_bad_ms))
        if outage.first_good_ms is not None:
            yield self._line("until", self._clock.second(outage.first_good_ms))
        yield self._line("lasted", self._lasted([outage], now_ms))
        if outage.cause is not None:
            yield self._line("cause", self._cause(outage.cause))
        if behind := self._behind([outage]):
            yield self._line("behind", behind)
        yield from self._circuits(outage, at.sites)
        for site in at.sites:
            yield from self._contacts(site)
        if outage.acknowledged:
            yield self._line("owner", outage.owner or outage.acknowledged_by or "")
        if outage.note:
            yield self._line("note", outage.note)

    def _circuits(self, outage: OutageRow, sites: Sequence[Site]) -> Iterator[_Line]:
        """The link itself, or the links of the place: whom to call, and what to name to them."""
        links = [link for key, link in self._network.links.items() if key == outage.key]
        if outage.kind is not Kind.LINK:
            here = {site.id for site in sites}
            links = [one for one in self._network.links.values() if one.b.site in here]
        for link in links[:MOST_CIRCUITS]:
            if told := self._circuit(link):
                yield self._line("circuit", told)

    def _circuit(self, link: Link) -> str:
        provider = self._network.providers.get(link.provider or "")
        words = [link.circuit_id or link.id]
        if provider is not None:
            words.append(provider.name)
            if provider.hotline:
                words.append(f"{self._say('label.hotline')} {provider.hotline}")
        return " · ".join(words) if len(words) > 1 or link.circuit_id else ""

    def _contacts(self, site: Site) -> Iterator[_Line]:
        for one in site.contacts:
            if (contact := self._network.contacts.get(one)) is not None:
                words = (contact.name, contact.role, contact.phone)
                yield self._line("contact", " · ".join(word for word in words if word))

    def _site(self, site: Site) -> str:
        """With the units that it lies in, from below, and its address."""
        units = [self._network.units[one].name for one in above(self._network, site.unit)]
        return " · ".join(filter(None, (site.name, ", ".join(units), site.postal_address)))

    def _span(self, span: Interval) -> Iterator[_Line]:
        yield self._line("since", self._clock.second(span[0]))
        if span[1] > span[0]:
            yield self._line("until", self._clock.second(span[1]))
            lasted = duration((span[1] - span[0]) / 1000, self._language)
            yield self._line("lasted", lasted)

    def _item(self, telling: Telling, now_ms: int) -> str:
        if len(telling.outages) == 1:
            return self._outage(telling.outages[0], now_ms)
        return self.subject(telling, now_ms)

    def _outage(self, outage: OutageRow, now_ms: int) -> str:
        """In one line: when, what, for how long."""
        ended = outage.first_good_ms is not None
        state = say(self._language, f"state.{outage.state}")
        lasted = self._say(
            ("item.left" if outage.left else "item.over") if ended else "item.open",
            lasted=self._lasted([outage], now_ms),
        )
        words = (
            self._clock.minute(outage.first_bad_ms),
            state,
            self._what(outage),
            lasted,
        )
        return " · ".join(words)

    def _few(self, told: Sequence[str]) -> tuple[str, ...]:
        if not told:
            return (self._say("none"),)
        rest = len(told) - MOST_LISTED
        more = (self._say("more", n=number(rest, self._language)),) if rest > 0 else ()
        return (*told[:MOST_LISTED], *more)

    def _cause(self, cause: str) -> str:
        known = [key for key in (f"report.cause.{cause}", f"cause.{cause}") if key in table()]
        return say(self._language, known[0]) if known else shown(cause)

    def _line(self, label: str, value: str) -> _Line:
        return _Line(self._say(f"label.{label}"), _cut(shown(value)))

    def _url(self, page: str) -> str | None:
        return f"{self._origin}/{page}" if self._origin else None

    def _say(self, key: str, **values: object) -> str:
        return say(self._language, f"alert.{key}", **values)

    # -- forms -------------------------------------------------------------------------------

    def _text(self, subject: str, body: _Body) -> str:
        parts = [
            [subject.removeprefix(f"{MARK} ")],
            [f"{line.label}: {line.value}" for line in body.lines],
            [f"- {one}" for one in body.listed],
            list(body.notes),
            [body.url] if body.url else [],
            [f"-- {_cut(shown(self._network.name))}"],
        ]
        return "\n\n".join("\n".join(part) for part in parts if part)

    def _html(self, subject: str, body: _Body, *, good: bool) -> str:
        return _template().render(
            lang=self._language,
            title=subject.removeprefix(f"{MARK} "),
            body=body,
            good=good,
            network=_cut(shown(self._network.name)),
        )


def _told_once(parts: Sequence[Telling]) -> list[Telling]:
    """An outage whose beginning and end are told together stands once."""
    begun = {part.key for part in parts}
    return [one for one in parts if one.key.removesuffix(OVER) not in begun - {one.key}]


def worst_first(outages: Sequence[OutageRow]) -> tuple[OutageRow, ...]:
    """And of these what most lies behind, and what began first."""
    return tuple(
        sorted(outages, key=lambda o: (-SEVERITY[o.state], -o.members, o.first_bad_ms, o.id))
    )


def _cut(text: str, longest: int = LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


@cache
def _template() -> Template:
    return environment().get_template("alert.html.j2")

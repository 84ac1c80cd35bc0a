"""A month's report for the board: the figures of `canh report`, in its words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from zoneinfo import ZoneInfo

from inventory.phrases import LANGUAGES, say
from reports.document import Document, OutageLine, Row, Tier
from reports.figures import UNDETERMINED, figures, headline, worst_first
from reports.periods import month
from reports.sections.rows import Where, tier_word, verdict_word
from reports.sections.summary import verdicts
from reports.tables import Cell, Count, Lasting, Percent, Ratio, Target, Text, Word
from reports.wording import Wording
from store.ledger import MIN_SEEN_PCT
from store.period import LateWork, Signature
from store.reader import open_questions
from store.states import Kind
from store.tally import ThingFigures
from tui.preview import Preview, PreviewRow, Previews, PreviewTable

LONG_MS = 30 * 60_000
WORST = 5
_COUNTED = ("met", "missed", "unsure")


def previews(url: str, month_text: str, now_ms: int) -> Previews:
    """The report of a month up to a moment, in every language. RecordError: it cannot be read."""
    with closing(open_questions(url)) as reader:
        zone = ZoneInfo(reader.snapshot(since=reader.revision()[1]).timezone)
        window = month(month_text, zone)
        document = figures(reader.period(*window, now_ms))
        signature = reader.signed(*window)
    return told(document, month_text, signature)


def told(document: Document, month_text: str, signature: Signature | None = None) -> Previews:
    return {
        language: _Told(document, language, month_text).preview(signature) for language in LANGUAGES
    }


class _Told:
    """One document in one language; `words` write numbers as the report does."""

    def __init__(self, document: Document, language: str, month_text: str) -> None:
        self.document, self.language, self.month = document, language, month_text
        self.words = Wording(document, language)
        self.where = Where(document)

    def preview(self, signature: Signature | None) -> Preview:
        words, whole = self.words, self.document.whole.sums
        if not whole.total:
            return Preview(title=words.title(), notes=(words.say("nodata"),))
        tables = [self._tiers()]
        tables += [self._providers()] if self.document.providers else []
        worst = self._worst()
        tables += [self._sites(worst)] if worst else []
        return Preview(
            title=words.title(),
            notes=tuple(self._notes()),
            tables=tuple(tables),
            remarks=tuple(self._remarks(worst, signature)),
        )

    def _say(self, key: str, **values: object) -> str:
        return say(self.language, f"preview.{key}", **values)

    def _notes(self) -> Iterator[str]:
        words, doc = self.words, self.document
        if doc.to_ms < doc.asked_to_ms:
            yield words.say("head.cut", moment=words.clock.minute(doc.to_ms))
        if doc.maps:
            yield words.say("maps.tiers")

    def _tiers(self) -> PreviewTable:
        doc = self.document
        heads = ("tier", "service_pct", "seen_pct", "measured", "incidents", *_COUNTED)
        rows = [self._tier(tier) for tier in doc.tiers if tier.whole.sums.total]
        whole = self._tier_row(Word("whole"), doc.whole.sums, verdicts(doc))
        return PreviewTable(heads=self._heads(*heads), rows=(*rows, whole), judged=6, spare=(4, 2))

    def _tier(self, tier: Tier) -> PreviewRow:
        counts = {str(verdict): count for verdict, count in tier.verdicts.items()}
        return self._tier_row(tier_word(tier.level), tier.whole.sums, counts)

    def _tier_row(self, name: Word, sums: ThingFigures, counts: dict[str, int]) -> PreviewRow:
        return PreviewRow(
            cells=self._told(
                name,
                Percent(sums.figures.service_pct),
                Percent(sums.figures.seen_pct, (MIN_SEEN_PCT,)),
                Ratio(sums.measured, sums.total),
                Count(sums.incidents),
                *(Count(counts.get(verdict, 0)) for verdict in _COUNTED),
            ),
            verdict="missed" if counts.get("missed") else "",
        )

    def _providers(self) -> PreviewTable:
        heads = ("provider", "availability_pct", "seen_pct", "measured", "target", "verdict")
        rows = tuple(
            PreviewRow(
                cells=self._told(
                    *self._judged(row),
                    Ratio(row.sums.measured, row.sums.total),
                    Target(row.target_pct),
                    verdict_word(row.verdict),
                    Lasting(row.charge.undetermined_ms if row.charge else None),
                ),
                verdict=row.verdict,
                thing=(row.kind, row.id),
            )
            for row in self.document.providers
        )
        return PreviewTable(
            heads=self._heads(*heads, "undetermined"), rows=rows, judged=5, spare=(6, 2)
        )

    def _worst(self) -> list[Row]:
        """Sites that were without the network for some time, as the report orders them."""
        sites = worst_first(row for tier in self.document.tiers for row in tier.sites)
        return [row for row in sites if row.sums.split.lost_ms][:WORST]

    def _sites(self, worst: list[Row]) -> PreviewTable:
        heads = ("service_pct", "seen_pct", "target", "verdict", "outages", "longest")
        rows = tuple(
            PreviewRow(
                cells=self._told(
                    *self._judged(row),
                    Target(row.target_pct),
                    verdict_word(row.verdict),
                    Count(row.sums.outages),
                    Lasting(1000 * row.sums.longest_s),
                ),
                verdict=row.verdict,
                thing=(row.kind, row.id),
            )
            for row in worst
        )
        heads_told = (self._say("worst"), *self._heads(*heads))
        return PreviewTable(heads=heads_told, rows=rows, judged=4, spare=(5, 2, 6))

    def _judged(self, row: Row) -> tuple[Cell, Cell, Cell]:
        """Its name, the figure by which it is judged, how much of the time was seen."""
        where = self.where(row) if row.kind is Kind.SITE else None
        limits = () if row.target_pct is None else (row.target_pct,)
        return (
            Text(f"{row.name} ({where})" if where else row.name),
            Percent(headline(row), limits),
            Percent(row.sums.figures.seen_pct, (MIN_SEEN_PCT,)),
        )

    def _told(self, *cells: Cell) -> tuple[str, ...]:
        return tuple(map(self.words.text, cells))

    def _heads(self, *names: str) -> tuple[str, ...]:
        return tuple(self.words.say(f"col.{name}") for name in names)

    def _remarks(self, worst: list[Row], signature: Signature | None) -> Iterator[str]:
        words, doc = self.words, self.document
        if not worst:
            yield self._say("no_worst")
        long = [line for line in doc.outages if line.lost_ms > LONG_MS]
        causeless = sum(_is_undetermined(line) for line in long)
        key = "causeless" if long else "none_long"
        yield self._say(key, n=self._count(causeless), total=self._count(len(long)))
        yield from map(self._late, doc.late_works)
        if doc.without_figure:
            yield f"{words.say('section.missing')}: {self._count(len(doc.without_figure))}."
        if doc.watch.seen_pct is None:
            yield words.say("watch.none")
        else:
            seen = Percent(doc.watch.seen_pct, (MIN_SEEN_PCT,))
            yield words.text(Word("watch.seen", {"pct": seen}))
        if signature is not None:
            at, later = words.clock.minute(signature.at_ms), len(signature.errata)
            yield self._say("signed", by=signature.by, at=at, n=self._count(later))
        yield self._say("whole", command=f"canh report --month {self.month}")

    def _count(self, value: int) -> str:
        return self.words.text(Count(value))

    def _late(self, work: LateWork) -> str:
        """Planned work that was entered after its start, with both figures."""
        return self._say(
            "late",
            scope=f"{work.kind}:{work.key}",
            author=work.author,
            meant=self.words.text(Lasting(work.meant_ms, plain=True)),
            counted=self.words.text(Lasting(work.counted_ms, plain=True)),
        )


def _is_undetermined(line: OutageLine) -> bool:
    return line.outage.cause in UNDETERMINED

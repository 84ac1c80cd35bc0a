"""A month's report for the board: the figures of `canh report`, in its words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from zoneinfo import ZoneInfo

from inventory.phrases import LANGUAGES, say
from reports.document import Document, OutageLine, Row, Tier
from reports.figures import UNDETERMINED, figures, headline, worst_first
from reports.page import Words
from reports.periods import month
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
        self.words = Words(document, language)

    def preview(self, signature: Signature | None) -> Preview:
        words, whole = self.words, self.document.whole.sums
        if not whole.total:
            return Preview(title=words.title(), notes=(words.t("nodata"),))
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
            yield words.t("head.cut", moment=words.clock.minute(doc.to_ms))
        if doc.maps:
            yield words.t("maps.tiers")

    def _tiers(self) -> PreviewTable:
        words, doc = self.words, self.document
        heads = ("tier", "service_pct", "seen_pct", "measured", "incidents", *_COUNTED)
        rows = [self._tier(tier) for tier in doc.tiers if tier.whole.sums.total]
        whole = self._tier_row(words.t("whole"), doc.whole.sums, words.verdicts())
        return PreviewTable(heads=self._heads(*heads), rows=(*rows, whole), judged=6, spare=(4, 2))

    def _tier(self, tier: Tier) -> PreviewRow:
        verdicts = {str(verdict): count for verdict, count in tier.verdicts.items()}
        return self._tier_row(self.words.tier(tier.level), tier.whole.sums, verdicts)

    def _tier_row(self, name: str, sums: ThingFigures, verdicts: dict[str, int]) -> PreviewRow:
        words = self.words
        counts = (words.count(verdicts.get(verdict, 0)) for verdict in _COUNTED)
        return PreviewRow(
            cells=_plain(
                name,
                words.pct(sums.figures.service_pct),
                words.seen(sums.figures.seen_pct),
                words.ratio(sums.measured, sums.total),
                words.count(sums.incidents),
                *counts,
            ),
            verdict="missed" if verdicts.get("missed") else "",
        )

    def _providers(self) -> PreviewTable:
        heads = ("provider", "availability_pct", "seen_pct", "measured", "target", "verdict")
        rows = tuple(
            PreviewRow(
                cells=_plain(
                    *self._judged(row),
                    self.words.ratio(row.sums.measured, row.sums.total),
                    self.words.target(row.target_pct),
                    self._verdict(row),
                    self.words.lost(row.charge.undetermined_ms / 1000 if row.charge else None),
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
                cells=_plain(
                    *self._judged(row),
                    self.words.target(row.target_pct),
                    self._verdict(row),
                    self.words.count(row.sums.outages),
                    self.words.lost(row.sums.longest_s),
                ),
                verdict=row.verdict,
                thing=(row.kind, row.id),
            )
            for row in worst
        )
        heads_told = (self._say("worst"), *self._heads(*heads))
        return PreviewTable(heads=heads_told, rows=rows, judged=4, spare=(5, 2, 6))

    def _judged(self, row: Row) -> tuple[str, str, str]:
        """Its name, the figure by which it is judged, how much of the time was seen."""
        words = self.words
        where = words.where(row) if row.kind is Kind.SITE else None
        name = f"{row.name} ({where})" if where else row.name
        return name, words.pct(headline(row), row.target_pct), words.seen(row.sums.figures.seen_pct)

    def _verdict(self, row: Row) -> str:
        return "–" if row.verdict == "no_target" else self.words.t(f"verdict.{row.verdict}")

    def _heads(self, *names: str) -> tuple[str, ...]:
        return tuple(self.words.t(f"col.{name}") for name in names)

    def _remarks(self, worst: list[Row], signature: Signature | None) -> Iterator[str]:
        words, doc = self.words, self.document
        if not worst:
            yield self._say("no_worst")
        long = [line for line in doc.outages if line.lost_ms > LONG_MS]
        causeless = sum(_is_undetermined(line) for line in long)
        key = "causeless" if long else "none_long"
        yield self._say(key, n=words.count(causeless), total=words.count(len(long)))
        yield from map(self._late, doc.late_works)
        if doc.without_figure:
            yield f"{words.t('section.missing')}: {words.count(len(doc.without_figure))}."
        if doc.watch.seen_pct is None:
            yield words.t("watch.none")
        else:
            yield words.t("watch.seen", pct=words.seen(doc.watch.seen_pct))
        if signature is not None:
            at, later = words.clock.minute(signature.at_ms), len(signature.errata)
            yield self._say("signed", by=signature.by, at=at, n=words.count(later))
        yield self._say("whole", command=f"canh report --month {self.month}")

    def _late(self, work: LateWork) -> str:
        """Planned work that was entered after its start, with both figures."""
        return self._say(
            "late",
            scope=f"{work.kind}:{work.key}",
            author=work.author,
            meant=self.words.duration_ms(work.meant_ms),
            counted=self.words.duration_ms(work.counted_ms),
        )


def _plain(*cells: str) -> tuple[str, ...]:
    """A terminal breaks no lines between a number and its unit."""
    return tuple(cell.replace("\u00a0", " ") for cell in cells)


def _is_undetermined(line: OutageLine) -> bool:
    return line.outage.cause in UNDETERMINED
